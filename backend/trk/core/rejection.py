"""Why a beacon, or a part of it, is refused: a closed set of reasons with their HTTP statuses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum


class RejectionReason(Enum):
    """A reason's code, as the answer and the tracking log spell it, and its HTTP status."""

    NOT_JSON = ("not_json", 400)
    BAD_BEACON = ("bad_beacon", 400)
    TOO_LARGE = ("too_large", 413)
    WRONG_TYPE = ("wrong_type", 415)
    WRONG_METHOD = ("wrong_method", 405)
    UNKNOWN_CAMPAIGN = ("unknown_campaign", 404)
    ID_REUSED = ("id_reused", 409)
    DRAFT = ("campaign_draft", 403)
    NOT_STARTED = ("campaign_not_started", 403)
    ENDED = ("campaign_ended", 403)
    CLOSED = ("campaign_closed", 403)
    LATE = ("late", 403)
    BAD_PAIR = ("bad_pair", 400)
    OVER_QUOTA = ("over_quota", 429)
    XREF_UNKNOWN = ("xref_unknown", 403)
    XREF_EXPIRED = ("xref_expired", 403)
    XREF_USED = ("xref_used", 403)
    VISITOR_TAKEN = ("visitor_taken", 403)
    TOO_MANY_BROWSERS = ("too_many_browsers", 403)
    NOT_TRACKED = ("not_tracked", 403)
    UNSIGNED = ("unsigned", 403)
    BAD_SIGNATURE = ("bad_signature", 403)
    VALUE_MISSING = ("value_missing", 403)
    VALUE_USED = ("value_used", 403)
    ENTRANT_BLOCKED = ("entrant_blocked", 403)
    UNKNOWN_ENTRANT = ("unknown_entrant", 404)
    NOT_ASKED = ("not_asked", 403)
    WRONG_ANSWER = ("wrong_answer", 400)
    TOO_MANY = ("too_many", 429)
    BUSY = ("busy", 503)
    SLOW_BODY = ("slow_body", 503)
    STORAGE = ("storage", 503)
    WRONG_DATABASE = ("wrong_database", 503)

    def __init__(self, code: str, status: int) -> None:
        self.code = code
        self.status = status

    @property
    def of_campaign(self) -> bool:
        """Does it refuse everything that is reported now, rather than a single pair?"""
        return self in _OF_CAMPAIGN


_OF_CAMPAIGN = (
    RejectionReason.DRAFT,
    RejectionReason.NOT_STARTED,
    RejectionReason.ENDED,
    RejectionReason.CLOSED,
    RejectionReason.LATE,
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refusal: its reason and one sentence with the thing, its value and what was expected."""

    reason: RejectionReason
    message: str
    wait: int | None = None
    """Seconds after which it is worth trying again, where the rules know."""

    @property
    def code(self) -> str:
        """The reason's code, such as `bad_beacon`."""
        return self.reason.code


def slow_down(what: str, seconds: float) -> Rejection:
    """The refusal of too many of `what`, to be tried again after so many seconds."""
    wait = math.ceil(seconds)
    return Rejection(
        RejectionReason.TOO_MANY,
        f"Too many {what} in a short time; try again in {wait} s.",
        wait,
    )


def shown(value: object, limit: int = 80) -> str:
    """`value` as a refusal quotes it, cut to `limit` characters: what came as null or true is not
    called None or True."""
    text = _quoted(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _quoted(value: object, deep: int = 3) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if deep and isinstance(value, list):
        return f"[{', '.join(_quoted(each, deep - 1) for each in value)}]"
    if deep and isinstance(value, dict):
        pairs = (f"{name!r}: {_quoted(each, deep - 1)}" for name, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)  # also of what is nested so deep that Python could not

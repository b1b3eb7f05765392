"""What an owner gives to make a campaign or an action, and what is wrong with it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from backend.core.answer import PatternError, check_pattern
from backend.core.campaign import Frequency, Kind, TabPosition, Verification
from backend.core.keys import is_campaign_key
from backend.core.rejection import shown
from backend.core.reward import MAX_CODE, RewardKind

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_KEY = msgspec.Meta(extra_json_schema={"pattern": "^[A-Za-z0-9]{5,40}$"})
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


def said(least: int, most: int) -> msgspec.Meta:
    """What the API's document says of a text's length; `check` enforces it, in a sentence."""
    # What Python takes for a space, other readers of patterns may not.
    something = r"[^\s\x1c-\x1f\x85\x00][^\x00]*" if least else ""
    pattern = rf"^[^\x00]*{something}$"
    return msgspec.Meta(
        extra_json_schema={"minLength": least, "maxLength": most, "pattern": pattern}
    )


def from_to(least: int, most: int) -> msgspec.Meta:
    """What the API's document says of a number; `check` is what enforces it, in a sentence."""
    return msgspec.Meta(extra_json_schema={"minimum": least, "maximum": most})


Line = Annotated[str, said(1, 200)]
LongText = Annotated[str, said(0, 10_000)]


class DraftError(ValueError):
    """A field has a value that can't be used; the message has it and what was expected."""


class CampaignDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A campaign to be made. Instants need a UTC offset, such as `2026-11-23T18:00:00Z`."""

    name: Line
    key: Annotated[str, _KEY] | None = None
    kind: Kind = "competition"
    description: LongText = ""
    timezone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    show_entries: bool = True
    ask_consent: bool = False
    honour_gpc: bool = False
    accent: str = ""
    terms: Annotated[str, said(0, 50_000)] = ""
    allowed_origins: list[str] = msgspec.field(default_factory=list)
    reward_kind: RewardKind = "none"
    reward_value: str = ""
    reward_note: LongText = ""
    reward_after: Annotated[int, from_to(1, 1_000)] = 1
    tab_text: Annotated[str, msgspec.Meta(max_length=40)] = ""
    tab_position: TabPosition = "right"

    def check(self) -> None:
        """Raise DraftError at the first field that can't be used."""
        _length("name", self.name, 1, 200)
        _length("description", self.description, 0, 10_000)
        if self.key is not None and not is_campaign_key(self.key):
            raise DraftError(
                f"key is {shown(self.key)}; expected 5 to 40 of A-Z, a-z, 0-9, not a reserved word."
            )
        try:
            ZoneInfo(self.timezone)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise DraftError(
                f"timezone is {shown(self.timezone)}; expected a name such as Europe/Berlin."
            ) from None
        for field, instant in (("starts_at", self.starts_at), ("ends_at", self.ends_at)):
            if instant is not None and instant.tzinfo is None:
                raise DraftError(
                    f"{field} is {instant.isoformat()}; expected a UTC offset, such as Z."
                )
            if instant is not None and not 1970 < instant.year < 2500:
                raise DraftError(
                    f"{field} is {instant.isoformat()}; expected a year from 1971 to 2499."
                )
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise DraftError("ends_at is not after starts_at; expected a later instant.")
        _length("terms", self.terms, 0, 50_000)
        if self.accent and _COLOUR.fullmatch(self.accent) is None:
            raise DraftError(
                f"accent is {shown(self.accent)}; expected a colour such as #0a7cff, or nothing."
            )
        for origin in self.allowed_origins:
            _origin(origin)
        _length("tab_text", self.tab_text, 0, 40)
        self._check_reward()

    def _check_reward(self) -> None:
        if self.reward_kind != "none" and self.kind != "reward":
            raise DraftError(
                f"reward_kind is {shown(self.reward_kind)} in a {self.kind}; expected none, "
                "or the kind reward."
            )
        _length("reward_note", self.reward_note, 0, 10_000)
        if not 1 <= self.reward_after <= 1_000:
            raise DraftError(f"reward_after is {self.reward_after}; expected 1 to 1000 actions.")
        if self.reward_kind == "shared":
            _length("reward_value", self.reward_value, 1, MAX_CODE)
        elif self.reward_kind == "link":
            _web_address("reward_value", self.reward_value)
        elif self.reward_value:
            raise DraftError(
                f"reward_value is {shown(self.reward_value)} with reward_kind "
                f"{self.reward_kind}; expected nothing."
            )


class ActionDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An action to be made; `worth` in entries, `url` where the entrant completes it."""

    title: Line
    tracking_name: Line
    url: Annotated[str, said(0, 2_000)] = ""
    description: LongText = ""
    worth: Annotated[int, from_to(0, 1_000_000)] = 1
    frequency: Frequency = "once"
    verification: Verification = "tracking"
    question: str = ""
    answer_pattern: str = ""
    unique_value: bool = False
    signed: bool = False

    def check(self) -> None:
        """Raise DraftError at the first field that can't be used."""
        _length("title", self.title, 1, 200)
        _length("tracking_name", self.tracking_name, 1, 200)
        _length("description", self.description, 0, 10_000)
        if not 0 <= self.worth <= 1_000_000:
            raise DraftError(f"worth is {self.worth}; expected 0 to 1000000 entries.")
        if not self.tracking_name.strip().isprintable():
            # A line feed would make two different pairs have the same signature.
            raise DraftError(
                f"tracking_name is {shown(self.tracking_name)}; expected printable characters."
            )
        if self.url:
            _web_address("url", self.url)
        self._check_verification()

    def _check_verification(self) -> None:
        asks = self.verification in ("question", "question_or_tracking")
        _length("question", self.question, 1 if asks else 0, 1_000)
        try:
            check_pattern(self.answer_pattern)
        except PatternError as mistake:
            raise DraftError(str(mistake)) from None
        without = f"with the verification {self.verification}"
        if not asks and (self.question or self.answer_pattern):
            raise DraftError(f"question and answer_pattern are given {without}; expected nothing.")
        if self.signed and self.verification not in ("tracking", "question_or_tracking"):
            raise DraftError(f"signed is true {without}; expected false: nothing is tracked.")
        if self.unique_value and self.verification == "ill_know":
            raise DraftError(f"unique_value is true {without}; expected false: there is no value.")


class PrizeDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A prize of a competition, and how many entrants win it."""

    title: Line
    description: LongText = ""
    winners: Annotated[int, from_to(1, 10_000)] = 1

    def check(self) -> None:
        """Raise DraftError at the first field that can't be used."""
        _length("title", self.title, 1, 200)
        _length("description", self.description, 0, 10_000)
        if not 1 <= self.winners <= 10_000:
            raise DraftError(f"winners is {self.winners}; expected 1 to 10000.")


def _length(field: str, value: str, least: int, most: int) -> None:
    if not least <= len(value.strip()) <= most or "\0" in value:
        raise DraftError(
            f"{field} is {shown(value)}; expected {least} to {most} characters without NUL."
        )


def _web_address(field: str, value: str) -> None:
    if not _is_web_address(value) or len(value) > 2000:
        raise DraftError(
            f"{field} is {shown(value)}; expected an http or https address "
            "of at most 2000 characters."
        )


def _is_web_address(value: str) -> bool:
    try:
        url = urlsplit(value)
        well_formed = url.port is None or url.port > 0
    except ValueError:  # a wrong port, or half of an IPv6 address
        return False
    return (
        url.scheme in ("http", "https")
        and bool(url.hostname)
        and well_formed
        and value.isprintable()
        and " " not in value
    )


def _origin(value: str) -> None:
    if _ORIGIN.fullmatch(value) is None or len(value) > 300:
        raise DraftError(
            f"allowed_origins has {shown(value)}; expected an origin such as "
            "https://shop.example, without a path."
        )


def milliseconds(instant: datetime | None) -> int | None:
    """`instant` as milliseconds since 1970-01-01 UTC."""
    return None if instant is None else int(instant.timestamp() * 1000)

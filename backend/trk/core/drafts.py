"""What an owner gives to make a campaign, an action or a prize, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from trk.core.answer import PatternError, check_pattern
from trk.core.campaign import Frequency, Kind, TabPosition, Verification
from trk.core.keys import is_campaign_key
from trk.core.mistakes import (
    Draft,
    DraftMistake,
    Line,
    LongText,
    from_to,
    length,
    please,
    said,
    web_address,
    wrong,
)
from trk.core.rejection import shown
from trk.core.reward import MAX_CODE, RewardKind

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_KEY = msgspec.Meta(extra_json_schema={"pattern": "^[A-Za-z0-9]{5,40}$"})
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class CampaignDraft(Draft, forbid_unknown_fields=True, frozen=True):
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

    def mistakes(self) -> Iterator[DraftMistake]:
        """Every mistake, in the order of the fields."""
        yield from length("name", self.name, 1, 200)
        yield from length("description", self.description, 0, 10_000)
        if self.key is not None and not is_campaign_key(self.key):
            yield wrong("key", self.key, "5 to 40 of A-Z, a-z, 0-9, not a reserved word")
        try:
            ZoneInfo(self.timezone)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            yield wrong("timezone", self.timezone, "a name such as Europe/Berlin")
        yield from self._time_mistakes()
        yield from length("terms", self.terms, 0, 50_000)
        if self.accent and _COLOUR.fullmatch(self.accent) is None:
            yield wrong("accent", self.accent, "a colour such as #0a7cff, or nothing")
        for origin in self.allowed_origins:
            yield from _origin(origin)
        yield from length("tab_text", self.tab_text, 0, 40)
        yield from self._reward_mistakes()

    def _time_mistakes(self) -> Iterator[DraftMistake]:
        usable = True
        for field, instant in (("starts_at", self.starts_at), ("ends_at", self.ends_at)):
            if instant is None:
                continue
            if instant.tzinfo is None:
                expected = "a UTC offset, such as Z"
            elif not 1970 < instant.year < 2500:
                expected = "a year from 1971 to 2499"
            else:
                continue
            usable = False
            yield DraftMistake(
                field, f"{field} is {instant.isoformat()}; expected {expected}.", please(expected)
            )
        if usable and self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            yield DraftMistake(
                "ends_at",
                "ends_at is not after starts_at; expected a later instant.",
                "The end must be later than the start.",
            )

    def _reward_mistakes(self) -> Iterator[DraftMistake]:
        if self.reward_kind != "none" and self.kind != "reward":
            yield DraftMistake(
                "reward_kind",
                f"reward_kind is {shown(self.reward_kind)} in a {self.kind}; expected none, "
                "or the kind reward.",
                "Only a campaign of the kind Reward gives rewards. Choose Nothing, or that kind.",
            )
        yield from length("reward_note", self.reward_note, 0, 10_000)
        if not 1 <= self.reward_after <= 1_000:
            yield wrong("reward_after", self.reward_after, "1 to 1000 actions")
        if self.reward_kind == "shared":
            yield from length("reward_value", self.reward_value, 1, MAX_CODE)
        elif self.reward_kind == "link":
            yield from web_address("reward_value", self.reward_value)
        elif self.reward_value:
            yield DraftMistake(
                "reward_value",
                f"reward_value is {shown(self.reward_value)} with reward_kind "
                f"{self.reward_kind}; expected nothing.",
                "This is only for a shared code or a link. Please leave it empty.",
            )


class ActionDraft(Draft, forbid_unknown_fields=True, frozen=True):
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

    def mistakes(self) -> Iterator[DraftMistake]:
        """Every mistake, in the order of the fields."""
        yield from length("title", self.title, 1, 200)
        yield from length("tracking_name", self.tracking_name, 1, 200)
        yield from length("description", self.description, 0, 10_000)
        if not 0 <= self.worth <= 1_000_000:
            yield wrong("worth", self.worth, "0 to 1000000 entries")
        if not self.tracking_name.strip().isprintable():
            # A line feed would make two different pairs have the same signature.
            yield wrong("tracking_name", self.tracking_name, "printable characters")
        if self.url:
            yield from web_address("url", self.url)
        yield from self._verification_mistakes()

    def _verification_mistakes(self) -> Iterator[DraftMistake]:
        asks = self.verification in ("question", "question_or_tracking")
        yield from length("question", self.question, 1 if asks else 0, 1_000)
        try:
            check_pattern(self.answer_pattern)
        except PatternError as mistake:
            yield DraftMistake("answer_pattern", str(mistake), str(mistake))
        without = f"with the verification {self.verification}"
        if not asks and (self.question or self.answer_pattern):
            yield DraftMistake(
                "question" if self.question else "answer_pattern",
                f"question and answer_pattern are given {without}; expected nothing.",
                "This way of verification asks nothing. Please leave it empty, or choose another.",
            )
        if self.signed and self.verification not in ("tracking", "question_or_tracking"):
            yield DraftMistake(
                "signed",
                f"signed is true {without}; expected false: nothing is tracked.",
                "Nothing is tracked this way, so there is nothing to sign.",
            )
        if self.unique_value and self.verification == "ill_know":
            yield DraftMistake(
                "unique_value",
                f"unique_value is true {without}; expected false: there is no value.",
                "There is no value when the entrant only says so.",
            )


class PrizeDraft(Draft, forbid_unknown_fields=True, frozen=True):
    """A prize of a competition, and how many entrants win it."""

    title: Line
    description: LongText = ""
    winners: Annotated[int, from_to(1, 10_000)] = 1

    def mistakes(self) -> Iterator[DraftMistake]:
        """Every mistake, in the order of the fields."""
        yield from length("title", self.title, 1, 200)
        yield from length("description", self.description, 0, 10_000)
        if not 1 <= self.winners <= 10_000:
            yield wrong("winners", self.winners, "1 to 10000")


def _origin(value: str) -> Iterator[DraftMistake]:
    if _ORIGIN.fullmatch(value) is None or len(value) > 300:
        expected = "an origin such as https://shop.example, without a path"
        yield DraftMistake(
            "allowed_origins",
            f"allowed_origins has {shown(value)}; expected {expected}.",
            f"{shown(value)} can’t be used. {please(expected)}",
        )

"""What a campaign and its custom actions are, and when they are open."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from backend.core.rejection import Reason, Rejection

Kind = Literal["competition", "reward"]
Frequency = Literal["once", "daily"]
State = Literal["not_started", "open", "ended", "closed"]

ONCE = ""
"""The `day` of a completion that can happen only once."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A competition or a reward. Instants are milliseconds since 1970-01-01 UTC."""

    id: int
    key: str
    name: str
    slug: str
    kind: Kind
    description: str
    timezone: str
    starts_at: int | None
    ends_at: int | None
    closed_at: int | None
    show_entries: bool


@dataclass(frozen=True, slots=True)
class Action:
    """Something an entrant can complete; `worth` is in entries."""

    id: int
    campaign_id: int
    title: str
    description: str
    url: str
    tracking_name: str
    worth: int
    frequency: Frequency


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """A tracking name as it is compared: without regard to case, in one Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def slug(name: str) -> str:
    """`name` as the readable part of the campaign's address: `Win a bike!` gives `win-a-bike`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "campaign"


def state_at(campaign: Campaign, instant: int) -> State:
    """The campaign's state at `instant` (ms): it opens at its start and is over at its end."""
    if campaign.closed_at is not None and instant >= campaign.closed_at:
        return "closed"
    if campaign.starts_at is not None and instant < campaign.starts_at:
        return "not_started"
    if campaign.ends_at is not None and instant >= campaign.ends_at:
        return "ended"
    return "open"


def refusal_at(campaign: Campaign, instant: int) -> Rejection | None:
    """Why nothing unlocks at `instant` (ms), or None while the campaign is open."""
    state = state_at(campaign, instant)
    if state == "open":
        return None
    if state == "not_started":
        when, reason, said = campaign.starts_at, Reason.NOT_STARTED, "starts at"
    elif state == "ended":
        when, reason, said = campaign.ends_at, Reason.ENDED, "ended at"
    else:
        when, reason, said = campaign.closed_at, Reason.CLOSED, "was closed at"
    assert when is not None
    local = datetime.fromtimestamp(when / 1000, ZoneInfo(campaign.timezone))
    return Rejection(
        reason,
        f"Campaign {campaign.key} {said} {local:%Y-%m-%d %H:%M} ({campaign.timezone}); "
        "what happens outside that time is logged and unlocks nothing.",
    )


def day_at(timezone: str, instant: int) -> str:
    """The calendar day of `instant` (ms) in the zone `timezone`, such as `2026-03-29`."""
    return datetime.fromtimestamp(instant / 1000, ZoneInfo(timezone)).date().isoformat()


def day_key(action: Action, timezone: str, instant: int) -> str:
    """What makes a completion of `action` at `instant` unique for its entrant: the day, or ONCE."""
    return ONCE if action.frequency == "once" else day_at(timezone, instant)


def iso(instant: int) -> str:
    """`instant` (ms) as RFC 3339 in UTC, such as `2026-11-23T18:00:00.000Z`."""
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{instant % 1000:03d}Z"
    )

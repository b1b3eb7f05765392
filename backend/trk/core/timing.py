"""When a campaign begins or ends, in words for the entrant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trk.core.campaign import Campaign, state_at
from trk.core.instant import iso
from trk.core.language import ENGLISH, Language


@dataclass(frozen=True, slots=True)
class Timing:
    """`label` and `words`, such as `Ends in` and `3 days`; the instant they lead to, if any.

    `instant` is RFC 3339, `local` the same for people: `30 November 2026, 18:00 (Europe/Berlin)`.
    """

    label: str
    words: str
    instant: str = ""
    local: str = ""


def timing_at(campaign: Campaign, now: int, language: Language = ENGLISH) -> Timing | None:
    """How long until the campaign begins or ends, at `now` (ms); None if it is open for ever, or a
    draft."""
    state = state_at(campaign, now)
    if state == "draft":
        return None
    if state == "not_started":
        assert campaign.starts_at is not None
        at, label = campaign.starts_at, language.gettext("Starts in")
    elif state == "open":
        if campaign.ends_at is None:
            return None
        at, label = campaign.ends_at, language.gettext("Ends in")
    else:
        over = campaign.ends_at if state == "ended" else campaign.closed_at
        assert over is not None
        at = over
        label = language.gettext("Ended") if state == "ended" else language.gettext("Closed")
    ahead = state in ("not_started", "open")
    words = language.span(at - now) if ahead else language.day(at, campaign.timezone)
    local = f"{language.moment(at, campaign.timezone)} ({campaign.timezone})"
    return Timing(label, words, iso(at), local)


def instant_of(moment: str) -> int:
    """Milliseconds since 1970-01-01 UTC of what `iso` wrote."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)

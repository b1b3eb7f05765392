"""When a campaign begins or ends, in words for the entrant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from trk.core.campaign import Campaign, iso, state_at

_HOUR = 3600 * 1000
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Timing:
    """`label` and `words`, such as `Ends in` and `3 days`; the instant they lead to, if any.

    `instant` is RFC 3339, `local` the same for people: `30 November 2026, 18:00 (Europe/Berlin)`.
    """

    label: str
    words: str
    instant: str = ""
    local: str = ""


def timing_at(campaign: Campaign, now: int) -> Timing | None:
    """How long until the campaign begins or ends, at `now` (ms); None if it is open for ever, or a
    draft."""
    state = state_at(campaign, now)
    if state == "draft":
        return None
    if state == "not_started":
        assert campaign.starts_at is not None
        return _towards("Starts in", campaign, campaign.starts_at, now)
    if state == "open":
        if campaign.ends_at is None:
            return None
        return _towards("Ends in", campaign, campaign.ends_at, now)
    over = campaign.ends_at if state == "ended" else campaign.closed_at
    assert over is not None
    day = local_time(over, campaign.timezone).rsplit(",", 1)[0]
    return Timing("Ended" if state == "ended" else "Closed", day, iso(over), _full(campaign, over))


def span(milliseconds: int) -> str:
    """A time in words, never more than it is: `3 days`, `1 hour`, `less than a minute`."""
    for unit, size in (("day", _DAY), ("hour", _HOUR), ("minute", _HOUR // 60)):
        count = milliseconds // size
        if count >= 1 and (unit != "day" or count >= 2):  # below two days, hours say more
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a minute"


def instant_of(moment: str) -> int:
    """Milliseconds since 1970-01-01 UTC of what `iso` wrote."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def clock_span(milliseconds: int) -> str:
    """A time of hours in words, never more than it is: `5 h 12 min`, `12 min`."""
    minutes = milliseconds // (_HOUR // 60)
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _towards(label: str, campaign: Campaign, instant: int, now: int) -> Timing:
    return Timing(label, span(instant - now), iso(instant), _full(campaign, instant))


def _full(campaign: Campaign, instant: int) -> str:
    return f"{local_time(instant, campaign.timezone)} ({campaign.timezone})"


def local_time(instant: int, timezone: str) -> str:
    """`instant` (ms) in that zone, for people: `30 November 2026, 18:00`."""
    local = datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(timezone))
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


# Not strftime's: a process may have another locale than the page.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

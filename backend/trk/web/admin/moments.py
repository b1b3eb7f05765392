"""Days and times in the owner's forms, in the campaign's zone: a field for the day, and one for its
time, which may be left empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trk.core.days import day_in, whole_day
from trk.core.drafts import CampaignDraft
from trk.core.instant import LAST_YEAR, iso, local, milliseconds, readings
from trk.core.setting import settings_of
from trk.web.forms import Mistaken, Typed


def joined(form: Mapping[str, str]) -> Typed:
    """A form in which each day (`ends_at`) and its time (`ends_at_time`) are one local time; a day
    whose time is left empty stays a day."""
    whole = dict(form)
    for name in form:
        time = whole.pop(time_of(name), "").strip()
        if time and "T" not in form[name]:
            whole[name] = f"{form[name].strip()}T{time}"
    return whole


def deadline_in(form: Mapping[str, str], field: str, timezone: str, now: int) -> int:
    """A local time that is still to come, or the end of a day, in ms; Mistaken if it is none. Where
    clocks show it twice, the later one is meant."""
    text = joined(form).get(field, "").strip()
    try:
        day, typed = day_in(text), datetime.fromisoformat(text).replace(tzinfo=None)
        if day is not None:
            instant = whole_day(timezone, day)[1]
        else:
            instant = milliseconds(readings(typed, ZoneInfo(timezone))[-1]) or 0
    except (ValueError, OverflowError, IndexError):
        raise Mistaken({field: "Enter a date, and a time if it matters."}) from None
    if typed.year > LAST_YEAR:
        raise Mistaken({field: f"Enter a year up to {LAST_YEAR}."})
    if instant <= now:
        raise Mistaken({field: "Enter a time in the future."})
    return instant


def end_of(day: str, timezone: str) -> int | None:
    """The last instant (ms) of a day such as `2026-12-24`; None if it is empty."""
    found = day_in(day)
    return None if found is None else whole_day(timezone, found)[1]


def later(field: str, now: int, timezone: str, days: int) -> Typed:
    """Six in the evening, so many days later, as the fields for a day and its time have it."""
    day = local_in(now + days * 24 * 3_600_000, timezone).partition("T")[0]
    return {field: day, time_of(field): "18:00"}


def shown_twice(typed: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """The local times in the form of a campaign that its clocks show twice: for each field the two
    instants to choose from, and what they are called."""
    zone, typed = typed.get("timezone", "").strip(), joined(typed)
    found = {}
    for setting in settings_of(CampaignDraft):
        if setting.kind != "instant":
            continue
        both = readings_of(typed.get(setting.name, "").strip(), zone)
        if len(both) == 2:
            names = (
                "The first time, before clocks go back",
                "The second time, after clocks go back",
            )
            found[setting.name] = [
                (iso_of(each), f"{name} (UTC{each.astimezone(ZoneInfo(zone)).isoformat()[-6:]})")
                for name, each in zip(names, both, strict=True)
            ]
    return found


def readings_of(text: str, timezone: str) -> list[datetime]:
    try:
        typed = datetime.fromisoformat(text)
        return readings(typed, ZoneInfo(timezone)) if typed.tzinfo is None else []
    except (ValueError, OSError, OverflowError, ZoneInfoNotFoundError):
        return []


def which_of(field: str) -> str:
    """The field that says which of two instants is meant."""
    return f"{field}_instant"


def time_of(field: str) -> str:
    """The field with the time of a day."""
    return f"{field}_time"


def minute_of(instant: int) -> str:
    return iso(instant - instant % 60_000)


def iso_of(instant: datetime) -> str:
    return iso(milliseconds(instant) or 0)


def local_in(instant: int | None, timezone: str) -> str:
    """`instant` (ms) as a field for local times has it, in this zone."""
    if instant is None:
        return ""
    return local(instant, ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M")

"""Instants at the ends of the calendar, as each zone's clocks show them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from trk.core.days import day_at, day_ends_at
from trk.core.instant import iso, local, milliseconds, moment
from trk.core.language import TAGS, language
from trk.core.zones import places

LAST = milliseconds(datetime.fromisoformat("9999-12-31T23:59:59.999-14:00")) or 0
FIRST = milliseconds(datetime.fromisoformat("0001-01-01T00:00:00+14:00")) or 0


@pytest.mark.parametrize("instant", [FIRST, LAST, -(2**62), 2**62])
def test_what_no_calendar_has_is_shown_as_its_first_or_last_day(instant: int) -> None:
    for name in (*places(), "Etc/GMT+12", "Etc/GMT-14"):
        shown = local(instant, ZoneInfo(name))
        assert shown.year == (1 if instant < 0 else 9999)
        assert day_at(name, instant) == shown.date().isoformat()
        assert day_ends_at(name, instant) > int(shown.timestamp() * 1000)
    for tag in TAGS:
        assert language(tag).moment(instant, "Pacific/Kiritimati")
        assert language(tag).day(instant, "Etc/GMT+12")
    assert iso(instant).endswith("Z")
    assert moment(instant) == local(instant)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00.000Z", "2026-11-23T18:00:00.123Z"])
def test_all_others_are_what_they_are(text: str) -> None:
    given = datetime.fromisoformat(text)
    instant = milliseconds(given)
    assert instant is not None
    assert iso(instant) == text
    assert local(instant) == given
    assert local(instant, ZoneInfo("Asia/Tokyo")).astimezone(UTC) == given

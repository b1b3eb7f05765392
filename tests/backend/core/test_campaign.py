"""When a day begins and ends in a campaign's zone, over changes of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from trk.core.campaign import Action, Campaign, Frequency
from trk.core.days import day_at, day_ends_at
from trk.core.unlock import Known, Report, on_arrival, on_link

HOUR = 3_600_000


def at(text: str) -> int:
    """An instant such as `2026-03-29T00:59:59.999Z` in ms."""
    return (datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00Z")) // timedelta(
        milliseconds=1
    )


def campaign(timezone: str) -> Campaign:
    return Campaign("Win", id=1, key="y2sB7", slug="win", timezone=timezone)


def action(frequency: Frequency = "daily") -> Action:
    return Action("Visit", "Visit", id=7, campaign_id=1, frequency=frequency)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("UTC", "2026-03-29T23:59:59.999Z", "2026-03-29"),
        ("UTC", "2026-03-30T00:00:00.000Z", "2026-03-30"),
        # Berlin: 02:00 becomes 03:00 on 29 March, so midnight moves from 23:00 to 22:00 UTC.
        ("Europe/Berlin", "2026-03-28T22:59:59.999Z", "2026-03-28"),
        ("Europe/Berlin", "2026-03-28T23:00:00.000Z", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T21:59:59.999Z", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00.000Z", "2026-03-30"),
        # and back on 25 October, a day of 25 hours
        ("Europe/Berlin", "2026-10-24T22:00:00.000Z", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T22:59:59.999Z", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T23:00:00.000Z", "2026-10-26"),
        ("America/New_York", "2026-11-01T03:59:59.999Z", "2026-10-31"),
        ("America/New_York", "2026-11-01T04:00:00.000Z", "2026-11-01"),
        ("Asia/Kolkata", "2026-03-29T18:29:59.999Z", "2026-03-29"),
        ("Asia/Kolkata", "2026-03-29T18:30:00.000Z", "2026-03-30"),
        ("Pacific/Kiritimati", "2026-03-29T10:00:00.000Z", "2026-03-30"),
        # Beirut puts the clock forward at midnight: the day begins at 01:00.
        ("Asia/Beirut", "2026-03-28T21:59:59.999Z", "2026-03-28"),
        ("Asia/Beirut", "2026-03-28T22:00:00.000Z", "2026-03-29"),
    ],
)
def test_a_day_belongs_to_the_campaigns_zone(zone: str, instant: str, day: str) -> None:
    assert day_at(zone, at(instant)) == day


@pytest.mark.parametrize(
    ("zone", "instant", "ends", "hours"),
    [
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
        ("Asia/Beirut", "2026-03-27T22:00:00Z", "2026-03-28T22:00:00Z", 24),
        ("Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z", 23),
        ("America/Havana", "2026-10-31T04:00:00Z", "2026-11-01T04:00:00Z", 24),
        ("America/Havana", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", 25),
        ("Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", 24),  # no 30 December
        ("UTC", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z", 24),
    ],
)
def test_a_day_ends_where_the_next_begins(zone: str, instant: str, ends: str, hours: int) -> None:
    end = day_ends_at(zone, at(instant))
    assert (end, (end - at(instant)) / HOUR) == (at(ends), hours)
    assert day_at(zone, end - 1) == day_at(zone, at(instant))
    assert day_at(zone, end) > day_at(zone, at(instant))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana", "Asia/Beirut", "Asia/Tokyo"])
def test_every_hour_of_a_year_lies_before_the_end_of_its_day(zone: str) -> None:
    for instant in range(at("2026-01-01T00:30:00Z"), at("2027-01-01T00:00:00Z"), HOUR):
        end = day_ends_at(zone, instant)
        assert instant < end <= instant + 25 * HOUR
        assert day_at(zone, end - 1) == day_at(zone, instant) < day_at(zone, end)


@pytest.mark.parametrize(
    ("received", "age", "day"),
    [
        ("2026-03-28T23:00:00Z", 0, "2026-03-29"),
        ("2026-03-28T23:00:00Z", 1, "2026-03-28"),  # pushed a millisecond before midnight
        ("2026-03-29T22:00:00Z", 23 * HOUR, "2026-03-29"),  # a day of 23 hours: its first instant
        ("2026-03-29T22:00:00Z", 23 * HOUR + 1, "2026-03-28"),
        ("2026-04-04T23:00:00Z", 7 * 24 * HOUR, "2026-03-29"),  # a week late, over the change
    ],
)
def test_a_late_beacon_counts_for_the_day_on_which_it_happened(
    received: str, age: int, day: str
) -> None:
    report = Report("Visit", None, at(received) - age)
    decision = on_arrival(campaign("Europe/Berlin"), action(), 5, report, Known())
    assert decision.unlock == (5, 7, day)


@pytest.mark.parametrize(
    ("frequency", "happened", "linked", "outcome"),
    [
        ("daily", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z", "unlocked"),
        ("daily", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "expired"),
        ("daily", "2026-03-28T22:59:59.999Z", "2026-03-28T23:00:00Z", "expired"),
        ("daily", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z", "unlocked"),
        ("once", "2026-03-28T22:59:59.999Z", "2027-03-28T23:00:00Z", "unlocked"),
    ],
)
def test_a_waiting_tracking_is_good_until_the_end_of_its_day(
    frequency: Frequency, happened: str, linked: str, outcome: str
) -> None:
    report = Report("Visit", None, at(happened))
    decision = on_link(campaign("Europe/Berlin"), action(frequency), 5, report, at(linked), Known())
    assert decision.outcome == outcome


def test_a_campaign_does_not_tell_its_secret() -> None:
    shown = replace(campaign("UTC"), secret="s3cret")
    assert "y2sB7" in repr(shown)
    assert "s3cret" not in repr(shown)

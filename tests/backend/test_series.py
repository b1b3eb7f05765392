"""Counts per day, in the campaign's zone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from tests.backend.stored import campaign_with, enter, push, query_write
from trk.core.campaign import Campaign
from trk.core.days import stretches
from trk.core.instant import iso
from trk.store import series
from trk.store.database import Database
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    return await campaign_with(database)


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_days_on_which_clocks_are_changed_have_their_own_length() -> None:
    hour = 3_600_000
    spring = stretches("Europe/Berlin", date(2026, 3, 27), date(2026, 3, 31))
    assert [(len(each.days), each.day_length / hour) for each in spring] == [
        (2, 24),
        (1, 23),
        (2, 24),
    ]
    assert iso(spring[1].starts_at) == "2026-03-28T23:00:00.000Z"
    autumn = stretches("Europe/Berlin", date(2026, 10, 25), date(2026, 10, 25))
    assert [each.day_length / hour for each in autumn] == [25]
    # Samoa went over the date line and left out 30 December 2011.
    samoa = stretches("Pacific/Apia", date(2011, 12, 29), date(2011, 12, 31))
    assert [day for each in samoa for day in each.days] == ["2011-12-29", "2011-12-31"]
    assert stretches("UTC", date(2026, 1, 2), date(2026, 1, 1)) == []


async def test_counts_per_day_are_those_of_the_zone_over_both_changes_of_clocks(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    await query_write(database, "UPDATE campaigns SET timezone = 'Europe/Berlin'")
    zoned = replace(campaign, timezone="Europe/Berlin")
    instants = [
        "2026-03-27T23:30",  # 28 March, 00:30
        "2026-03-28T22:59",  # the last minute of that day
        "2026-03-28T23:00",  # the first of the short day
        "2026-03-29T21:59",  # its last: it has 23 hours
        "2026-03-29T22:00",  # the first of the next
        "2026-10-24T22:00",  # the first of the long day
        "2026-10-25T22:59",  # its last: it has 25 hours
        "2026-10-25T23:00",
    ]
    for n, text in enumerate(instants):
        await push(writer, n, ["Purchase"] if n % 2 else ["nothing"], at=_at(text))

    async def counted(first: date, last: date) -> list[tuple[str, int | None, int]]:
        rows = await database.read(series.per_day, zoned, "trackings", first, last)
        return [(row.day, row.action_id, row.count) for row in rows]

    spring = sorted(await counted(date(2026, 3, 28), date(2026, 3, 30)), key=str)
    assert spring == [
        ("2026-03-28", 1, 1),
        ("2026-03-28", None, 1),
        ("2026-03-29", 1, 1),
        ("2026-03-29", None, 1),
        ("2026-03-30", None, 1),
    ]
    autumn = sorted(await counted(date(2026, 10, 25), date(2026, 10, 26)), key=str)
    assert autumn == [("2026-10-25", 1, 1), ("2026-10-25", None, 1), ("2026-10-26", 1, 1)]
    assert await counted(date(2026, 5, 1), date(2026, 5, 31)) == []


async def test_entrants_and_completions_are_counted_per_day(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    await enter(database, campaign, 1)
    await enter(database, campaign, 2)
    await push(writer, 1, ["Purchase"], by=1)
    day = date(2026, 9, 21)
    for counted, action, count in (("entrants", None, 2), ("completions", 1, 1)):
        rows = await database.read(series.per_day, campaign, counted, day, day)  # type: ignore[arg-type]
        assert [asdict(row) for row in rows] == [
            {"day": "2026-09-21", "action_id": action, "count": count}
        ]

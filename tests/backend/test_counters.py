"""The counts that are kept are those that counting would give, whatever happens in between."""

from __future__ import annotations

import asyncio
import random
from datetime import date
from typing import Any

import asyncpg
import pytest

from tests.backend.counting import counted_anew, kept
from tests.backend.stored import NOW, campaign_with, enter, push, query, query_write, statements
from tests.postgres import PostgresServer
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services import corrections
from trk.services.actions import delete_action, make_action
from trk.services.campaigns import delete_campaign, make_campaign
from trk.services.jobs.counters import Counters
from trk.services.jobs.retention import Retention
from trk.services.people import erase
from trk.store import actions, campaigns, counters, series
from trk.store.campaigns import CampaignExtent
from trk.store.corrections import Cause
from trk.store.counters import KINDS
from trk.store.database import Database
from trk.store.program import Program
from trk.store.status import total_entries
from trk.store.storing import StoringHere
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns

DAY = 24 * 3_600_000
EVERYTHING = 10**9


async def fold(database: Database, settled: int = EVERYTHING) -> None:
    for kind in KINDS:
        while await database.write(counters.fold, kind, settled):
            pass


async def days(database: Database, campaign: Campaign) -> dict[str, list[series.DayCount]]:
    first, last = date(2026, 9, 1), date(2026, 10, 31)
    return {
        kind: await database.read(series.per_day, campaign, kind, first, last) for kind in KINDS
    }


async def _something(
    minds: random.Random, database: Database, writer: Writer, campaign: Campaign, n: int
) -> None:
    """One of the things that change what is counted."""
    what = minds.randrange(9)
    if what <= 2:
        pairs: list[list[str | None]] = [["Purchase"], ["Visit"], ["Typo"]]
        some = minds.sample(pairs, minds.randint(1, 3))
        await push(writer, n, *some, by=minds.randint(1, 6), at=NOW + minds.randint(0, 20) * DAY)
    elif what == 3:
        await fold(database, minds.randint(1, 20))
    elif what == 4:
        await fold(database)
    elif what == 5:
        correct = minds.choice((corrections.invalidate, corrections.restore))
        await database.write(correct, campaign, minds.randint(1, 9), Cause("why", NOW))
    elif what == 6:
        decide = minds.choice((corrections.block, corrections.unblock))
        await database.write(decide, campaign, minds.randint(1, 4), Cause("why", NOW))
    elif what == 7:
        await erase(database, f"{minds.randint(1, 3)}@example.org")
    else:
        await Retention(database, 8).sweep(NOW + minds.randint(8, 20) * DAY)


@pytest.mark.parametrize("seed", range(6))
async def test_the_kept_counts_are_those_of_the_rows_whatever_happens(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(counters, "PART", 3)
    minds = random.Random(seed)
    campaign = await campaign_with(database, frequency="daily", worth=3)
    visit = await database.write(make_action, campaign, ActionDraft("Visit", "Visit", worth=5))
    await query_write(database, f"UPDATE campaigns SET ends_at = {NOW + 21 * DAY}")
    for number in range(1, 5):
        await enter(database, campaign, number)
    for n in range(60):
        await _something(minds, database, writer, campaign, n)
        if n == 40:
            before = await database.read(actions.extent, visit)
            mine = f"campaign_id = {campaign.id} AND action_id = {visit.id}"
            for kind, number in (("completions", before.completions), ("trackings", before[2])):
                rows = await query(database, f"SELECT 1 AS one FROM {kind} WHERE {mine}")
                assert len(rows) == number
            await delete_action(database, visit)
        assert await kept(database, campaign) == await counted_anew(database, campaign), n
    by_day = await days(database, campaign)
    await fold(database)
    assert await days(database, campaign) == by_day
    assert await kept(database, campaign) == await counted_anew(database, campaign)


@pytest.mark.parametrize(
    "timezone", ["UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]
)
async def test_a_day_s_count_is_the_same_before_and_after_it_is_kept(
    database: Database, writer: Writer, timezone: str
) -> None:
    await database.write(
        make_action,
        campaign := await database.write(
            make_campaign, CampaignDraft("Win", key="y2sB7", timezone=timezone)
        ),
        ActionDraft("Buy", "Purchase", frequency="daily"),
    )
    await enter(database, campaign, 1)
    minds = random.Random(7)
    for n in range(60):  # across the night in which Lord Howe changes its clocks by half an hour
        await push(writer, n, ["Purchase"], ["Typo"], at=NOW + minds.randint(10 * DAY, 16 * DAY))
    before = await days(database, campaign)
    assert sum(row.count for row in before["trackings"]) == 120
    await fold(database)
    assert await days(database, campaign) == before


async def test_rows_that_get_the_ids_of_deleted_ones_are_counted(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    other = await database.write(make_campaign, CampaignDraft("Other", key="other"))
    await database.write(make_action, other, ActionDraft("Buy", "Purchase"))
    for number in (1, 2, 3):
        await enter(database, other, number)
        await push(writer, number, ["Purchase"], by=number, key="other")
    await fold(database)
    await delete_campaign(database, other)
    for number in (4, 5):
        await enter(database, campaign, number)
        await push(writer, number, ["Purchase"], by=number)
    assert await kept(database, campaign) == (CampaignExtent(2, 2, 2, 2), 2)
    await fold(database)
    assert await kept(database, campaign) == (CampaignExtent(2, 2, 2, 2), 2)


async def test_two_servers_that_count_at_once_count_everything_once(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "PART", 2)
    campaign = await campaign_with(database)
    for n in range(30):
        await push(writer, n, ["Purchase"], ["Typo"], by=n)
    await asyncio.gather(fold(database), fold(database), fold(database))
    assert (await database.read(campaigns.extent, campaign)).trackings == 60


async def test_what_came_since_the_last_look_waits_for_the_next(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    counters = Counters(database)

    async def up_to() -> int:
        [row] = await query(database, "SELECT up_to FROM tallied WHERE kind = 'trackings'")
        found: int = row["up_to"]
        return found

    await push(writer, 1, ["Purchase"])
    await counters.work()
    assert await up_to() == 0
    await push(writer, 2, ["Purchase"])
    await counters.work()
    assert await up_to() == 1
    assert (await database.read(campaigns.extent, campaign)).trackings == 2


_COLUMNS = {
    "trackings": "campaign_id, n, visitor, name, happened_at, received_at, action_id, outcome",
    "completions": "campaign_id, entrant_id, action_id, worth, source, happened_at, completed_at",
    "entrants": "campaign_id, name, created_at",
}
_OTHER_KEY = {
    "trackings": ("beacon", "'held'"),
    "completions": ("day", "'2020-01-01'"),
    "entrants": ("email, email_folded", "'held', 'held'"),
}


@pytest.mark.parametrize("kind", sorted(_COLUMNS))
async def test_a_transaction_that_is_held_open_is_counted_however_late_it_ends(
    postgres_url: str, kind: str
) -> None:
    database = Database(postgres_url)
    await database.open()
    writer = Writer(StoringHere(database))
    task = asyncio.create_task(writer.run())
    campaign = await campaign_with(database, frequency="daily")
    await enter(database, campaign, 1)
    await push(writer, 1, ["Purchase"], by=1)
    held = await asyncpg.connect(postgres_url)
    ended = await asyncpg.connect(postgres_url)
    counting = Counters(database)
    key, value = _OTHER_KEY[kind]
    copied = (
        f"INSERT INTO {kind} ({_COLUMNS[kind]}, {key}) "
        f"SELECT {_COLUMNS[kind]}, {value} FROM {kind} LIMIT 1"
    )
    async with held.transaction():
        await held.execute(copied)
        lost = ended.transaction()
        await lost.start()
        await ended.execute(copied.replace(value, f"{value[:-2]}9'"))
        for n in (2, 3, 4):
            await enter(database, campaign, n)
            await push(writer, n, ["Purchase"], by=n)
        for _ in range(4):
            await counting.work()
        await lost.rollback()
        await counting.work()
        assert await kept(database, campaign) == await counted_anew(database, campaign)
    for _ in range(3):
        assert await kept(database, campaign) == await counted_anew(database, campaign)
        await counting.work()
    [row] = await query(database, f"SELECT up_to FROM tallied WHERE kind = '{kind}'")
    [newest] = await query(database, f"SELECT MAX(id) AS id FROM {kind}")
    assert row["up_to"] == newest["id"], "what is over is counted, and not asked for again"
    await held.close()
    await ended.close()
    writer.close()
    await task
    await database.close()


@pytest.mark.usefixtures("_postgres_template")
def test_who_writes_in_another_database_of_the_same_server_keeps_nobody(
    postgres_server: PostgresServer,
) -> None:
    """Copies of one database have the same numbers for their tables."""
    here, there = [postgres_server.create(name, "migrated") for name in ("here", "there")]

    async def seen() -> frozenset[str]:
        writing = await asyncpg.connect(there)
        database = Database(here)
        await database.open()
        async with writing.transaction():
            await writing.execute("DELETE FROM trackings")
            found = (await database.read(counters.mark, "trackings")).writers
        await database.close()
        await writing.close()
        return found

    try:
        assert asyncio.run(seen()) == frozenset()
    finally:
        postgres_server.drop("here")
        postgres_server.drop("there")


async def test_a_question_reads_only_what_came_since(sqlite_url: str) -> None:
    """On SQLite, whose plan says SCAN for a table that is read as a whole."""
    database = Database(sqlite_url)
    await database.open()
    campaign = await campaign_with(database)
    programs: list[Program[Any]] = [
        lambda tx: campaigns.extent(tx, campaign),
        lambda tx: total_entries(tx, campaign),
    ]
    for program in programs:
        [(asked, _)] = await statements(database, program)
        sql = asked.replace("$1", "1")
        plan = [row["detail"] for row in await query(database, f"EXPLAIN QUERY PLAN {sql}")]
        assert not [line for line in plan if line.startswith("SCAN") and "CONSTANT" not in line]
        for line in plan:
            if " t USING" in line:
                assert "id>?" in line, line
            if " v USING" in line:
                assert "ix_completions_invalidated" in line
            if " e USING" in line:
                assert "ix_entrants_blocked" in line
    await database.close()

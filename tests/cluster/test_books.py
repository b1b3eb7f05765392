"""The proof can fail: what is lost, or there twice, is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.backend.stored import NOW, beacon_id, campaign_with, query_write, visitor
from tests.cluster.books import Line, look
from tests.cluster.browser import Ledger, Pushed
from trk.core.beacon import Answer, Beacon
from trk.store.database import Database
from trk.store.storing import StoringHere
from trk.store.submissions import Submission
from trk.store.writer import Writer


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """A PostgreSQL database."""
    opened = Database(postgres_url)
    await opened.open()
    yield opened
    await opened.close()


async def acknowledged(database: Database, number: int) -> Ledger:
    """So many beacons with two pairs each, stored; and what browsers know of them."""
    campaign, ledger = await campaign_with(database), Ledger()
    writer = Writer(StoringHere(database))
    task = asyncio.create_task(writer.run())
    for n in range(number):
        pairs: list[list[str | None]] = [["Purchase", str(n)], ["Visit", str(n)]]
        beacon = Beacon(beacon_id(n), visitor(n), pairs)
        ledger.pushed[beacon.id] = Pushed(campaign.key, visitor(n), "", ("Purchase", "Visit"))
        assert isinstance(await writer.submit(Submission(campaign.key, beacon, NOW)), Answer)
        ledger.acknowledge(beacon.id, ())
    writer.close()
    await task
    return ledger


async def test_what_is_stored_once_is_neither_lost_nor_there_twice(
    database: Database, postgres_url: str
) -> None:
    ledger = await acknowledged(database, 3)
    found = await look(postgres_url, ledger, ledger.acknowledged)
    assert found == Line("beacons acknowledged", 3, lost=0, twice=0)
    assert found.kept


async def test_a_pair_that_is_gone_and_one_too_many_are_found(
    database: Database, postgres_url: str
) -> None:
    ledger = await acknowledged(database, 3)
    await query_write(database, f"DELETE FROM trackings WHERE beacon = '{beacon_id(0)}' AND n = 1")
    await query_write(database, f"DELETE FROM trackings WHERE beacon = '{beacon_id(1)}'")
    await query_write(
        database,
        "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, happened_at, received_at, "
        f"outcome) SELECT campaign_id, beacon, 2, visitor, name, {NOW}, {NOW}, outcome "
        f"FROM trackings WHERE beacon = '{beacon_id(2)}' AND n = 1",
    )
    found = await look(postgres_url, ledger, ledger.acknowledged)
    assert (found.lost, found.twice, found.kept) == (2, 1, False)


def test_a_time_without_an_answer_is_the_longest_one() -> None:
    ledger = Ledger(at=[1.0, 2.0, 9.0, 10.0, 40.0])
    assert ledger.silence(0.0, 12.0) == 7.0
    assert ledger.silence(2.5, 3.0) == 0.5
    assert ledger.silence(9.0, 60.0) == 30.0

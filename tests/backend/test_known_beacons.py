"""A beacon of which anything is left is known when it comes again, whichever rows are gone."""

from __future__ import annotations

import pytest

from tests.backend.stored import campaign_with, enter, push, query, told
from trk.core.rejection import Rejection
from trk.services import people as privacy
from trk.store import retention
from trk.store.database import Database
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns

UNMATCHED_FIRST: list[list[str | None]] = [["Nobody's"], ["Purchase", "17"], ["Other"]]


async def test_a_beacon_whose_first_pair_was_erased_with_its_person_is_known_when_it_comes_again(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    assert (await told(writer, 1, *UNMATCHED_FIRST)).unlocked == ["Purchase"]
    await privacy.erase(database, "1@example.org")
    again = await push(writer, 1, *UNMATCHED_FIRST)
    assert isinstance(again, Rejection)
    assert (again.code, again.reason.status) == ("id_reused", 409)
    rows = await query(database, "SELECT n, visitor FROM trackings ORDER BY n")
    assert [(row["n"], row["visitor"]) for row in rows] == [(1, "")]


async def test_it_takes_nothing_from_the_beacons_that_are_stored_with_it(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    await enter(database, campaign, 2)
    await told(writer, 1, *UNMATCHED_FIRST)
    await privacy.erase(database, "1@example.org")
    futures = [push(writer, 1, *UNMATCHED_FIRST), push(writer, 2, ["Purchase"], by=2)]
    _, other = [await each for each in futures]
    assert not isinstance(other, Rejection)
    assert other.unlocked == ["Purchase"]


@pytest.mark.parametrize("gone", [0, 1, 2])
async def test_a_beacon_that_is_half_erased_for_its_age_is_refused_for_good(
    database: Database, writer: Writer, gone: int
) -> None:
    await campaign_with(database)
    await told(writer, 1, ["Purchase"], ["a"], ["b"])
    [row] = await query(database, f"SELECT id, campaign_id FROM trackings WHERE n = {gone}")
    await database.write(retention.erase, "trackings", row["campaign_id"], [row["id"]])
    again = await push(writer, 1, ["Purchase"], ["a"], ["b"])
    assert isinstance(again, Rejection)
    assert again.code == "id_reused"
    assert len(await query(database, "SELECT id FROM trackings")) == 2

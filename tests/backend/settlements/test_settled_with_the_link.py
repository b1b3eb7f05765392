"""What waits of a visitor is settled when they are linked, as long as it is not too much."""

from __future__ import annotations

import pytest

from tests.backend.linking import minted, sent
from tests.backend.settlements.visits import (
    OTHER,
    WAITING,
    WHO,
    begun,
    between,
    enters,
    much_waits,
    pushes,
    settled,
)
from tests.backend.stored import NOW, enter, query, visitor
from trk.core.beacon import Answer
from trk.store import arrivals, beacons, waiting
from trk.store.arrivals import Came
from trk.store.database import Database
from trk.store.writer import Writer


async def test_the_first_are_settled_with_the_link_and_what_is_pushed_meanwhile_waits(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await much_waits(database, writer, "y2sB7")
    monkeypatch.setattr(waiting, "PART", 3)
    await enters(database, campaign)
    sql = "SELECT COUNT(*) AS n FROM trackings WHERE settled IS NOT NULL"
    assert [row["n"] for row in await query(database, sql)] == [3]
    answer = await pushes(writer, campaign, 50)
    assert isinstance(answer, Answer)
    assert answer.pairs == ["waiting", "waiting"]
    with between(database) as parts:
        await settled(database)
    # Nine of before and five that were pushed, of which the last part finds less than three.
    assert len(parts) == 5
    answer = await pushes(writer, campaign, 60, NOW + 5000)
    assert answer.pairs == ["repeated", "repeated"]


async def test_what_is_no_more_than_a_part_is_settled_with_the_link_and_nothing_is_noted(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PART", WAITING)
    campaign = await much_waits(database, writer, "y2sB7")
    await enters(database, campaign)
    assert not await begun(database, campaign)
    sql = "SELECT id FROM trackings WHERE COALESCE(settled, outcome) = 'waiting'"
    assert await query(database, sql) == []


async def test_of_several_ids_of_a_browser_no_more_is_settled_at_once_than_of_one(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await much_waits(database, writer, "y2sB7")
    for n in range(3):
        pairs: list[list[str | None]] = [["Look", f"{n}"], ["Read", f"{n}"]]
        await writer.submit(sent(20 + n, 20 + n, *pairs, was=visitor(WHO)))
    monkeypatch.setattr(waiting, "PART", WAITING + 3)
    await enters(database, campaign)
    sql = "SELECT COUNT(*) AS n FROM trackings WHERE settled IS NOT NULL"
    assert [row["n"] for row in await query(database, sql)] == [WAITING + 3]
    await settled(database)
    assert [row["n"] for row in await query(database, sql)] == [WAITING + 6]


@pytest.mark.parametrize("way", ["tokens", "one click"])
async def test_of_several_who_are_linked_at_once_no_more_is_settled_at_once_than_of_one(
    way: str, database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await much_waits(database, writer, "y2sB7")
    browsers = range(20, 24)
    for n in browsers:
        await writer.submit(sent(n, n, ["Look", f"{n}"], ["Read", f"{n}"]))
    entrant = await enter(database, campaign, OTHER)
    for n in browsers:
        await minted(database, campaign, entrant, f"token {n}")
    monkeypatch.setattr(waiting, "PART", 3)
    if way == "tokens":
        group = [sent(30 + n, n, xref=f"token {n}") for n in browsers]
        await database.write(beacons.store, group)
    else:
        came = Came(tuple(visitor(n) for n in browsers))
        await database.write(arrivals.take, campaign, came, entrant, NOW)
    sql = "SELECT COUNT(*) AS n FROM trackings WHERE settled IS NOT NULL"
    assert [row["n"] for row in await query(database, sql)] == [3]
    await settled(database)
    assert [row["n"] for row in await query(database, sql)] == [8]

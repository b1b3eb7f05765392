"""Two who are at the same thing at once: one is overtaken, tries again, and nobody is told."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import make
from tests.backend.conftest import beacon, client_of
from tests.backend.stored import (
    NOW,
    beacon_id,
    campaign_in,
    campaign_with,
    enter,
    query,
    visitor,
)
from trk.clock import now_ms
from trk.core.beacon import Answer, Beacon
from trk.core.keys import token_hash
from trk.store import actions, links, xrefs
from trk.store.columns import insert
from trk.store.database import Database
from trk.store.errors import DatabaseError, Duplicate
from trk.store.program import Transaction, number
from trk.store.storing import StoringHere
from trk.store.submissions import Submission
from trk.store.writer import Writer
from trk.web.server import server_of


async def pause(database: Database, seconds: float) -> None:
    """Let others overtake; on SQLite, which has one writer, nobody can."""
    if not database.sqlite:
        await asyncio.sleep(seconds)


async def test_a_program_that_looked_too_early_is_run_again_and_sees_what_is_there(
    database: Database,
) -> None:
    campaign = await campaign_with(database)

    async def look_and_link(tx: Transaction) -> str:
        if await links.of(tx, campaign, [visitor(1)]):
            return "found"
        await pause(database, 0.2)
        # As no program does any more that links: it would wait for the other one first.
        made = {"campaign_id": campaign.id, "visitor": visitor(1), "entrant_id": mine}
        await insert(tx, "links", **made, source="visit", made_at=NOW)
        return "linked"

    mine = await enter(database, campaign, 7, linked=False)
    told = await asyncio.gather(database.write(look_and_link), database.write(look_and_link))
    assert sorted(told) == ["found", "linked"]


async def test_two_that_wait_for_each_other_both_get_through(database: Database) -> None:
    campaign = await campaign_with(database)
    one, other = [await enter(database, campaign, n) for n in (1, 2)]

    async def block(tx: Transaction, first: int, second: int) -> None:
        for each in (first, second):
            await tx.fetch("UPDATE entrants SET blocked_reason = 'x' WHERE id = $1", each)
            await pause(database, 0.2)

    await asyncio.gather(database.write(block, one, other), database.write(block, other, one))
    rows = await query(database, "SELECT blocked_reason FROM entrants")
    assert [row["blocked_reason"] for row in rows] == ["x", "x"]


async def test_what_is_really_there_is_still_refused_and_nothing_of_it_is_stored(
    database: Database,
) -> None:
    tries = 0

    async def twice(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        for _ in range(2):
            await tx.fetch("INSERT INTO tallied (kind, up_to) VALUES ($1, $2)", "made up", tries)

    with pytest.raises(Duplicate):
        await database.write(twice)
    assert tries == 3
    sql = "SELECT COUNT(*) AS n FROM tallied WHERE kind = 'made up'"
    assert await database.read(number, sql) == 0


async def test_another_error_is_raised_at_once(database: Database) -> None:
    tries = 0

    async def wrong(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        await tx.fetch("SELECT nothing FROM nowhere")

    with pytest.raises(DatabaseError):
        await database.write(wrong)
    assert tries == 1


ROUNDS = 25


async def test_nobody_gets_a_503_who_enters_while_a_beacon_links_the_same_browser(
    app: Starlette,
) -> None:
    await make(app)
    database = server_of(app).database
    campaign = await campaign_in(database)
    [action] = await database.read(actions.of_campaign, campaign.id)
    answers: list[tuple[int, int]] = []
    async with client_of(app) as shop:
        for n in range(1, ROUNDS):
            other = await enter(database, campaign, n, linked=False)
            token = token_hash(f"t{n}")
            await database.write(xrefs.mint, campaign, other, action.id, token, now_ms())
            entered, told = await asyncio.gather(
                _enter(app, n, visitor(n)),
                shop.post("/y2sB7/beacon", json=beacon(visitor=visitor(n), xref=f"t{n}")),
            )
            answers.append((entered.status_code, told.status_code))
    assert set(answers) == {(303, 200)}


async def test_nobody_gets_a_503_who_enters_while_another_uses_the_same_order_number(
    app: Starlette,
) -> None:
    database = server_of(app).database
    campaign = await campaign_with(database, unique_value=True)
    answers: list[tuple[int, int]] = []
    async with client_of(app) as shop:
        for n in range(1, ROUNDS):
            await enter(database, campaign, n)
            order: list[str | None] = ["Purchase", f"order-{n}"]
            before = visitor(5000 + n)
            await shop.post("/y2sB7/beacon", json=beacon(order, visitor=before))
            entered, told = await asyncio.gather(
                _enter(app, n, before),
                shop.post("/y2sB7/beacon", json=beacon(order, visitor=visitor(n))),
            )
            answers.append((entered.status_code, told.status_code))
    assert set(answers) == {(303, 200)}
    used = await query(database, "SELECT COUNT(*) AS n FROM unique_values")
    assert used[0]["n"] == ROUNDS - 1


async def _enter(app: Starlette, n: int, visitor: str) -> httpx.Response:
    cookie: dict[str, Any] = {"cookie": f"trk_visitor_y2sB7={visitor}"}
    async with client_of(app, **cookie) as browser:
        form = {"name": "x", "email": f"x{n}@example.org"}
        return await browser.post("/y2sB7/enter", data=form)


async def test_the_same_beacons_at_two_servers_are_stored_once_and_nobody_is_told(
    database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await campaign_with(database)
    other = Database(database_url)
    await other.open()
    writers = [Writer(StoringHere(database)), Writer(StoringHere(other))]
    tasks = [asyncio.create_task(writer.run()) for writer in writers]
    replies = await asyncio.gather(
        *[
            writer.submit(
                Submission("y2sB7", Beacon(beacon_id(n), visitor(n), [["Purchase", str(n)]]), NOW)
            )
            for n in range(100)
            for writer in writers
        ]
    )
    for writer in writers:
        writer.close()
    await asyncio.gather(*tasks)
    await other.close()
    told = [reply.duplicate for reply in replies if isinstance(reply, Answer)]
    assert (told.count(False), told.count(True)) == (100, 100)
    assert len(await query(database, "SELECT 1 AS one FROM trackings")) == 100
    assert [each.getMessage() for each in caplog.records if each.levelname != "INFO"] == []

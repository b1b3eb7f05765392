"""What is linked, pushed and united at once: every push counts, and each visitor is linked once.

On SQLite, which has one writer at a time, one comes after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import make
from tests.backend.conftest import beacon, client_of
from tests.backend.linking import minted, sent
from tests.backend.stored import NOW, campaign_in, campaign_with, completions, enter, query, visitor
from trk.clock import now_ms
from trk.core.beacon import Answer
from trk.core.campaign import Action, Campaign
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.store import actions, entrants, xrefs
from trk.store.beacons import store
from trk.store.database import Database
from trk.store.program import Transaction
from trk.store.submissions import Reply, Submission
from trk.web.server import server_of


async def held(
    database: Database,
    group: Sequence[Submission],
    meanwhile: Callable[[], Coroutine[Any, Any, Any]],
) -> tuple[list[Reply], Any]:
    """Store a group in a transaction that stays open until `meanwhile` is over or waits for it."""
    stored, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Transaction) -> list[Reply]:
        replies = await store(tx, group)
        if not database.sqlite:
            stored.set()
            await go_on.wait()
        return replies

    slow = asyncio.create_task(database.write(slowly))
    await (slow if database.sqlite else stored.wait())
    other = asyncio.create_task(meanwhile())
    await asyncio.wait([other], timeout=0.2)
    go_on.set()
    return await slow, await other


async def waiting(database: Database) -> int:
    """How many pushes of linked visitors still wait."""
    sql = (
        "SELECT t.id FROM trackings AS t JOIN links AS l ON l.visitor = t.visitor "
        "AND l.campaign_id = t.campaign_id WHERE t.outcome = 'waiting' AND t.settled IS NULL"
    )
    return len(await query(database, sql))


async def own(database: Database, campaign: Campaign) -> dict[int, Action]:
    return {each.id: each for each in await database.read(actions.of_campaign, campaign.id)}


async def test_a_push_that_is_stored_while_its_visitor_enters_completes(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    push = sent(1, 1, ["Purchase", "17"])
    await held(database, [push], lambda: enter(database, campaign, 1))
    assert await waiting(database) == 0
    assert [row["details"] for row in await completions(database, campaign)] == ["17"]


async def test_a_push_that_is_stored_while_a_token_links_its_visitor_completes(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    entrant = await enter(database, campaign, 9, linked=False)
    await minted(database, campaign, entrant, "token")
    follow = [sent(2, 1, xref="token")]
    await held(database, [sent(1, 1, ["Purchase"])], lambda: database.write(store, follow))
    assert await waiting(database) == 0
    assert len(await completions(database, campaign)) == 1


async def test_a_push_that_comes_while_a_token_links_its_visitor_completes(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    entrant = await enter(database, campaign, 9, linked=False)
    await minted(database, campaign, entrant, "token")
    push = [sent(1, 1, ["Purchase"])]
    await held(database, [sent(2, 1, xref="token")], lambda: database.write(store, push))
    assert await waiting(database) == 0
    assert len(await completions(database, campaign)) == 1


@pytest.mark.parametrize("pushed_by", [1, 2, 3])
async def test_a_push_by_any_id_of_a_browser_completes_while_one_is_linked(
    pushed_by: int, database: Database
) -> None:
    campaign = await campaign_with(database)
    await database.write(store, [sent(1, 1, was=visitor(2)), sent(2, 3, was=visitor(2))])
    push = sent(3, pushed_by, ["Purchase"])
    await held(database, [push], lambda: enter(database, campaign, 1))
    assert await waiting(database) == 0
    assert len(await completions(database, campaign)) == 1


@pytest.mark.parametrize("linked", [1, 2])
@pytest.mark.parametrize("pushed_by", [1, 2])
async def test_a_push_completes_while_its_id_is_united_with_a_linked_one(
    linked: int, pushed_by: int, database: Database
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, linked)
    unite = [sent(2, 1, was=visitor(2))]
    push = sent(1, pushed_by, ["Purchase"])
    await held(database, [push], lambda: database.write(store, unite))
    assert await waiting(database) == 0
    assert len(await completions(database, campaign)) == 1


async def test_two_ids_that_are_united_while_one_of_them_is_linked_are_linked_both(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    group = [sent(1, 2, ["Purchase"], was=visitor(1))]
    await held(database, group, lambda: enter(database, campaign, 1))
    assert len(await query(database, "SELECT id FROM links")) == 2
    assert await waiting(database) == 0


async def test_a_token_links_one_of_two_browsers_that_use_it_at_once(database: Database) -> None:
    campaign = await campaign_with(database)
    entrant = await enter(database, campaign, 9, linked=False)
    await minted(database, campaign, entrant, "token")
    late = [sent(2, 2, ["Purchase"], xref="token")]
    [first], [second] = await held(
        database, [sent(1, 1, xref="token")], lambda: database.write(store, late)
    )
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert first.refused == []
    assert [each.code for each in second.refused] == ["xref_used"]
    assert second.pairs == ["waiting"]
    [link] = await query(database, "SELECT visitor FROM links")
    assert link["visitor"] == visitor(1)


async def test_a_token_links_one_of_many_browsers_that_use_it_at_once(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    entrant = await enter(database, campaign, 9, linked=False)
    await minted(database, campaign, entrant, "token")
    known = await own(database, campaign)
    replies = await asyncio.gather(
        *[
            database.write(xrefs.use, campaign, known, token_hash("token"), visitor(n), NOW)
            for n in range(20)
        ]
    )
    refused = [each.code for each in replies if isinstance(each, Rejection)]
    assert refused == ["xref_used"] * 19
    assert len(await query(database, "SELECT id FROM links")) == 1


async def test_a_visitor_who_enters_while_a_token_links_them_gets_no_error(
    app: Starlette,
) -> None:
    await make(app)
    database = server_of(app).database
    campaign = await campaign_in(database)
    [action] = await database.read(actions.of_campaign, campaign.id)
    async with client_of(app) as shop:
        for n in range(1, 21):
            giver = await enter(database, campaign, n, linked=False)
            token = f"token {n}"
            await database.write(
                xrefs.mint, campaign, giver, action.id, token_hash(token), now_ms()
            )
            async with client_of(app) as entering:
                entering.cookies.set("trk_visitor_y2sB7", visitor(n))
                entered, told = await asyncio.gather(
                    entering.post("/y2sB7/enter", data={"name": "x", "email": f"x{n}@example.org"}),
                    shop.post("/y2sB7/beacon", json=beacon(visitor=visitor(n), xref=token)),
                )
            assert (entered.status_code, told.status_code) == (303, 200)
    rows = await query(database, "SELECT visitor FROM links")
    assert sorted(row["visitor"] for row in rows) == [visitor(n) for n in range(1, 21)]


async def test_two_ways_to_link_one_visitor_at_once_are_no_error(database: Database) -> None:
    campaign = await campaign_with(database)
    first = await enter(database, campaign, 1, linked=False)
    second = await enter(database, campaign, 2, linked=False)
    for n in range(10, 30):
        bound = await asyncio.gather(
            database.write(entrants.link_visit, campaign, visitor(n), first, NOW),
            database.write(entrants.link_visit, campaign, visitor(n), second, NOW),
        )
        assert sum(isinstance(each, int) for each in bound) == 1
        if n % 5 == 0:  # they stay below ten browsers each
            await database.write(lambda tx: tx.fetch("DELETE FROM links"))

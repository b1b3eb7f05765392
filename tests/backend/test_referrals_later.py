"""Refer a friend, when the owner changes what counts, and how many, after the friend has come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import data
from tests.backend.campaign_pages import ANN, PAGE, VISITOR, arrive, make
from tests.backend.conftest import api_of, beacon
from tests.backend.referring import (
    BOB,
    CEM,
    DEE,
    REFER,
    befriend,
    change,
    change_action,
    confirm,
    entered,
    entrant,
    friend,
    let,
    refer,
    rows,
    valid,
)
from trk.store import campaigns, recounting, unlocks
from trk.store.program import Row, Transaction
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def shown(browser: httpx.AsyncClient, friends: str) -> bool:
    """Does the page count so many friends?"""
    return f"{friends} friend" in (await browser.get(PAGE)).text


async def test_whether_only_confirmed_e_mails_count_can_change_later(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, confirmed_only=True)
    link = await entered(browser)
    await confirm(app, browser, ANN["email"])
    async with (
        friend(app, link, BOB) as bob,
        friend(app, link, CEM),
        await api_of(app) as owner,
    ):
        await confirm(app, bob, BOB)
        assert [who for _, who, _ in await rows(app)] == [await entrant(app, BOB)]
        await change(owner, confirmed_only=False)
        assert await valid(app) == [True, True]
        # Addresses that nobody has shown to be theirs count for nobody again.
        await change(owner, confirmed_only=True)
        counted = {who: counts for _, who, counts in await rows(app)}
        assert counted == {
            await entrant(app, BOB): True,
            await entrant(app, CEM): False,
        }
        await change(owner, confirmed_only=False)
        assert await valid(app) == [True, True]


async def test_who_came_in_time_counts_though_the_owner_asks_for_less_after_the_end(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, confirmed_only=True)
    await befriend(app, await entered(browser), BOB)
    async with await api_of(app) as owner:
        await owner.post("/campaigns/y2sB7/close")
        await change(owner, confirmed_only=False)
    assert await valid(app) == [True]


async def test_if_more_friends_may_count_those_who_have_come_do(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    number = await refer(app, settings={"friends": 1})
    await befriend(app, await entered(browser), BOB, CEM, DEE)
    assert await valid(app) == [True]
    async with await api_of(app) as owner:
        await change_action(owner, number, friends=2)
    assert await rows(app) == [
        (ANN["email"], await entrant(app, each), True) for each in (BOB, CEM)
    ]
    assert await shown(browser, "2 of 2")


async def test_an_action_that_is_made_later_counts_those_who_have_come_and_gives_the_reward(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    reward = {"reward_kind": "shared", "reward_value": "SAVE10", "reward_after": 1}
    await make(app, kind="reward", **reward)
    await befriend(app, await entered(browser), BOB)
    async with await api_of(app) as owner:
        answer = await owner.post("/campaigns/y2sB7/actions", json=REFER)
        assert answer.status_code == 201
    assert await valid(app) == [True]
    assert "SAVE10" in (await browser.get(PAGE)).text


async def test_fewer_friends_later_take_nothing_back_and_the_page_counts_no_more_than_there_are(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    number = await refer(app, settings={"friends": 5})
    await befriend(app, await entered(browser), BOB, CEM, DEE)
    async with await api_of(app) as owner:
        await change_action(owner, number, friends=2)
    assert await valid(app) == [True] * 3
    assert await shown(browser, "3 of 3")


async def test_what_the_entrant_has_completed_is_no_friend(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    await arrive(app, browser)
    link = await entered(browser)
    async with await api_of(app) as owner:
        answer = await owner.post(
            "/campaigns/y2sB7/actions", json={"title": "Refer", "tracking_name": "Refer"}
        )
        await browser.post("/y2sB7/beacon", json=beacon(["Refer"], visitor=VISITOR))
        await change_action(owner, answer.json()["id"], verification="referral", friends=1)
        assert await shown(browser, "0 of 1")
        await befriend(app, link, BOB)
    assert await valid(app) == [True]
    assert await shown(browser, "1 of 1")


@pytest.mark.parametrize("how", ["block", "erase"])
async def test_who_is_blocked_while_friends_are_counted_anew_does_not_count(
    how: str,
    app: Starlette,
    database_url: str,
    browser: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await refer(app, confirmed_only=True)
    await befriend(app, await entered(browser), BOB)
    counting, done, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()

    async def slowly(*given: Any) -> None:
        loop.call_soon_threadsafe(counting.set)
        if database_url.startswith("postgres"):  # on SQLite a transaction runs alone, in a thread
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), 0.5)
        await keep(*given)

    keep = unlocks.keep
    monkeypatch.setattr(unlocks, "keep", slowly)

    async with await api_of(app) as owner, await api_of(app) as another:

        async def meanwhile() -> None:
            await counting.wait()
            if how == "block":
                await let(app, another, "block", BOB)
            else:
                await another.delete("/entrants", params={"email": BOB})
            done.set()

        await asyncio.gather(change(owner, confirmed_only=False), meanwhile())
        assert await valid(app) == [False]
        [ann] = [e for e in await data(owner, "entrants") if e["email"] == ANN["email"]]
        assert ann["entries"] == 0


class _Counted:
    """A transaction that counts its statements."""

    def __init__(self, tx: Transaction) -> None:
        self._tx, self.statements = tx, 0

    async def fetch(self, sql: str, *given: Any) -> Sequence[Row]:
        self.statements += 1
        return await self._tx.fetch(sql, *given)


async def test_many_friends_are_counted_by_as_many_statements_as_few(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, settings={"friends": 1_000})
    link = await entered(browser)

    async def counted_anew(confirmed_only: int) -> int:
        async def program(tx: Transaction) -> int:
            await tx.fetch("UPDATE campaigns SET confirmed_only = $1", confirmed_only)
            campaign = await campaigns.by_key(tx, "y2sB7")
            assert campaign is not None
            counted = _Counted(tx)
            await recounting.count_anew(counted, campaign, campaign.created_at)  # type: ignore[arg-type]
            return counted.statements

        return await server_of(app).database.write(program)

    await befriend(app, link, BOB)
    few = [await counted_anew(1), await counted_anew(0)]
    await befriend(app, link, *(f"f{n}@example.org" for n in range(9)))
    assert [await counted_anew(1), await counted_anew(0)] == few
    assert await valid(app) == [True] * 10

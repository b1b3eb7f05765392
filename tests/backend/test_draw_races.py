"""A list that is fixed, or drawn from, while somebody reopens or changes the campaign.

On SQLite, which has one writer at a time, one comes after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.announcing import LATER, ONE, over
from tests.backend.at_once import at_once
from tests.backend.calls import mistake
from tests.backend.drawing import drawn, end_now, file_of, told
from tests.backend.stored import campaign_in, query
from trk.clock import now_ms
from trk.core.campaign import over_since
from trk.core.draw import DrawError, wins
from trk.core.proof import UNCHANGED
from trk.services import draw_plans
from trk.services.draw_plans import settle_plan
from trk.services.draws import _conclude
from trk.services.fixed_lists import fix_list
from trk.services.jobs.list_fixer import ListFixer
from trk.store import deletion, draws, fixed_lists, prizes
from trk.store.database import Database
from trk.store.lists import Doubtful
from trk.store.program import Transaction
from trk.web.server import server_of

Call = Callable[[httpx.AsyncClient], Coroutine[Any, Any, httpx.Response]]


async def reopens(api: httpx.AsyncClient) -> httpx.Response:
    return await api.post(f"{ONE}/reopen")


async def moves_the_end(api: httpx.AsyncClient) -> httpx.Response:
    return await api.patch(ONE, json={"ends_at": LATER})


async def changes_the_kind(api: httpx.AsyncClient) -> httpx.Response:
    return await api.patch(ONE, json={"kind": "reward"})


async def reopens_and_closes(api: httpx.AsyncClient) -> httpx.Response:
    await api.post(f"{ONE}/reopen")
    return await api.post(f"{ONE}/close")


async def removes_the_prize(api: httpx.AsyncClient) -> httpx.Response:
    return await api.delete(f"{ONE}/prizes/1")


async def adds_a_prize(api: httpx.AsyncClient) -> httpx.Response:
    return await api.post(f"{ONE}/prizes", json={"title": "One more", "winners": 1})


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, database: Database, module: ModuleType, name: str, call: Any
) -> list[asyncio.Task[httpx.Response]]:
    """Let `call` be made as soon as a transaction uses that function: it goes on once the call is
    answered, or waits for it. On SQLite the call is made once the transaction is over."""
    calls: list[asyncio.Task[httpx.Response]] = []
    own = getattr(module, name)

    async def interrupted(*given: Any, **more: Any) -> Any:
        if not database.sqlite and not calls:
            calls.append(asyncio.create_task(call()))
            await asyncio.wait(calls, timeout=0.5)
        return await own(*given, **more)

    monkeypatch.setattr(module, name, interrupted)
    return calls


@pytest.mark.parametrize("call", [reopens, moves_the_end])
async def test_a_campaign_that_is_reopened_while_its_list_is_fixed_has_no_list_that_counts(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    await over(app, api)
    if call is reopens:
        await moves_the_end(api)
        await api.post(f"{ONE}/close")
    database = server_of(app).database
    calls = meanwhile(monkeypatch, database, prizes, "places", lambda: call(api))
    await ListFixer(database).work()
    for answer in await asyncio.gather(*calls, *([call(api)] if database.sqlite else [])):
        assert answer.is_success, answer.text
    assert over_since(await campaign_in(database), now_ms()) is None
    rows = await query(database, "SELECT opened_at FROM fixed_lists")
    assert [row["opened_at"] for row in rows if row["opened_at"] is None] == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (reopens, "is not over"),
        (moves_the_end, "is not over"),
        (reopens_and_closes, "was reopened"),
        (changes_the_kind, "is a reward"),
        (removes_the_prize, "has no prize"),
    ],
)
async def test_nothing_is_drawn_once_the_campaign_was_reopened_or_changed_meanwhile(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, call: Call, said: str
) -> None:
    await over(app, api)
    if call in (reopens, reopens_and_closes):
        await moves_the_end(api)
        await api.post(f"{ONE}/close")
    ingredients = draw_plans.ingredients

    async def slowly(*given: Any) -> Any:
        found = await ingredients(*given)
        answer = await call(api)
        assert answer.is_success, answer.text
        return found

    monkeypatch.setattr("trk.services.draws.ingredients", slowly)
    assert said in mistake(await api.post(f"{ONE}/draw"), 409, "not_drawn")
    assert await query(server_of(app).database, "SELECT id FROM draws") == []


async def test_whoever_reopens_while_the_draw_begins_comes_after_it(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await over(app, api)
    database = server_of(app).database
    calls = meanwhile(monkeypatch, database, draws, "freeze", lambda: moves_the_end(api))
    proof = (await drawn(api))["proof"]
    assert all(answer.is_success for answer in await asyncio.gather(*calls))
    # The list that was drawn from still counts, as after any draw.
    assert [each["opened_at"] for each in proof["fixed"]] == [None]
    assert "is correct" in told(await file_of(app))


@pytest.mark.parametrize("call", [adds_a_prize, removes_the_prize, changes_the_kind])
async def test_prizes_and_kind_stay_once_the_draw_has_begun(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    await over(app, api)
    database = server_of(app).database
    calls = meanwhile(monkeypatch, database, draws, "freeze", lambda: call(api))
    result = await drawn(api)
    for answer in await asyncio.gather(*calls, *([call(api)] if database.sqlite else [])):
        assert answer.status_code in (400, 409), answer.text
    assert len(result["wins"]) == 2
    assert {win["prize"] for win in result["wins"]} == {"A bike"}


async def test_how_winners_are_drawn_is_not_settled_by_who_saw_the_campaign_open(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api)
    await moves_the_end(api)
    database = server_of(app).database
    seen = await campaign_in(database)
    await end_now(app)
    with pytest.raises(DrawError, match="has already ended"):
        await database.write(settle_plan, seen, "chosen", "")


async def test_a_campaign_that_is_deleted_at_the_same_moment_keeps_no_other_from_its_list(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await over(app, api)
    database = server_of(app).database
    await api.post("/campaigns", json={"key": "gone01", "name": "Gone"})
    seen = [await campaign_in(database, key) for key in ("gone01", "y2sB7")]
    await api.delete("/campaigns/gone01")

    async def before(*_: Any) -> Any:
        return seen

    monkeypatch.setattr(fixed_lists, "due", before)
    await ListFixer(database).work()
    assert len((await api.get(f"{ONE}/draw/plan")).json()["fixed"]) == 1


async def test_a_campaign_that_is_deleted_while_its_winners_are_stored_waits_in_no_circle(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api)
    hook = await api.post(f"{ONE}/webhooks", json={"url": "https://shop.example/hook"})
    assert hook.status_code == 201
    database = server_of(app).database
    campaign = await campaign_in(database)
    listed = await fix_list(database, campaign)
    assert listed is not None
    made = await database.write(draws.freeze, campaign, "seed", now_ms())
    tickets = await database.read(draws.tickets, campaign, made.id)
    chosen = wins(await database.read(prizes.places, campaign), tickets.order("seed"))

    async def stores(tx: Transaction) -> None:
        await _conclude(tx, campaign, made, tickets, chosen, Doubtful(0, 0), UNCHANGED)

    async def deletes(tx: Transaction) -> None:
        await deletion.delete_campaign(tx, campaign, now_ms())
        await deletion.erase_campaign_part(tx, campaign.id)

    began = await at_once(database, stores, deletes, lambda sql: sql.startswith("UPDATE draws"))
    assert began == ["first", "other"]
    assert await query(database, "SELECT 1 AS one FROM campaigns WHERE key = 'y2sB7'") == []

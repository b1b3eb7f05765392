"""Idempotency keys: one effect and one answer, at once, after a crash, and for a day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, call, made, mistake, prize
from tests.backend.conftest import api_of
from tests.backend.stored import query_write
from trk.store.idempotency import KEPT, LEASE
from trk.store.program import Transaction, select
from trk.web.server import server_of

KEY = {"idempotency-key": "order 17"}
CAMPAIGN = {"name": "Win"}


@pytest.fixture
async def other_api(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with await api_of(app) as client:
        yield client


async def campaigns(api: httpx.AsyncClient) -> list[Any]:
    found: list[Any] = (await api.get("/campaigns")).json()["data"]
    return found


async def test_the_same_call_again_has_one_effect_and_the_same_answer(
    api: httpx.AsyncClient,
) -> None:
    first = await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    again = await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["content-type"] == "application/json"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await campaigns(api)) == 1
    assert (await api.post("/campaigns", json=CAMPAIGN)).status_code == 201
    assert len(await campaigns(api)) == 2


async def test_50_calls_at_once_with_one_key_have_one_effect(api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(api.post("/campaigns", json=CAMPAIGN, headers=KEY) for _ in range(50))
    )
    made_one = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made_one}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in made_one) == 1
    for answer in answers:
        if answer not in made_one:
            mistake(answer, 409, "in_progress")
            assert answer.headers["retry-after"] == "1"
    assert len(await campaigns(api)) == 1
    last = await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    assert last.content == made_one[0].content


async def test_a_key_with_another_call_is_refused(api: httpx.AsyncClient) -> None:
    await made(api)
    number = await prize(api, "Bike", 1)
    path = f"/campaigns/y2sB7/prizes/{number}"
    await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    for answer in (
        await api.post("/campaigns", json={"name": "Other"}, headers=KEY),
        await api.post("/campaigns/y2sB7/actions", json=CAMPAIGN, headers=KEY),
        await api.delete(path, headers=KEY),
    ):
        assert "'order 17' was used with another call" in mistake(answer, 422, "key_reused")
    other = {"idempotency-key": "order 18"}
    for replayed in (None, "true"):
        answer = await api.delete(path, headers=other)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers.get("idempotency-replayed") == replayed


async def test_a_key_belongs_to_its_token(
    api: httpx.AsyncClient, other_api: httpx.AsyncClient
) -> None:
    for client in (api, other_api):
        answer = await client.post("/campaigns", json=CAMPAIGN, headers=KEY)
        assert "idempotency-replayed" not in answer.headers
    assert len(await campaigns(api)) == 2


async def test_a_call_that_was_refused_may_be_made_again_with_its_key(
    api: httpx.AsyncClient,
) -> None:
    await made(api)
    body = {"title": "Buy", "tracking_name": "Purchase", "worth": -1}
    answer = await api.post("/campaigns/y2sB7/actions", json=body, headers=KEY)
    mistake(answer, 400, "invalid")
    await action(api, "VIP")
    taken = {"title": "VIP", "tracking_name": "VIP"}
    for _ in range(2):
        answer = await api.post("/campaigns/y2sB7/actions", json=taken, headers=KEY)
        mistake(answer, 409, "taken")
    good = await api.post("/campaigns/y2sB7/actions", json={**body, "worth": 1}, headers=KEY)
    assert good.status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "schlüssel"])
async def test_a_key_that_is_none_is_refused(sqlite_api: httpx.AsyncClient, key: str) -> None:
    headers = {b"idempotency-key": key.encode()}
    answer = await sqlite_api.post("/campaigns", json=CAMPAIGN, headers=headers)
    assert "expected 1 to 200 printable ASCII" in mistake(answer, 400, "invalid")


async def test_an_answer_that_can_not_be_stored_takes_its_effect_back(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(tx: Transaction, *_: Any) -> None:
        await tx.fetch("SELECT no_such_column FROM idempotency_keys")

    with monkeypatch.context() as patched:
        patched.setattr("trk.web.api.idempotency.keep", failing)
        answer = await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
        mistake(answer, 503, "storage")
    assert await campaigns(api) == []
    assert (await api.post("/campaigns", json=CAMPAIGN, headers=KEY)).status_code == 201
    assert len(await campaigns(api)) == 1


async def test_a_call_whose_process_died_is_taken_up_after_a_minute_and_stores_nothing_itself(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = server_of(app).database
    at_work, go_on = asyncio.Event(), asyncio.Event()
    write = database.write

    async def held(program: Any, *args: Any, **kwargs: Any) -> Any:
        if program.__name__ == "whole" and not at_work.is_set():
            at_work.set()
            await go_on.wait()
        return await write(program, *args, **kwargs)

    monkeypatch.setattr(database, "write", held)
    slow = asyncio.create_task(api.post("/campaigns", json=CAMPAIGN, headers=KEY))
    await at_work.wait()
    mistake(await api.post("/campaigns", json=CAMPAIGN, headers=KEY), 409, "in_progress")
    await query_write(database, f"UPDATE idempotency_keys SET made_at = made_at - {LEASE + 1}")
    quick = await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    assert quick.status_code == 201
    go_on.set()
    mistake(await slow, 409, "in_progress")
    assert len(await campaigns(api)) == 1
    again = await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    assert again.content == quick.content


async def test_an_answer_is_kept_for_a_day(app: Starlette, api: httpx.AsyncClient) -> None:
    database = server_of(app).database
    await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    await query_write(database, f"UPDATE idempotency_keys SET made_at = made_at - {KEPT - 60000}")
    await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    assert len(await campaigns(api)) == 1
    await query_write(database, "UPDATE idempotency_keys SET made_at = made_at - 60001")
    await api.post("/campaigns", json=CAMPAIGN, headers=KEY)
    assert len(await campaigns(api)) == 2
    kept = await database.read(select, "SELECT made_at FROM idempotency_keys")
    assert len(kept) == 1


async def test_a_beacon_of_the_customers_server_is_answered_again_by_its_key(
    api: httpx.AsyncClient,
) -> None:
    await made(api)
    await action(api)
    body = call(1, ["Purchase", "17"], visitor="a" * 32)
    first = await api.post("/campaigns/y2sB7/beacons", json=body, headers=KEY)
    again = await api.post("/campaigns/y2sB7/beacons", json=body, headers=KEY)
    assert first.json() == again.json()
    assert first.json()["duplicate"] is False

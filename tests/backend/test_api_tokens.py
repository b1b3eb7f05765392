"""Tokens: what each scope opens, one campaign, an end, when they were used, and their limit."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, made, mistake
from tests.backend.conftest import api_of
from tests.backend.stored import query_write
from trk.core.access import ALL, USUAL, Scope
from trk.core.rate import API
from trk.store import tokens
from trk.store.program import Transaction, select
from trk.web.api import OPERATIONS
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

CAMPAIGN = {"name": "Win", "key": "other1"}


@pytest.mark.parametrize("scope", ALL)
async def test_a_token_opens_the_operations_of_its_scope_and_no_other(
    sqlite_app: Starlette, scope: Scope
) -> None:
    async with await api_of(sqlite_app, "narrow", scopes=[scope]) as client:
        opened = set()
        for each in OPERATIONS:
            path = each.path.replace("{key}", "nosuch")
            answer = await client.request(each.method, path.replace("{", "").replace("}", ""))
            if answer.status_code != 403:
                opened.add(each.name)
                continue
            said = mistake(answer, 403, "insufficient_scope")
            assert f"has the scopes {scope}; expected {each.scope} (" in said
            assert f'scope="{each.scope}"' in answer.headers["www-authenticate"]
    assert opened == {each.name for each in OPERATIONS if each.scope in (scope, None)}
    assert len(opened) > 1


async def test_a_token_of_one_campaign_opens_no_other_and_makes_none(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    assert (await api.post("/campaigns", json=CAMPAIGN)).status_code == 201
    async with await api_of(app, "narrow", campaign_key="other1") as client:
        assert (await client.get("/campaigns/other1")).status_code == 200
        assert [c["key"] for c in (await client.get("/campaigns")).json()["data"]] == ["other1"]
        for answer in (
            await client.get("/campaigns/y2sB7"),
            await client.get("/campaigns/nosuch"),
            await client.post("/campaigns/y2sB7/actions", json={}),
            await client.post("/campaigns", json={"name": "Third"}),
            await client.post("/campaigns/other1/copy"),
            await client.post("/campaigns/other1/copy", json={"name": "Third", "draft": True}),
        ):
            assert "is for campaign other1 only" in mistake(answer, 403, "other_campaign")
    assert len((await api.get("/campaigns")).json()["data"]) == 2


async def test_an_expired_token_is_told_from_an_unknown_one(app: Starlette) -> None:
    async with await api_of(app, "narrow", days=1) as client:
        assert (await client.get("/campaigns")).status_code == 200
        await query_write(server_of(app).database, "UPDATE api_tokens SET expires_at = 1000")
        answer = await client.get("/campaigns")
    assert "expired at 1970-01-01T00:00:01.000Z" in mistake(answer, 401, "token_expired")
    assert "invalid_token" in answer.headers["www-authenticate"]


async def test_a_token_made_before_there_were_scopes_may_do_all_but_make_others(
    app: Starlette,
) -> None:
    await query_write(
        server_of(app).database,
        "INSERT INTO api_tokens (name, token_hash, created_at) VALUES ('old', 'x', 1)",
    )
    [old] = await server_of(app).database.read(tokens.every)
    assert (old.scopes, old.campaign_key, old.expires_at) == (USUAL, None, None)


async def test_the_use_of_a_token_is_noted_once_an_hour(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    async def used() -> int:
        [row] = await server_of(app).database.read(select, "SELECT last_used_at FROM api_tokens")
        at: int = row["last_used_at"]
        return at

    await api.get("/campaigns")
    first = await used()
    await api.get("/campaigns")
    assert await used() == first
    await query_write(
        server_of(app).database, "UPDATE api_tokens SET last_used_at = last_used_at - 3600001"
    )
    await api.get("/campaigns")
    assert await used() >= first


async def test_a_call_is_answered_though_the_use_of_its_token_can_not_be_noted(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(tx: Transaction, *_: Any) -> None:
        await tx.fetch("SELECT no_such_column FROM api_tokens")

    monkeypatch.setattr("trk.web.api.guard.tokens.used", failing)
    assert (await api.get("/campaigns")).status_code == 200


async def test_a_revoked_token_is_good_for_nothing(app: Starlette, api: httpx.AsyncClient) -> None:
    [token] = await server_of(app).database.read(tokens.every)
    assert await server_of(app).database.write(tokens.revoke, token.id)
    mistake(await api.get("/campaigns"), 401, "unauthorized")
    assert not await server_of(app).database.write(tokens.revoke, token.id)


async def test_answers_say_how_many_calls_are_left_to_the_token(
    sqlite_app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trk.web.api.guard.API", type(API)(API.burst, per_second=0.001))
    async with await api_of(sqlite_app) as client, await api_of(sqlite_app) as other:
        first = await client.get("/campaigns")
        assert first.headers["ratelimit-limit"] == str(API.burst)
        assert first.headers["ratelimit-remaining"] == str(API.burst - 1)
        assert first.headers["ratelimit-reset"] == "1000"
        missing = await client.get("/campaigns/nosuch")
        assert missing.headers["ratelimit-remaining"] == str(API.burst - 2)
        assert (await other.get("/campaigns")).headers["ratelimit-remaining"] == first.headers[
            "ratelimit-remaining"
        ]


async def test_a_token_that_calls_too_often_is_told_when_to_come_back(
    sqlite_app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trk.web.api.guard.API", type(API)(burst=2, per_second=0.001))
    async with await api_of(sqlite_app, "narrow") as client:
        await made(client)
        await action(client)
        answer = await client.get("/campaigns")
        assert "Too many calls with this token" in mistake(answer, 429, "too_many")
        assert 0 < int(answer.headers["retry-after"]) <= 1000
        assert answer.headers["ratelimit-remaining"] == "0"
        # Beacons of the customer's server have a limit of their own.
        beacon = await client.post("/campaigns/y2sB7/beacons", json={})
        assert beacon.status_code == 400

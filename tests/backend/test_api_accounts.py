"""The API's tokens and owners: who may make whom, and that nobody comes to more than they have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, browser_of, saved, set_up
from tests.backend.calls import made, mistake
from tests.backend.conftest import PUBLIC_URL, api_of, with_token
from tests.backend.stored import query_write
from trk.core.access import ALL, USUAL, Scope
from trk.services.tokens import make_token
from trk.store import owners, tokens
from trk.store.database import Database
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.once

KEY = {"idempotency-key": "once"}


async def client_with(app: Starlette, **token: Any) -> httpx.AsyncClient:
    """A client whose token may do everything, unless it says otherwise."""
    return await api_of(app, "robot", **{"scopes": ALL, **token})


async def listed(api: httpx.AsyncClient, path: str) -> Any:
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose token may make others, on both databases."""
    async with await client_with(app) as client:
        yield client


async def test_a_token_is_made_used_listed_without_itself_and_revoked(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    draft = {"name": HOSTILE, "scopes": ["draw", "read"], "days": 7, "campaign": "y2sB7"}
    answer = await api.post("/tokens", json=draft)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    first, second = await listed(api, "/tokens")
    assert (first["name"], first["scopes"]) == ("robot", list(ALL))
    assert second == {
        **second,
        "id": answer.json()["id"],
        "name": HOSTILE,
        "scopes": ["read", "draw"],
        "expires_at": answer.json()["expires_at"],
        "last_used_at": None,
        "campaign_key": "y2sB7",
    }
    assert token not in str(second)
    async with with_token(app, token) as other:
        assert (await other.get("/campaigns/y2sB7")).status_code == 200
        assert (await api.delete(f"/tokens/{second['id']}")).status_code == 204
        mistake(await other.get("/campaigns/y2sB7"), 401, "unauthorized")
    mistake(await api.delete(f"/tokens/{second['id']}"), 404, "not_found")
    mistake(await api.delete("/tokens/x"), 404, "not_found")


async def test_tokens_are_listed_a_page_at_a_time(api: httpx.AsyncClient) -> None:
    for number in range(3):
        await api.post("/tokens", json={"name": f"{number}", "scopes": ["read"]})
    seen, cursor = [], ""
    while True:
        page = (await api.get(f"/tokens?limit=2{cursor}")).json()
        seen += [each["name"] for each in page["data"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["robot", "0", "1", "2"]


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ({"name": " ", "scopes": ["read"]}, "name is ' '; expected 1 to 100"),
        ({"name": "\u200b", "scopes": ["read"]}, "expected 1 to 100 characters"),
        ({"name": "x" * 101, "scopes": ["read"]}, "expected 1 to 100 characters"),
        ({"name": "a", "scopes": []}, "scopes is []; expected at least one"),
        ({"name": "a", "scopes": ["root"]}, "The body is invalid"),
        ({"name": "a", "scopes": ["read"], "days": 0}, "days is 0; expected 1 to 3650"),
        ({"name": "a", "scopes": ["read"], "days": 3651}, "days is 3651; expected 1 to 3650"),
        ({"name": "a", "scopes": ["read"], "campaign": "nosuch"}, "campaign is 'nosuch'; expected"),
        ({"name": "a", "scopes": ["read"], "campaign": "\0"}, "campaign is '\\x00'; expected"),
        ({"name": "a", "scopes": ["read"], "more": 1}, "The body is invalid"),
    ],
)
async def test_what_can_be_no_token_is_refused(
    api: httpx.AsyncClient, draft: dict[str, Any], said: str
) -> None:
    assert said in mistake(await api.post("/tokens", json=draft), 400, "invalid")
    assert len(await listed(api, "/tokens")) == 1


@pytest.mark.parametrize(
    ("own", "draft"),
    [
        ({"scopes": ["accounts", "read"]}, {"scopes": ["read", "personal"]}),
        ({"scopes": ["accounts"]}, {"scopes": ["write"]}),
        ({"days": 7}, {"days": 8}),
        ({"days": 7}, {}),
    ],
    ids=str,
)
async def test_no_token_makes_one_that_may_do_more_or_longer_than_itself(
    sqlite_app: Starlette, own: dict[str, Any], draft: dict[str, Any]
) -> None:
    async with await client_with(sqlite_app, **own) as client:
        answer = await client.post("/tokens", json={"name": "a", "scopes": ["accounts"], **draft})
        assert "no more scopes and no later end" in mistake(answer, 403, "insufficient_scope")
        assert len(await listed(client, "/tokens")) == 1


async def test_a_token_of_one_campaign_sees_and_makes_neither_tokens_nor_owners(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    async with await client_with(app, campaign_key="y2sB7") as narrow:
        draft = {"name": "a", "scopes": ["read"], "campaign": "y2sB7"}
        for answer in (
            await narrow.get("/tokens"),
            await narrow.post("/tokens", json=draft),
            await narrow.delete("/tokens/1"),
            await narrow.get("/owners"),
            await narrow.delete("/owners/1"),
            await narrow.get("/invitations"),
            await narrow.post("/invitations", json={"email": "eve@example.org"}),
            await narrow.delete(f"/invitations/{'a' * 64}"),
        ):
            mistake(answer, 403, "other_campaign")
    assert await listed(api, "/invitations") == []


async def test_a_call_that_is_answered_again_makes_one_token_and_shows_it_once(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    draft = {"name": "a", "scopes": ["read"]}
    first = await api.post("/tokens", json=draft, headers=KEY)
    again = await api.post("/tokens", json=draft, headers=KEY)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == {**first.json(), "token": None}
    assert len(await listed(api, "/tokens")) == 2
    kept = await server_of(app).database.read(select, "SELECT body FROM idempotency_keys")
    assert first.json()["token"] not in str([row["body"] for row in kept])


async def test_unless_it_is_asked_for_a_token_makes_no_others(sqlite_app: Starlette) -> None:
    async with with_token(
        sqlite_app, (await server_of(sqlite_app).database.write(make_token, "a")).token
    ) as client:
        mistake(await client.get("/tokens"), 403, "insufficient_scope")
    [stored] = await server_of(sqlite_app).database.read(tokens.every)
    assert stored.scopes == USUAL


@pytest.mark.parametrize("scope", USUAL)
async def test_a_deleted_campaigns_tokens_do_not_open_the_next_one_with_its_key(
    app: Starlette, api: httpx.AsyncClient, scope: Scope
) -> None:
    await made(api)
    async with await client_with(app, scopes=[scope], campaign_key="y2sB7") as narrow:
        assert (await api.delete("/campaigns/y2sB7")).status_code == 204
        await made(api)
        mistake(await narrow.get("/campaigns/y2sB7"), 401, "unauthorized")
    assert (await api.get("/campaigns/y2sB7")).status_code == 200


async def test_somebody_is_invited_becomes_an_owner_and_is_removed(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    async with browser_of(app) as ann, browser_of(app) as bob:
        await set_up(app, ann)
        answer = await api.post("/invitations", json={"email": " Bob@Example.org "}, headers=KEY)
        assert answer.status_code == 201, answer.text
        invitation = answer.json()
        again = await api.post("/invitations", json={"email": " Bob@Example.org "}, headers=KEY)
        assert again.json() == {**invitation, "url": None}
        [known] = await listed(api, "/invitations")
        assert known == {name: invitation[name] for name in ("id", "email", "expires_at")}
        form = {"owner_name": "Bob", "password": "correct horse battery"}
        saved(await bob.post(invitation["url"].removeprefix(PUBLIC_URL), data=form))
        assert [each["name"] for each in await listed(api, "/owners")] == ["Ann", "Bob"]
        assert await listed(api, "/invitations") == []
        assert (await api.delete("/owners/2")).status_code == 204
        assert "sign-in" in saved(await bob.get("/admin/owners"))
    mistake(await api.delete("/owners/2"), 404, "not_found")
    assert "the last one" in mistake(await api.delete("/owners/1"), 409, "last_owner")
    assert len(await listed(api, "/owners")) == 1


async def test_an_invitation_is_withdrawn(api: httpx.AsyncClient) -> None:
    made = (await api.post("/invitations", json={"email": "bob@example.org"})).json()
    assert (await api.delete(f"/invitations/{made['id']}")).status_code == 204
    assert await listed(api, "/invitations") == []
    for gone in (made["id"], "x", "%00", "a" * 300):
        mistake(await api.delete(f"/invitations/{gone}"), 404, "not_found")


@pytest.mark.parametrize("email", ["", "bob", "a@b@c", "x" * 300 + "@example.org", "a\0@b.test"])
async def test_only_an_e_mail_is_invited(api: httpx.AsyncClient, email: str) -> None:
    answer = await api.post("/invitations", json={"email": email})
    assert "expected an address such as name@example.org" in mistake(answer, 400, "invalid")


async def test_who_is_an_owner_is_not_invited(app: Starlette, api: httpx.AsyncClient) -> None:
    async with browser_of(app) as ann:
        await set_up(app, ann)
    answer = await api.post("/invitations", json={"email": "ANN@example.org"})
    assert "expected one that no owner has" in mistake(answer, 400, "invalid")


async def test_two_owners_who_are_removed_at_once_leave_one(
    app: Starlette, database_url: str
) -> None:
    database: Database = server_of(app).database
    for number in (1, 2):
        await query_write(
            database,
            "INSERT INTO owners (name, email, email_folded, password_hash, created_at) "
            f"VALUES ('Owner', '{number}@x.test', '{number}@x.test', '', 1)",
        )
    other = Database(database_url)
    await other.open()
    done = await asyncio.gather(
        database.write(owners.remove, 1), other.write(owners.remove, 2), return_exceptions=True
    )
    await other.close()
    assert sorted(map(str, done)) == ["last", "removed"]
    assert len(await database.read(owners.everybody)) == 1

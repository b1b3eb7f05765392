"""The JSON API: every route, who may call it, and what is made and read."""

from __future__ import annotations

import hashlib
import re

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import ACTION, CAMPAIGN, action, entered, made, mistake
from tests.backend.conftest import api_of, client_of
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.keys import token_hash
from trk.services.tokens import make_token
from trk.store.database import Database
from trk.store.program import select
from trk.web.api import OPERATIONS, routes

pytestmark = pytest.mark.by_turns

ROUTES = [
    ("POST", "/campaigns"),
    ("GET", "/campaigns"),
    ("GET", "/campaigns/y2sB7"),
    ("POST", "/campaigns/y2sB7/scripts"),
    ("POST", "/campaigns/y2sB7/actions"),
    ("GET", "/campaigns/y2sB7/actions"),
    ("GET", "/campaigns/y2sB7/actions/1"),
    ("GET", "/campaigns/y2sB7/trackings"),
    ("GET", "/campaigns/y2sB7/completions"),
    ("GET", "/campaigns/y2sB7/secret"),
    ("GET", "/campaigns/y2sB7/unmatched"),
    ("POST", "/campaigns/y2sB7/beacons"),
    ("GET", "/campaigns/y2sB7/texts/1"),
    ("PATCH", "/campaigns/y2sB7/texts/1"),
    ("GET", "/campaigns/y2sB7/pictures"),
    ("PUT", "/campaigns/y2sB7/pictures/1"),
    ("DELETE", "/campaigns/y2sB7/pictures/1"),
    ("GET", "/campaigns/y2sB7/entrants"),
    ("POST", "/campaigns/y2sB7/entrants/block"),
    ("POST", "/campaigns/y2sB7/entrants/unblock"),
    ("GET", "/campaigns/y2sB7/clusters"),
    ("POST", "/campaigns/y2sB7/entrants/1/block"),
    ("POST", "/campaigns/y2sB7/entrants/1/unblock"),
    ("POST", "/campaigns/y2sB7/entrants/1/allow-browsers"),
    ("POST", "/campaigns/y2sB7/entrants/1/limit-browsers"),
    ("POST", "/campaigns/y2sB7/completions/1/invalidate"),
    ("POST", "/campaigns/y2sB7/completions/1/restore"),
    ("POST", "/campaigns/y2sB7/completions/invalidate"),
    ("POST", "/campaigns/y2sB7/completions/restore"),
    ("GET", "/campaigns/y2sB7/completions.csv"),
    ("GET", "/campaigns/y2sB7/entrants.csv"),
    ("GET", "/campaigns/y2sB7/trackings.csv"),
    ("GET", "/campaigns/y2sB7/refusals"),
    ("GET", "/campaigns/y2sB7/refusals/reasons"),
    ("GET", "/campaigns/y2sB7/days"),
    ("GET", "/campaigns/y2sB7/corrections"),
    ("POST", "/campaigns/y2sB7/codes"),
    ("GET", "/campaigns/y2sB7/codes"),
    ("GET", "/campaigns/y2sB7/codes/uploads"),
    ("DELETE", "/campaigns/y2sB7/codes/uploads/1"),
    ("GET", "/campaigns/y2sB7/claims"),
    ("GET", "/campaigns/y2sB7/mails"),
    ("POST", "/campaigns/y2sB7/prizes"),
    ("GET", "/campaigns/y2sB7/prizes"),
    ("DELETE", "/campaigns/y2sB7/prizes/1"),
    ("POST", "/campaigns/y2sB7/draw"),
    ("POST", "/campaigns/y2sB7/draw/tell"),
    ("GET", "/campaigns/y2sB7/draw/winners.csv"),
    ("POST", "/campaigns/y2sB7/draw/announce"),
    ("GET", "/campaigns/y2sB7/draw"),
    ("GET", "/campaigns/y2sB7/draw/plan"),
    ("PUT", "/campaigns/y2sB7/draw/plan"),
    ("POST", "/campaigns/y2sB7/draw/redraw"),
    ("GET", "/campaigns/y2sB7/draw/export"),
    ("POST", "/campaigns/y2sB7/webhooks"),
    ("GET", "/campaigns/y2sB7/webhooks"),
    ("GET", "/campaigns/y2sB7/webhooks/1"),
    ("PATCH", "/campaigns/y2sB7/webhooks/1"),
    ("DELETE", "/campaigns/y2sB7/webhooks/1"),
    ("POST", "/campaigns/y2sB7/webhooks/1/rotate"),
    ("POST", "/campaigns/y2sB7/webhooks/1/test"),
    ("GET", "/campaigns/y2sB7/webhooks/1/deliveries"),
    ("POST", "/campaigns/y2sB7/webhooks/1/deliveries/1/resend"),
    ("GET", "/entrants"),
    ("DELETE", "/entrants"),
    ("GET", "/tokens"),
    ("POST", "/tokens"),
    ("DELETE", "/tokens/1"),
    ("GET", "/audit"),
    ("GET", "/owners"),
    ("DELETE", "/owners/1"),
    ("GET", "/invitations"),
    ("POST", "/invitations"),
    ("DELETE", "/invitations/1"),
    ("PATCH", "/campaigns/y2sB7"),
    ("DELETE", "/campaigns/y2sB7"),
    ("POST", "/campaigns/y2sB7/copy"),
    ("POST", "/campaigns/y2sB7/publish"),
    ("POST", "/campaigns/y2sB7/close"),
    ("POST", "/campaigns/y2sB7/reopen"),
    ("PATCH", "/campaigns/y2sB7/actions/1"),
    ("DELETE", "/campaigns/y2sB7/actions/1"),
    ("POST", "/campaigns/y2sB7/actions/1/move"),
    ("PATCH", "/campaigns/y2sB7/prizes/1"),
    ("POST", "/campaigns/y2sB7/fields"),
    ("GET", "/campaigns/y2sB7/fields"),
    ("GET", "/campaigns/y2sB7/fields/1"),
    ("PATCH", "/campaigns/y2sB7/fields/1"),
    ("DELETE", "/campaigns/y2sB7/fields/1"),
    ("POST", "/campaigns/y2sB7/fields/1/move"),
]


async def test_a_campaign_is_made_listed_and_read(api: httpx.AsyncClient) -> None:
    given = {
        **CAMPAIGN,
        "kind": "reward",
        "description": "**Ride**",
        "timezone": "Europe/Berlin",
        "starts_at": "2026-01-01T00:00:00+01:00",
        "ends_at": "2026-12-31T23:00:00Z",
        "show_entries": False,
    }
    made = await api.post("/campaigns", json=given)
    assert made.status_code == 201
    expected = {
        **made.json(),
        **given,
        "slug": "win-a-bike",
        "starts_at": "2025-12-31T23:00:00.000Z",
        "ends_at": "2026-12-31T23:00:00.000Z",
    }
    assert made.json() == expected
    assert set(CampaignDraft.__struct_fields__) <= set(expected)
    assert (await api.get("/campaigns/y2sB7")).json() == expected
    assert (await api.get("/campaigns")).json() == {"data": [expected], "next": None}


async def test_a_campaign_without_a_key_gets_one(api: httpx.AsyncClient) -> None:
    key = (await api.post("/campaigns", json={"name": "Win"})).json()["key"]
    assert (await api.get(f"/campaigns/{key}")).status_code == 200


async def test_an_action_is_made_listed_in_order_and_read(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    made = await api.post("/campaigns/y2sB7/actions", json=ACTION)
    assert made.status_code == 201
    vip = made.json()
    assert vip == {**vip, **ACTION, "description": "", "frequency": "once"}
    assert set(ActionDraft.__struct_fields__) | {"id", "version"} == set(vip)
    daily = {"title": "Visit", "tracking_name": "Visit", "frequency": "daily"}
    visit = (await api.post("/campaigns/y2sB7/actions", json=daily)).json()
    listed = await api.get("/campaigns/y2sB7/actions")
    assert listed.json() == {"data": [vip, visit], "next": None}
    assert (await api.get(f"/campaigns/y2sB7/actions/{visit['id']}")).json() == visit


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer trk_wrong", "Basic dHJrOng="]
)
async def test_no_route_answers_without_a_token_that_was_made_here(
    app: Starlette, authorization: str | None
) -> None:
    async with await api_of(app) as owner:
        await owner.post("/campaigns", json=CAMPAIGN)
    headers = {} if authorization is None else {"authorization": authorization}
    async with client_of(app, **headers) as stranger:
        for method, path in ROUTES:
            answer = await stranger.request(method, f"/api/v1{path}", json=CAMPAIGN)
            assert "Authorization: Bearer TOKEN" in mistake(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"] == "Bearer"


def test_every_route_of_the_api_is_among_those() -> None:
    asked = {(method, path.replace("y2sB7", "1")) for method, path in ROUTES}
    made = {
        (method, re.sub(r"\{\w+\}", "1", route.path))
        for route in routes()
        for method in route.methods or ()
    }
    assert {one for one in made if one[0] != "HEAD"} == asked | {("GET", "/openapi.json")}


async def test_of_a_token_only_its_hash_is_stored(database: Database) -> None:
    token = (await database.write(make_token, "laptop")).token
    [row] = await database.read(select, "SELECT name, token_hash FROM api_tokens")
    assert (row["name"], row["token_hash"]) == ("laptop", token_hash(token))
    assert row["token_hash"] == hashlib.sha256(token.encode()).hexdigest()


async def test_no_answer_of_the_api_is_kept_by_a_cache_but_the_document(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    await action(sqlite_api)
    await entered(sqlite_app, 1)
    for each in OPERATIONS:
        path = each.path.replace("{key}", "y2sB7").replace("{", "").replace("}", "")
        if each.method == "GET" and each.scope is not None:
            answer = await sqlite_api.get(path)
            assert answer.headers["cache-control"] == "no-store", path
    assert "cache-control" not in (await sqlite_api.get("/openapi.json")).headers

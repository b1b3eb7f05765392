"""The JSON API: every route, every error's shape, and lists that can be read while they grow."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from backend.core.drafts import ActionDraft, CampaignDraft
from backend.core.keys import token_hash
from backend.making import make_token
from backend.store.database import Database
from backend.store.program import select
from backend.web.api import routes
from tests.backend.calls import mistake
from tests.backend.conftest import api_of, beacon, client_of

CAMPAIGN = {"name": "Win a bike", "key": "y2sB7"}
ACTION = {"title": "Be VIP", "tracking_name": "VIP", "url": "https://shop.test/vip", "worth": 5}

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
    ("GET", "/campaigns/y2sB7/entrants"),
    ("POST", "/campaigns/y2sB7/entrants/1/block"),
    ("POST", "/campaigns/y2sB7/entrants/1/unblock"),
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
    ("GET", "/campaigns/y2sB7/claims"),
    ("GET", "/campaigns/y2sB7/mails"),
    ("POST", "/campaigns/y2sB7/prizes"),
    ("GET", "/campaigns/y2sB7/prizes"),
    ("DELETE", "/campaigns/y2sB7/prizes/1"),
    ("POST", "/campaigns/y2sB7/draw"),
    ("GET", "/campaigns/y2sB7/draw"),
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
    ("PATCH", "/campaigns/y2sB7"),
    ("DELETE", "/campaigns/y2sB7"),
    ("POST", "/campaigns/y2sB7/copy"),
    ("POST", "/campaigns/y2sB7/close"),
    ("POST", "/campaigns/y2sB7/reopen"),
    ("PATCH", "/campaigns/y2sB7/actions/1"),
    ("DELETE", "/campaigns/y2sB7/actions/1"),
    ("POST", "/campaigns/y2sB7/actions/1/move"),
    ("PATCH", "/campaigns/y2sB7/prizes/1"),
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
    token = await make_token(database, "laptop")
    [row] = await database.read(select("SELECT name, token_hash FROM api_tokens"))
    assert (row["name"], row["token_hash"]) == ("laptop", token_hash(token))
    assert row["token_hash"] == hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, "Expected `str`, got `null` - at `$.name`"),
        ({"name": ""}, "name is ''; expected 1 to 200 characters"),
        ({"name": "   "}, "expected 1 to 200 characters"),
        ({"name": "x" * 201}, "expected 1 to 200 characters"),
        ({"name": "a\0b"}, "without NUL"),
        ({"key": "y2"}, "key is 'y2'; expected 5 to 40 of A-Z, a-z, 0-9"),
        ({"key": "healthz"}, "not a reserved word"),
        ({"key": "../../etc"}, "expected 5 to 40"),
        ({"kind": "raffle"}, "Invalid enum value 'raffle' - at `$.kind`"),
        ({"timezone": "Berlin"}, "timezone is 'Berlin'; expected a name such as Europe/Berlin"),
        ({"timezone": "../etc/passwd"}, "expected a name such as"),
        ({"timezone": ""}, "expected a name such as"),
        ({"starts_at": "soon"}, "`$.starts_at`"),
        ({"starts_at": "2026-01-01T00:00:00"}, "starts_at is 2026-01-01T00:00:00; expected a UTC"),
        ({"ends_at": "0001-01-01T00:00:00+14:00"}, "expected a year from 1971 to 2499"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, "expected a year from 1971 to 2499"),
        (
            {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            "ends_at is not after starts_at",
        ),
        ({"secret": "x"}, "unknown field `secret`"),
    ],
)
async def test_a_wrong_campaign_is_refused_with_the_field_its_value_and_what_was_expected(
    sqlite_api: httpx.AsyncClient, change: dict[str, Any], said: str
) -> None:
    answer = await sqlite_api.post("/campaigns", content=json.dumps({**CAMPAIGN, **change}))
    assert said in mistake(answer, 400, "invalid")
    assert (await sqlite_api.get("/campaigns")).json()["data"] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ""}, "title is ''; expected 1 to 200 characters"),
        ({"tracking_name": "x" * 201}, "expected 1 to 200 characters"),
        ({"worth": -1}, "worth is -1; expected 0 to 1000000 entries"),
        ({"worth": 10**30}, "expected 0 to 1000000 entries"),
        ({"worth": 1.5}, "Expected `int`, got `float` - at `$.worth`"),
        ({"frequency": "hourly"}, "Invalid enum value 'hourly' - at `$.frequency`"),
        ({"url": "javascript:alert(1)"}, "expected an http or https address"),
        ({"url": "https://"}, "expected an http or https address"),
        ({"url": "https://[::1"}, "expected an http or https address"),
        ({"url": "https://shop.test:99999/"}, "expected an http or https address"),
        ({"url": "https://shop.test/\0"}, "expected an http or https address"),
        ({"url": "https://shop.test/" + "a" * 2000}, "expected an http or https address"),
    ],
)
async def test_a_wrong_action_is_refused_with_the_field_its_value_and_what_was_expected(
    sqlite_api: httpx.AsyncClient, change: dict[str, Any], said: str
) -> None:
    await sqlite_api.post("/campaigns", json=CAMPAIGN)
    answer = await sqlite_api.post("/campaigns/y2sB7/actions", json={**ACTION, **change})
    assert said in mistake(answer, 400, "invalid")
    assert (await sqlite_api.get("/campaigns/y2sB7/actions")).json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b'"Win"', b'{"name": "\\ud800"}', b"[" * 100_000],
    ids=["nothing", "half", "list", "no UTF-8", "text", "half a surrogate pair", "deep"],
)
async def test_a_body_that_is_no_campaign_is_refused(
    sqlite_api: httpx.AsyncClient, body: bytes
) -> None:
    answer = await sqlite_api.post("/campaigns", content=body)
    assert "The body can't be used" in mistake(answer, 400, "invalid")


async def test_a_body_beyond_a_megabyte_is_refused_whether_or_not_it_says_its_length(
    sqlite_api: httpx.AsyncClient,
) -> None:
    async def endless() -> Any:
        for _ in range(3):
            yield b" " * 500_000

    for content in (b" " * 1_500_000, endless()):
        answer = await sqlite_api.post("/campaigns", content=content)
        assert "over 1048576 bytes" in mistake(answer, 413, "too_large")


async def test_a_taken_key_and_a_taken_tracking_name_are_conflicts(api: httpx.AsyncClient) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    answer = await api.post("/campaigns", json=CAMPAIGN)
    assert "key 'y2sB7' is taken" in mistake(answer, 409, "taken")
    await api.post("/campaigns/y2sB7/actions", json=ACTION)
    answer = await api.post("/campaigns/y2sB7/actions", json={**ACTION, "tracking_name": "vip"})
    assert "tracking_name 'vip' is taken" in mistake(answer, 409, "taken")


@pytest.mark.parametrize("key", ["nosuch", "y2", "%00", "%ff", "a'b", "x" * 3000])
@pytest.mark.parametrize("below", ["", "/actions", "/actions/1", "/trackings", "/completions"])
async def test_an_unknown_campaign_is_not_found(
    api: httpx.AsyncClient, key: str, below: str
) -> None:
    answer = await api.get(f"/campaigns/{key}{below}")
    assert "There is no campaign with the key" in mistake(answer, 404, "unknown_campaign")


async def test_an_unknown_action_path_or_method_is_told_in_the_same_shape(
    api: httpx.AsyncClient,
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    mistake(await api.get("/campaigns/y2sB7/actions/0"), 404, "not_found")
    mistake(await api.get("/campaigns/y2sB7/actions/%00"), 404, "not_found")
    mistake(await api.get("/nothing"), 404, "not_found")
    answer = await api.put("/campaigns/y2sB7", json=CAMPAIGN)
    mistake(answer, 405, "wrong_method")
    assert "GET" in answer.headers["allow"]


async def test_the_log_tells_each_pair_with_its_outcome(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    vip = (await api.post("/campaigns/y2sB7/actions", json=ACTION)).json()
    sent: Any = beacon(["VIP", "gold"], ["other"])
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=sent)
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor="b" * 32))
    log = (await api.get("/campaigns/y2sB7/trackings")).json()
    first, second, third = log["data"]
    assert (first["name"], first["value"], first["outcome"]) == ("VIP", "gold", "waiting")
    assert (first["beacon"], first["n"], first["visitor"]) == (sent["id"], 0, "a" * 32)
    assert (first["action_id"], first["entrant_id"]) == (vip["id"], None)
    assert (second["name"], second["value"], second["outcome"]) == ("other", None, "unmatched")
    assert log["next"] is None
    of_b = await api.get("/campaigns/y2sB7/trackings", params={"visitor": "b" * 32})
    assert of_b.json()["data"] == [third]
    named = await api.get("/campaigns/y2sB7/trackings", params={"name": "other"})
    assert named.json()["data"] == [second]


async def test_a_completion_is_told_with_its_entrant_and_details(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    vip = (await api.post("/campaigns/y2sB7/actions", json=ACTION)).json()
    async with client_of(app) as browser:
        await browser.get("/y2sB7/win-a-bike", params={"visitor": "a" * 32})
        form = {"name": "Ann", "email": "ann@example.org"}
        assert (await browser.post("/y2sB7/enter", data=form)).status_code == 303
        await browser.post("/y2sB7/beacon", json=beacon(["vip", "gold"]))
    [done] = (await api.get("/campaigns/y2sB7/completions")).json()["data"]
    assert (done["entrant"], done["email"]) == ("Ann", "ann@example.org")
    assert (done["action_id"], done["tracking_name"]) == (vip["id"], "VIP")
    assert (done["worth"], done["details"], done["source"]) == (5, "gold", "tracking")
    assert done["completed_at"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"limit": "0"}, "limit is '0'; expected `int` >= 1"),
        ({"limit": "1001"}, "expected `int` <= 1000"),
        ({"limit": "-1"}, "expected `int` >= 1"),
        ({"limit": "²"}, "limit is '²'; expected `int`"),
        ({"limit": ""}, "limit is ''; expected `int`"),
        ({"cursor": "x"}, "cursor is 'x'; expected `str` matching regex"),
        ({"cursor": "9" * 5000}, "expected `str` matching regex"),
        ({"visitor": "\0"}, "'visitor' is '\\x00'; expected text without NUL"),
        ({"name": "\0"}, "expected text without NUL"),
        ({"acton": "1"}, "unknown field `acton`"),
        ({"outcome": "won"}, "outcome is 'won'; invalid enum value"),
        ({"from": "yesterday"}, "from is 'yesterday'; invalid RFC3339"),
        ({"from": "2026-11-25T10:00:00"}, "from is '2026-11-25T10:00:00'; expected"),
        ({"action": "9" * 30}, "action is '999"),
    ],
)
async def test_a_wrong_question_to_a_list_is_refused(
    api: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    answer = await api.get("/campaigns/y2sB7/trackings", params=query)
    assert said in mistake(answer, 400, "invalid")


async def test_a_list_read_page_by_page_while_it_grows_misses_nothing_and_repeats_nothing(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    expected = {f"push {n}" for n in range(120)}
    growing = True

    async def push(shop: httpx.AsyncClient, first: int) -> None:
        for n in range(first, 120, 4):
            answer = await shop.post("/y2sB7/beacon", json=beacon([f"push {n}"]))
            assert answer.status_code == 200

    async def read() -> list[str]:
        names: list[str] = []
        cursor = "0"
        while True:
            last_round = not growing
            page = await api.get(
                "/campaigns/y2sB7/trackings", params={"limit": "7", "cursor": cursor}
            )
            rows = page.json()["data"]
            names += [row["name"] for row in rows]
            cursor = str(rows[-1]["id"]) if rows else cursor
            if last_round and not rows:
                return names

    async with client_of(app) as shop:
        reading = asyncio.create_task(read())
        await asyncio.gather(*(push(shop, first) for first in range(4)))
        growing = False
        names = await reading
    assert len(names) == len(expected)
    assert set(names) == expected


async def test_next_leads_through_a_list_to_its_end(api: httpx.AsyncClient) -> None:
    keys = [f"key{n:04d}" for n in range(5)]
    for key in keys:
        await api.post("/campaigns", json={"name": key, "key": key})
    found: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = (await api.get("/campaigns", params=query)).json()
        found += [campaign["key"] for campaign in page["data"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == keys

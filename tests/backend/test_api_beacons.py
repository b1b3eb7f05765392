"""The API's calls of the customer's server, by the same rules as a beacon."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, call, data, entered, made, mistake
from tests.backend.conftest import beacon, client_of
from tests.backend.stored import (
    campaign_in,
    visitor,
)
from trk.core.keys import token_hash
from trk.core.signature import sign
from trk.store import xrefs
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_the_customers_server_completes_by_email_by_visitor_and_by_xref(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    number = await action(api, signed=True)
    for each in (1, 2, 3):
        await entered(app, each, linked=each == 2)
    database = server_of(app).database
    campaign = await campaign_in(database)
    [third] = [p["id"] for p in await data(api, "entrants") if p["email"] == "3@example.org"]
    now = 4_000_000_000_000  # tokens are checked by the server's clock
    await database.write(xrefs.mint, campaign, third, number, token_hash("token"), now)
    for each, who in enumerate(
        ({"email": " 1@EXAMPLE.org"}, {"visitor": visitor(2)}, {"xref": "token"}), 1
    ):
        body = call(each, ["Purchase", f"order-{each}"], **who)
        first = await api.post("/campaigns/y2sB7/beacons", json=body)
        assert first.status_code == 200, first.text
        assert first.json()["unlocked"] == ["Purchase"]
        again = await api.post("/campaigns/y2sB7/beacons", json=body)
        assert again.json() == {**first.json(), "duplicate": True}
    rows = await data(api, "completions")
    assert [(r["email"], r["details"], r["source"]) for r in rows] == [
        ("1@example.org", "order-1", "api"),
        ("2@example.org", "order-2", "api"),
        ("3@example.org", "order-3", "api"),
    ]


@pytest.mark.parametrize(
    ("change", "status", "code", "said"),
    [
        ({"email": "nobody@example.org"}, 404, "unknown_entrant", "nobody@example.org"),
        ({"xref": "cut off"}, 403, "xref_unknown", "not one of this campaign's"),
        ({"xref": "expired"}, 403, "xref_expired", "older than 24 hours"),
        ({}, 400, "bad_beacon", "exactly one"),
        ({"email": "1@example.org", "visitor": "a" * 32}, 400, "bad_beacon", "exactly one"),
        ({"visitor": "Ann"}, 400, "bad_beacon", "expected 32"),
        ({"email": "1@example.org", "id": "1"}, 400, "bad_beacon", "expected a UUIDv7"),
        ({"email": "1@example.org", "pairs": []}, 400, "bad_beacon", "pairs is empty"),
        ({"email": "1@example.org", "name": "x"}, 400, "invalid", "unknown field"),
    ],
)
async def test_a_call_that_cannot_be_used_says_why(
    sqlite_app: Starlette,
    sqlite_api: httpx.AsyncClient,
    change: dict[str, Any],
    status: int,
    code: str,
    said: str,
) -> None:
    await made(sqlite_api)
    number = await action(sqlite_api)
    entrant = await entered(sqlite_app, 1)
    database = server_of(sqlite_app).database
    campaign = await campaign_in(database)
    await database.write(xrefs.mint, campaign, entrant, number, token_hash("expired"), 1)
    body = {**call(1, ["Purchase"]), **change}
    answer = await sqlite_api.post("/campaigns/y2sB7/beacons", json=body)
    assert said in mistake(answer, status, code)
    assert await data(sqlite_api, "trackings") == []


async def test_the_same_id_for_another_entrant_is_refused(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    await entered(app, 2)
    one = await api.post(
        "/campaigns/y2sB7/beacons", json=call(1, ["Purchase"], email="1@example.org")
    )
    other = await api.post(
        "/campaigns/y2sB7/beacons", json=call(1, ["Purchase"], email="2@example.org")
    )
    assert one.status_code == 200
    mistake(other, 409, "id_reused")


async def test_a_signature_made_with_the_secret_of_the_api_unlocks(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api, signed=True)
    await entered(app, 1)
    secret = (await api.get("/campaigns/y2sB7/secret")).json()["secret"]
    signature = sign(secret, "y2sB7", "Purchase", "17")
    async with client_of(app) as browser:
        sent = beacon(["Purchase", "17", signature], visitor=visitor(1))
        answer = await browser.post("/y2sB7/beacon", json=sent)
        assert answer.json()["unlocked"] == ["Purchase"]
        forged = beacon(["Purchase", "18", signature], visitor=visitor(1))
        answer = await browser.post("/y2sB7/beacon", json=forged)
        assert answer.status_code == 200
        assert [refused["code"] for refused in answer.json()["refused"]] == ["bad_signature"]
    listed = await api.get("/campaigns/y2sB7")
    assert "secret" not in listed.json()


async def test_unmatched_names_come_with_the_action_that_was_probably_meant(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    async with client_of(app) as browser:
        for one, other in (("Purchse", "x"), ("Purchse", "Later"), ("<b>", "Purchase")):
            await browser.post("/y2sB7/beacon", json=beacon([one], [other]))
    await action(api, "later")
    rows = await data(api, "unmatched")
    assert [(r["name"], r["trackings"], r["closest"]) for r in rows] == [
        ("Purchse", 2, "Purchase"),
        ("<b>", 1, None),
        ("x", 1, None),
    ]

"""The live check of the page to install: what has arrived, and tests that the owner sends."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.installing import PAGE, add, log_of, push, seen
from tests.backend.calls import call, end, entered, made
from tests.backend.conftest import PUBLIC_URL, api_of
from tests.backend.stored import query, query_write, visitor
from trk.clock import now_ms
from trk.core.keys import is_beacon_id
from trk.web.server import server_of

pytestmark = pytest.mark.once


async def said(owner: httpx.AsyncClient) -> list[tuple[Any, ...]]:
    return [(row["name"], row["value"], row["said"], row["good"]) for row in await seen(owner)]


async def test_the_live_check_says_of_each_push_what_became_of_it_newest_first(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    page = (await owner.get(PAGE)).text
    assert '<p class="soft" data-none>Waiting for the first beacon…</p>' in page
    assert await seen(owner) == []
    await add(app, "VIP", title="Become a VIP")
    await add(app, "Order", unique_value=True)
    await push(app, ["VIP", "myValue"])
    await push(app, ["VPI"])
    await push(app, ["Something else entirely"])
    await push(app, ["Order"])
    await entered(app, 7)
    await push(app, ["vip"], visitor=visitor(7))
    matches = "matches the action ‘Become a VIP’"
    [refusal] = [row.refusal_message for row in await log_of(app) if row.name == "Order"]
    assert refusal
    assert await said(owner) == [
        ("vip", None, f"{matches} and unlocked it.", True),
        ("Order", None, "refused: " + refusal, False),
        ("Something else entirely", None, "no action has this name.", False),
        ("VPI", None, "no action has this name; did you mean ‘VIP’?", False),
        (
            "VIP",
            "myValue",
            f"{matches} and is waiting for this visitor to enter the campaign.",
            True,
        ),
    ]
    await push(app, ["VIP"], visitor=visitor(7))
    rows = await said(owner)
    assert len(rows) == 5
    assert rows[0][2] == f"{matches}, which this entrant has already completed."
    page = unescape((await owner.get(PAGE)).text)
    assert re.search(
        r"Seen \d s ago: name <bdi class=\"code\">VPI</bdi>, <span>no action has", page
    )
    assert '<p class="soft" data-none hidden>' in page


async def test_the_live_check_tells_of_refused_links_and_of_campaigns_that_are_over(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await add(app)
    await push(app, ["VIP"], xref="nonsense")
    rows = {(row["name"], row["said"].split(":")[0], row["good"]) for row in await seen(owner)}
    assert (None, "refused", False) in rows
    assert "an entrant’s link, <span>refused: The xref token" in (await owner.get(PAGE)).text
    await end(app)
    await push(app, ["VIP"])
    newest = (await seen(owner))[0]
    assert newest["said"].startswith("refused: ")
    assert "ended" in newest["said"]


async def test_how_long_ago_a_push_came_is_said_in_words(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    await push(sqlite_app, ["VIP"])
    hours = 3 * 3600 * 1000 + 1
    await query_write(
        server_of(sqlite_app).database, f"UPDATE trackings SET received_at = received_at - {hours}"
    )
    assert [row["ago"] for row in await seen(sqlite_owner)] == ["3 hours ago"]


async def test_a_test_unlock_goes_the_way_of_a_beacon_and_completes_nothing(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    wanted = await add(app, "Order", title="Buy", signed=True, unique_value=True)
    path = f"/install/test/{wanted}"
    assert f'action="/admin/campaigns/y2sB7{path}"' in (await owner.get(PAGE)).text
    for _ in range(2):
        answer = await owner.post(path)
        assert answer.status_code == 303
        there = rf".*/install\?action={wanted}&tested=\d+#check"
        assert re.fullmatch(there, answer.headers["location"])
    rows = await log_of(app)
    assert {(row.name, row.value, row.outcome) for row in rows} == {("Order", "test", "waiting")}
    assert len({row.visitor for row in rows}) == 2
    assert all(is_beacon_id(row.beacon) for row in rows)
    assert (await said(owner))[0][2].startswith("matches the action ‘Buy’ and is waiting")
    async with await api_of(app) as api:
        assert (await api.get("/campaigns/y2sB7/completions")).json()["data"] == []
        # The test has not used the value up.
        number = await entered(app, 1)
        body = call(1, ["Order", "test"], visitor=visitor(1))
        answer = await api.post("/campaigns/y2sB7/beacons", json=body)
        assert answer.json()["pairs"] == ["unlocked"], number
    assert (await owner.post("/install/test/999")).status_code == 404


@pytest.mark.parametrize(
    "campaign",
    [{}, {"draft": True}, {"confirmed_only": True}, {"kind": "reward", "reward_kind": "codes"}],
)
async def test_a_test_unlock_turns_green_for_an_entrant_of_whom_nothing_stays(
    app: Starlette, owner: httpx.AsyncClient, campaign: dict[str, Any]
) -> None:
    async with await api_of(app) as api:
        if campaign:
            await made(api, key="other", **campaign)
            owner.base_url = httpx.URL(f"{PUBLIC_URL}/admin/campaigns/other")
        key = "other" if campaign else "y2sB7"
        answer = await api.post(
            f"/campaigns/{key}/actions",
            json={"title": "Buy", "tracking_name": "Order", "worth": 1234, "signed": True},
        )
        wanted = answer.json()["id"]
        answer = await owner.post(f"/install/test/{wanted}")
        page = unescape((await owner.get(str(answer.url.join(answer.headers["location"])))).text)
        assert "Done · +1,234" in page
        database = server_of(app).database
        for table in ("entrants", "completions", "mails", "webhook_deliveries", "claims", "links"):
            assert await query(database, f"SELECT * FROM {table}") == [], table
        assert (await api.get(f"/campaigns/{key}/entrants")).json()["data"] == []


async def test_a_test_unlock_is_green_when_it_was_made_and_not_whenever_its_address_is_opened(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    wanted, now = await add(sqlite_app), now_ms()
    for instant, green in (
        (str(now - 1_000), True),
        (str(now - 61_000), False),
        (str(now + 60_000), False),
        ("", False),
        ("x", False),
    ):
        page = (await sqlite_owner.get(f"/install?action={wanted}&tested={instant}")).text
        assert ('class="tested"' in page) == green, instant


async def test_a_test_unlock_of_what_does_not_unlock_is_not_green(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    wanted = await add(app)
    answer = await owner.get(f"/install?action={wanted}")
    assert 'class="tested"' not in answer.text
    await end(app)
    answer = await owner.post(f"/install/test/{wanted}")
    assert 'class="tested"' not in answer.text


async def test_a_test_unlock_that_is_refused_says_why(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    wanted = await add(app)
    await end(app)
    answer = await owner.post(f"/install/test/{wanted}")
    assert answer.status_code == 403
    assert 'role="alert">The test unlocked nothing. ' in answer.text
    assert "ended" in answer.text
    assert [row.outcome for row in await log_of(app)] == ["refused"]


async def test_a_busy_server_stores_no_test_and_says_so(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    wanted = await add(sqlite_app)
    server_of(sqlite_app).writer.close()
    answer = await sqlite_owner.post(f"/install/test/{wanted}")
    assert answer.status_code == 503
    assert "try again shortly" in answer.text
    assert await log_of(sqlite_app) == []

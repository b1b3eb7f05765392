"""What a webhook was told, on the owner's pages: tests, the log, and what waits while it pauses."""

from __future__ import annotations

import re

import httpx
import pytest
from standardwebhooks import Webhook as Verifier
from starlette.applications import Starlette

from tests.backend.admin.owning import form_at, saved
from tests.backend.admin.webhooks.pages import ALL, HERE, Endpoint, add, note
from tests.backend.calls import call, entered, prize
from tests.backend.conftest import PUBLIC_URL, api_of
from tests.backend.stored import NOW, query, query_write
from trk.store import deliveries, webhooks
from trk.web.server import server_of

pytestmark = pytest.mark.once


async def test_a_test_says_what_the_endpoint_answered(
    inside: Starlette, browser: httpx.AsyncClient, receiver: Endpoint
) -> None:
    secret = await add(browser, f"{receiver[1]}/204")
    await add(browser, f"{receiver[1]}/503")
    await add(browser, "http://127.0.0.1:1/")
    await add(browser, f"{receiver[1]}/410")
    said = []
    for number in (1, 2, 3, 4):
        address = saved(await browser.post(f"/{number}/test"))
        assert address == f"{HERE}/{number}?tried={number}"
        said.append(note((await browser.get(PUBLIC_URL + address)).text))
    assert "The test was delivered. It answered 204 (No Content)." in said[0]
    assert "The test was not delivered. It answered 503 (Service Unavailable)." in said[1]
    assert "Next try" in said[1]
    assert "The test was not delivered. The server could not be reached." in said[2]
    assert "It answered 410 (gone), so the webhook was turned off." in said[3]
    [got] = receiver[0].at("/204")
    Verifier(secret).verify(got.body, got.headers)
    page = (await browser.get(ALL)).text
    for words in ("Working", "Failing since", "Turned off"):
        assert words in page
    # What was tried last says nothing of another webhook's deliveries.
    assert "The test" not in note((await browser.get("/1?tried=2")).text)
    assert "The test" not in note((await browser.get("/1?tried=x")).text)


async def test_the_log_is_in_words_filtered_and_a_delivery_is_sent_again(
    inside: Starlette, browser: httpx.AsyncClient, receiver: Endpoint
) -> None:
    await add(browser, f"{receiver[1]}/500", "entrant.created")
    await entered(inside, 1)
    await query_write(server_of(inside).database, "UPDATE entrants SET name = '<b>Ann</b>'")
    await receiver[0].got("/500", 1)
    saved(await browser.post("/1/test"))
    page = (await browser.get("/1")).text
    assert page.count('data-label="Tries"') == 2
    for words in ("Somebody entered", "A test", "Waiting", "Next try", "&lt;b&gt;Ann&lt;/b&gt;"):
        assert words in page
    assert "It answered 500 (Internal Server Error)." in page
    for part, found in {
        "state=waiting": 2,
        "state=delivered": 0,
        "state=given_up": 0,
        "state=x&after=x": 2,
        "after=2": 1,
    }.items():
        answer = await browser.get(f"/1?{part}")
        assert answer.status_code == 200
        assert answer.text.count('data-label="Tries"') == found, part
    form = await form_at(browser, "/1/change")
    saved(await browser.post("/1/change", data={**form, "url": f"{receiver[1]}/204"}))
    [row] = await query(
        server_of(inside).database,
        "SELECT id FROM webhook_deliveries WHERE type = 'entrant.created'",
    )
    again = saved(await browser.post(f"/1/deliveries/{row['id']}/resend"))
    assert "It was resent and delivered." in note((await browser.get(PUBLIC_URL + again)).text)
    [got] = receiver[0].at("/204")
    assert got.event["type"] == "entrant.created"
    assert (await browser.get("/1?state=delivered")).text.count('data-label="Tries"') == 1
    for wrong in ("999", "x", "99999999999999999999"):
        assert (await browser.post(f"/1/deliveries/{wrong}/resend")).status_code == 404


async def test_a_long_log_is_read_part_by_part(
    inside: Starlette, browser: httpx.AsyncClient
) -> None:
    await add(browser, "https://shop.example", "winner.drawn")
    saved(await browser.post("/1/pause"))
    for _ in range(60):
        await server_of(inside).database.write(deliveries.queue_test, webhooks.Endpoint(1, 1), NOW)
    first = (await browser.get("/1")).text
    assert first.count('data-label="Tries"') == 50
    [older] = re.findall(r'href="([^"]*)">Next<', first)
    rest = (await browser.get(PUBLIC_URL + older)).text
    assert rest.count('data-label="Tries"') == 10
    assert ">Next<" not in rest


async def test_paused_it_is_told_nothing_and_resumed_it_is_told_what_waited(
    inside: Starlette, browser: httpx.AsyncClient, receiver: Endpoint
) -> None:
    await add(browser, f"{receiver[1]}/204", "entrant.created")
    assert saved(await browser.post("/1/pause")) == f"{HERE}/1"
    page = (await browser.get("/1")).text
    assert "Paused" in note(page)
    assert "Resend" not in page
    assert "Send a test</button>" not in page
    await server_of(inside).database.write(deliveries.queue_test, webhooks.Endpoint(1, 1), NOW)
    # Pressed in a page from before it was paused.
    assert saved(await browser.post("/1/test")) == f"{HERE}/1"
    assert saved(await browser.post("/1/deliveries/1/resend")) == f"{HERE}/1"
    assert receiver[0].received == []
    saved(await browser.post("/1/resume"))
    assert len(await receiver[0].got("/204", 1)) == 1


async def test_a_winner_that_is_told_leads_to_the_entrant(
    inside: Starlette, browser: httpx.AsyncClient, receiver: Endpoint
) -> None:
    await add(browser, f"{receiver[1]}/204", "winner.drawn")
    async with await api_of(inside) as api:
        await prize(api, "A bike", 1)
        await entered(inside, 1)
        action = {"title": "A", "tracking_name": "A"}
        assert (await api.post("/campaigns/y2sB7/actions", json=action)).status_code == 201
        body = call(1, ["A"], email="1@example.org")
        assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
        await api.post("/campaigns/y2sB7/close")
        assert (await api.post("/campaigns/y2sB7/draw")).status_code == 201
    await receiver[0].got("/204", 1)
    page = (await browser.get("/1")).text
    assert "A winner was drawn" in page
    assert '/entrants/1">Entrant 1</a>' in page

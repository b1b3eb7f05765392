"""The owner's webhooks: added, changed, paused, tested, removed, and their log in words."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from standardwebhooks import Webhook as Verifier
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    SIGN_IN,
    browser_of,
    form_at,
    mistakes,
    saved,
    set_up,
    values,
)
from tests.backend.calls import call, data, entered, made, prize
from tests.backend.conftest import PUBLIC_URL, api_of, running
from tests.backend.receiver import Receiver, receiving
from tests.backend.stored import NOW, campaign_in, query, query_write
from trk.core.webhook import EVENTS
from trk.settings import Settings
from trk.store import deliveries, webhooks
from trk.store.webhooks import Webhook
from trk.web.server import server_of

pytestmark = pytest.mark.once

HOSTILE = "https://shop.example/<script>alert(1)</script>\"'><img/src=x/onerror=alert(1)>"
HERE = "/admin/campaigns/y2sB7/webhooks"
ALL = f"{PUBLIC_URL}{HERE}"
Endpoint = tuple[Receiver, str]


@pytest.fixture
def receiver() -> Iterator[Endpoint]:
    """An endpoint and its address."""
    with receiving() as opened:
        yield opened


@pytest.fixture
async def inside(database_url: str) -> AsyncIterator[Starlette]:
    """The application, allowed to send to this machine; the test runs on both databases."""
    settings = Settings(database=database_url, public_url=PUBLIC_URL, webhooks_private=True)
    async with running(settings) as app, await api_of(app) as api:
        await made(api)
        yield app


@pytest.fixture
async def browser(inside: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in; its base are the webhooks of the campaign y2sB7."""
    async with browser_of(inside) as client:
        await set_up(inside, client)
        client.base_url = httpx.URL(f"{PUBLIC_URL}{HERE}")
        yield client


async def add(browser: httpx.AsyncClient, url: str, *events: str) -> str:
    """Add a webhook as the form does; its secret."""
    form = {"url": url, **dict.fromkeys(events or EVENTS, "on")}
    answer = await browser.post("/new", data=form)
    assert answer.status_code == 200, mistakes(answer.text)
    secret: str = re.findall(r'<code id="secret">(whsec_[^<]+)</code>', answer.text)[0]
    return secret


async def stored(app: Starlette) -> list[Webhook]:
    campaign = await campaign_in(server_of(app).database)
    found: list[Webhook] = await server_of(app).database.read(webhooks.page, campaign, 0, 1000)
    return found


def note(page: str) -> str:
    """What the page says that has just been done, or that is wrong."""
    notes = re.findall(r'<p class="note[^>]*>(.*?)</p>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", "", " ".join(notes)).split())


async def test_a_webhook_is_added_with_its_events_and_its_secret_is_shown_once(
    inside: Starlette, browser: httpx.AsyncClient, receiver: Endpoint
) -> None:
    empty = (await browser.get(ALL)).text
    assert "Notify your server" in empty
    assert set(values((await browser.get("/new")).text)) == {"url", *EVENTS}
    secret = await add(browser, f" {receiver[1]}/204 ", "winner.drawn", "entrant.created")
    [webhook] = await stored(inside)
    assert (webhook.url, webhook.secret) == (f"{receiver[1]}/204", secret)
    assert webhook.events == ["entrant.created", "winner.drawn"]
    for path in (ALL, f"/{webhook.id}", f"/{webhook.id}/change", f"/{webhook.id}/secret"):
        page = (await browser.get(path)).text
        assert receiver[1] in page
        assert secret not in page
    page = (await browser.get(ALL)).text
    assert "Nothing sent yet" in page
    assert "Somebody entered · A winner was drawn" in page


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        ("", {"url"}),
        ("shop.example", {"url"}),
        ("https://shop.example/" + "x" * 2000, {"url"}),
        ("https://shop.example/\0", {"url"}),
        (HOSTILE + " ", {"url"}),
        ("javascript:alert(1)", {"url"}),
        ("https://[", {"url"}),
        ("http://shop.example", {"url"}),
        ("https://169.254.169.254/latest", {"url"}),
    ],
)
async def test_what_can_be_no_webhook_is_refused_beside_its_field_with_what_was_typed(
    sqlite_app: Starlette, url: str, fields: set[str]
) -> None:
    async with await api_of(sqlite_app) as api, browser_of(sqlite_app) as browser:
        await made(api)
        await set_up(sqlite_app, browser)
        typed = url if url != HOSTILE + " " else f"{HOSTILE} {HOSTILE}"
        for form, wrong in (
            ({"url": typed, "winner.drawn": "on"}, fields),
            ({"url": typed}, {*fields, "events"}),
            ({"url": typed, "webhook.test": "on"}, {*fields, "events"}),
        ):
            answer = await browser.post(f"{HERE}/new", data=form)
            assert answer.status_code == 400
            assert set(mistakes(answer.text)) == wrong
            assert values(answer.text)["url"] == typed
            assert ("winner.drawn" in values(answer.text)) == ("winner.drawn" in form)
            assert "<img" not in answer.text
            assert "<script>alert" not in answer.text
        assert await data(api, "webhooks") == []


async def test_a_hostile_address_is_text_wherever_it_is_shown(
    inside: Starlette, browser: httpx.AsyncClient
) -> None:
    await add(browser, HOSTILE)
    for path in (ALL, "/1", "/1/change", "/1/secret", "/1/remove"):
        page = (await browser.get(path)).text
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
        assert "<img" not in page


async def test_a_webhook_is_changed_and_who_changes_it_at_once_is_told(
    inside: Starlette, browser: httpx.AsyncClient
) -> None:
    await add(browser, "https://shop.example/a")
    form = await form_at(browser, "/1/change")
    theirs = {**form, "url": "https://shop.example/b"}
    assert saved(await browser.post("/1/change", data=theirs)) == f"{HERE}/1?saved"
    mine = {"was": form["was"], "url": "https://shop.example/c", "winner.drawn": "on"}
    answer = await browser.post("/1/change", data=mine)
    assert answer.status_code == 409
    assert "<q>https://shop.example/b</q>" in answer.text
    assert "<q>Somebody entered, An action was completed" in answer.text
    assert values(answer.text)["url"] == "https://shop.example/c"
    assert [each.url for each in await stored(inside)] == ["https://shop.example/b"]
    # The form that was shown then has seen theirs.
    saved(await browser.post("/1/change", data=values(answer.text)))
    [webhook] = await stored(inside)
    assert (webhook.url, webhook.events) == ("https://shop.example/c", ["winner.drawn"])
    wrong = {**values(answer.text), "url": "x"}
    answer = await browser.post("/1/change", data=wrong)
    assert (answer.status_code, set(mistakes(answer.text))) == (400, {"url"})
    assert [each.url for each in await stored(inside)] == ["https://shop.example/c"]


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
        await server_of(inside).database.write(deliveries.queue_test, 1, NOW)
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
    await server_of(inside).database.write(deliveries.queue_test, 1, NOW)
    # Pressed in a page from before it was paused.
    assert saved(await browser.post("/1/test")) == f"{HERE}/1"
    assert saved(await browser.post("/1/deliveries/1/resend")) == f"{HERE}/1"
    assert receiver[0].received == []
    saved(await browser.post("/1/resume"))
    assert len(await receiver[0].got("/204", 1)) == 1


async def test_another_secret_is_asked_for_shown_once_and_signs_alone(
    inside: Starlette, browser: httpx.AsyncClient, receiver: Endpoint
) -> None:
    old = await add(browser, f"{receiver[1]}/204")
    assert "Rotate the secret?" in (await browser.get("/1/secret")).text
    assert (await stored(inside))[0].secret == old
    page = (await browser.post("/1/secret")).text
    [new] = re.findall(r'<code id="secret">(whsec_[^<]+)</code>', page)
    assert new != old
    saved(await browser.post("/1/test"))
    [got] = receiver[0].at("/204")
    Verifier(new).verify(got.body, got.headers)
    assert new not in (await browser.get("/1/secret")).text


async def test_it_is_removed_with_its_log_only_after_asking_and_only_from_its_own_campaign(
    inside: Starlette, browser: httpx.AsyncClient, receiver: Endpoint
) -> None:
    await add(browser, f"{receiver[1]}/503")
    saved(await browser.post("/1/test"))
    other = saved(
        await browser.post(
            f"{PUBLIC_URL}/admin/campaigns/new",
            data={"name": "Other", "template": "coupon", "timezone": "UTC"},
        )
    )
    for path in ("", "/change", "/secret", "/remove"):
        assert (await browser.get(f"{PUBLIC_URL}{other}/webhooks/1{path}")).status_code == 404
    for path in ("/test", "/pause", "/secret", "/remove", "/deliveries/1/resend"):
        assert (await browser.post(f"{PUBLIC_URL}{other}/webhooks/1{path}")).status_code == 404
    asked = (await browser.get("/1/remove")).text
    assert "(1)" in asked
    assert "those still waiting are not sent (1)" in asked
    assert len(await stored(inside)) == 1
    assert saved(await browser.post("/1/remove")) == f"{HERE}?removed"
    assert "Webhook removed" in (await browser.get(f"{ALL}?removed")).text
    assert await stored(inside) == []
    for path in ("/1", "/1/remove", "/x", "/99999999999999999999"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.post("/1/remove")).status_code == 404


async def test_a_form_after_the_session_has_ended_comes_back_and_a_button_does_nothing_yet(
    inside: Starlette, browser: httpx.AsyncClient, receiver: Endpoint
) -> None:
    await add(browser, f"{receiver[1]}/204")
    expire = "UPDATE owner_sessions SET expires_at = 1"
    form = {"url": "https://shop.example/new", "winner.drawn": "on"}
    for path in ("/new", "/1/change"):
        await query_write(server_of(inside).database, expire)
        asked = await browser.post(path, data=form)
        assert asked.status_code == 403
        again = await browser.post(path, data={**values(asked.text), **SIGN_IN})
        assert "Nothing is saved yet" in again.text
        assert {**form, **values(again.text)} == values(again.text)
        assert "entrant.created" not in values(again.text)
    for path, back in (
        ("/1/test", "/1"),
        ("/1/pause", "/1"),
        ("/1/secret", "/1/secret"),
        ("/1/remove", "/1/remove"),
        ("/1/deliveries/1/resend", "/1"),
    ):
        await query_write(server_of(inside).database, expire)
        asked = await browser.post(path)
        assert asked.status_code == 403
        answer = await browser.post(path, data={**values(asked.text), **SIGN_IN})
        assert saved(answer) == f"{HERE}{back}"
    assert receiver[0].received == []
    [webhook] = await stored(inside)
    assert (webhook.url, webhook.off_at) == (f"{receiver[1]}/204", None)


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

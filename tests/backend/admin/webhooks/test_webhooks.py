"""The owner's webhooks: added, changed, given another secret, and removed."""

from __future__ import annotations

import re

import httpx
import pytest
from standardwebhooks import Webhook as Verifier
from starlette.applications import Starlette

from tests.backend.admin.owning import SIGN_IN, browser_of, form_at, mistakes, saved, set_up, values
from tests.backend.admin.webhooks.pages import ALL, HERE, Endpoint, add
from tests.backend.calls import data, made
from tests.backend.conftest import PUBLIC_URL, api_of
from tests.backend.stored import campaign_in, query_write
from trk.core.webhook import EVENTS
from trk.store import webhooks
from trk.store.webhooks import Webhook
from trk.web.server import server_of

pytestmark = pytest.mark.once

HOSTILE = "https://shop.example/<script>alert(1)</script>\"'><img/src=x/onerror=alert(1)>"


async def stored(app: Starlette) -> list[Webhook]:
    campaign = await campaign_in(server_of(app).database)
    found: list[Webhook] = await server_of(app).database.read(webhooks.page, campaign, 0, 1000)
    return found


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

"""The owner's page to install a campaign: what to paste, and who sees it."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.installing import PAGE, SEEN, add, log_of, push, seen
from tests.backend.admin.owning import HOSTILE, browser_of
from tests.backend.calls import entered
from tests.backend.conftest import PUBLIC_URL, api_of, client_of
from tests.backend.stored import campaign_in
from trk.web.server import server_of
from trk_sdk import snippet

pytestmark = pytest.mark.once


def pasted(page: str) -> dict[str, str]:
    """What each Copy button copies, by the block’s id; each has a name of its own."""
    buttons = re.findall(
        r'data-copy="([\w-]+)" hidden>Copy<span class="hidden"> (.+?)</span>', page
    )
    blocks = dict(re.findall(r'<pre><code id="([\w-]+)">(.*?)</code></pre>', page, re.DOTALL))
    assert [block for block, _ in buttons] == list(blocks)
    assert len({name for _, name in buttons}) == len(buttons)
    return {block: unescape(text) for block, text in blocks.items()}


async def test_the_scripts_are_the_documents_with_key_address_and_name_filled_in(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    await add(sqlite_app, "VIP", title="Become a VIP")
    page = (await sqlite_owner.get(PAGE)).text
    blocks = pasted(page)
    assert blocks["loader"] == snippet.loader("y2sB7", PUBLIC_URL)
    assert blocks["trigger"] == f"<script>\n{snippet.trigger('VIP')}\n</script>"
    assert blocks["full"] == snippet.full("y2sB7", PUBLIC_URL, "VIP")
    assert blocks["async-tag"] == f'<script async src="{PUBLIC_URL}/y2sB7/trk.js"></script>'
    assert blocks["overlay"] == f'<script async src="{PUBLIC_URL}/y2sB7/ol.js"></script>'
    assert '<div data-gleam-embed="y2sB7" style="min-height: 100vh"></div>' in blocks["embed"]
    assert blocks["policy"] == f"script-src 'self' {PUBLIC_URL}; connect-src 'self' {PUBLIC_URL}"
    assert blocks["framed-policy"] == f"{blocks['policy']}; frame-src {PUBLIC_URL}"
    for title in (
        *("Google Tag Manager", "Shopify", "WordPress and WooCommerce", "React"),
        "Continue once it is stored",
    ):
        assert f"<summary>{title}</summary>" in page
    assert f"fetch('{PUBLIC_URL}/y2sB7/beacon'" in blocks["site-2"]
    assert '<a href="/admin/campaigns/y2sB7/install" aria-current="page">Install</a>' in page


async def test_another_action_is_chosen_without_a_script(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    page = (await sqlite_owner.get(PAGE)).text
    assert "No action is verified by tracking yet" in page
    await add(sqlite_app, "Told", verification="ill_know")
    await add(sqlite_app, "VIP")
    signed = await add(sqlite_app, "Order", signed=True)
    page = (await sqlite_owner.get(PAGE)).text
    assert "Gleam.push(['VIP', 'myValue']);" in pasted(page)["full"]
    assert ">Told</option>" not in page
    assert "requires a signature" not in page
    page = (await sqlite_owner.get(f"{PAGE}?action={signed}")).text
    assert f'<option value="{signed}" selected>Order</option>' in page
    assert "Gleam.push(['Order', 'myValue']);" in pasted(page)["trigger"]
    assert "requires a signature" in page
    for strange in ("x", "999", "²", ""):
        answer = await sqlite_owner.get(PAGE, params={"action": strange})
        assert "Gleam.push(['VIP', 'myValue']);" in pasted(answer.text)["full"]


async def test_who_may_frame_the_campaign_is_asked_for_until_it_is_said(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    warning = 'in the <a href="/admin/campaigns/y2sB7/settings#allowed_origins">settings</a>'
    assert warning in (await sqlite_owner.get(PAGE)).text
    assert 'id="allowed_origins"' in (await sqlite_owner.get("/settings")).text
    async with await api_of(sqlite_app) as api:
        allowed = {"allowed_origins": ["https://shop.example"]}
        assert (await api.patch("/campaigns/y2sB7", json=allowed)).status_code == 200
    assert warning not in (await sqlite_owner.get(PAGE)).text


async def test_the_secret_is_on_a_page_of_its_own(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    campaign = await campaign_in(server_of(sqlite_app).database)
    page = (await sqlite_owner.get(PAGE)).text
    assert campaign.secret not in page
    [path] = re.findall(r'<a href="([^"]+)">Show the secret</a>', page)
    assert (await sqlite_owner.get(f"{PUBLIC_URL}{path}")).text.count(campaign.secret) == 1


async def test_hostile_names_are_shown_and_run_nowhere(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    async with await api_of(sqlite_app) as api:
        assert (await api.patch("/campaigns/y2sB7", json={"name": HOSTILE})).status_code == 200
    await add(sqlite_app, HOSTILE)
    await push(sqlite_app, [HOSTILE, HOSTILE])
    await push(sqlite_app, [HOSTILE + "2", "\u202e\0" + HOSTILE * 100])
    page = (await sqlite_owner.get(PAGE)).text
    assert page.count("&lt;script&gt;alert") >= 5
    assert "<script>alert" not in page
    assert "<img" not in page
    for block in pasted(page).values():
        assert "</script><script" not in block
        assert "alert(1)</script>" not in block
    longest = max(len(row["value"]) for row in await seen(sqlite_owner))
    assert longest == 100


async def test_a_developer_sees_what_to_paste_and_nothing_else(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await add(app, HOSTILE)
    await add(app, "Order", title="Buy", signed=True)
    await entered(app, 1)
    await push(app, ["Order", "secret-order-1"])
    page = (await owner.get(PAGE)).text
    [link] = re.findall(r'<code id="developer">([^<]*)</code>', page)
    assert link.startswith(f"{PUBLIC_URL}/admin/campaigns/y2sB7/developer/")
    async with client_of(app) as developer:
        answer = await developer.get(link)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        shown = unescape(answer.text)
        assert snippet.loader("y2sB7", PUBLIC_URL) in shown
        assert "<script>alert" not in answer.text
        for hidden in ("secret-order-1", "/install/secret", "ann@", "@example", "Sign out"):
            assert hidden not in shown
        assert (await campaign_in(server_of(app).database)).secret not in shown
        buying = re.findall(r'<option value="(\d+)"[^>]*>Buy<', answer.text)[0]
        other = unescape((await developer.get(f"{link}?action={buying}")).text)
        assert snippet.trigger("Order") in other
        wrong = link[:-1] + ("A" if link[-1] != "A" else "B")
        answer = await developer.get(wrong)
        assert answer.status_code == 404
        assert "ask for a new one" in answer.text
        # It opens nothing but itself.
        assert (
            await developer.get(f"{PUBLIC_URL}/admin/campaigns/y2sB7/install")
        ).status_code == 303


async def test_nobody_but_owners_sees_or_tests_anything(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    wanted = await add(sqlite_app)
    async with browser_of(sqlite_app) as stranger:
        stranger.base_url = sqlite_owner.base_url
        for path in (PAGE, SEEN):
            answer = await stranger.get(path)
            assert answer.status_code == 303
            assert "/admin/sign-in" in answer.headers["location"]
        assert (await stranger.post(f"/install/test/{wanted}")).status_code == 403
    assert await log_of(sqlite_app) == []
    sqlite_owner.base_url = httpx.URL(f"{PUBLIC_URL}/admin/campaigns/nokey")
    assert (await sqlite_owner.get(PAGE)).status_code == 404

"""The owner's page to install a campaign: what to paste, and what has arrived."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, browser_of, signed_in
from tests.backend.calls import action, call, end, entered, made
from tests.backend.conftest import PUBLIC_URL, api_of, beacon, client_of
from tests.backend.stored import campaign_in, query, query_write, visitor
from trk.clock import now_ms
from trk.core.keys import is_beacon_id
from trk.store import trackings
from trk.store.pages import Span
from trk.store.trackings import Tracking
from trk.web.server import server_of
from trk_sdk import snippet

pytestmark = pytest.mark.once

PAGE = "/install"
SEEN = "/install/seen"


@pytest.fixture
async def owner(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is the campaign y2sB7."""
    async with signed_in(app, "y2sB7") as client, await api_of(app) as api:
        await made(api)
        yield client


@pytest.fixture
async def sqlite_owner(sqlite_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(sqlite_app, "y2sB7") as client, await api_of(sqlite_app) as api:
        await made(api)
        yield client


async def add(app: Starlette, name: str = "VIP", **fields: Any) -> int:
    async with await api_of(app) as api:
        return await action(api, name, **fields)


async def push(app: Starlette, *pairs: list[str | None], **fields: Any) -> None:
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(*pairs, **fields))
        assert answer.status_code in (200, 403), answer.text


async def seen(owner: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await owner.get(SEEN)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    found: list[dict[str, Any]] = answer.json()["seen"]
    return found


async def said(owner: httpx.AsyncClient) -> list[tuple[Any, ...]]:
    return [(row["name"], row["value"], row["said"], row["good"]) for row in await seen(owner)]


async def log_of(app: Starlette) -> list[Tracking]:
    campaign = await campaign_in(server_of(app).database)
    rows: list[Tracking] = (
        await server_of(app).database.read(trackings.listed, campaign, Span())
    ).rows
    return rows


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
    assert '<div data-gleam-embed="y2sB7"></div>' in blocks["embed"]
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

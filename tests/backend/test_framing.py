"""The campaign's page in a frame, as its script uses the server: forms instead of cookies."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import query_write
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.once

SHOP = "https://shop.example"
ANN = {"name": "Ann", "email": "ann@example.org"}
FRAMED = {"origin": SHOP, "page": f"{SHOP}/bikes?size=m"}
VISITOR = "a" * 32
QUIZ = {"title": "Quiz", "tracking_name": "Quiz", "verification": "ill_know"}


async def _make(app: Starlette, **fields: Any) -> list[int]:
    """A campaign that pages of SHOP may frame; the ids of its actions VIP and Quiz."""
    async with await api_of(app) as owner:
        campaign = {"name": "Win", "key": "y2sB7", "allowed_origins": [SHOP], **fields}
        assert (await owner.post("/campaigns", json=campaign)).status_code == 201
        vip = {"title": "VIP", "tracking_name": "VIP", "url": f"{SHOP}/vip"}
        return [
            (await owner.post("/campaigns/y2sB7/actions", json=each)).json()["id"]
            for each in (vip, QUIZ)
        ]


async def _enter(browser: httpx.AsyncClient, **more: str) -> tuple[str, httpx.Response]:
    """Enter in a frame; the session's token as the page tells it, and the page."""
    page = await browser.post("/y2sB7/enter", data={**ANN, **FRAMED, **more})
    assert page.status_code == 200
    found = re.search(r'data-session="([\w-]*)"', page.text)
    assert found is not None
    return found[1], page


@pytest.mark.parametrize(
    ("named", "origin"),
    [
        ("https://Shop.example:443/", "https://shop.example"),
        ("http://bücher.example:80", "http://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://LOCALHOST:8001/", "http://localhost:8001"),
    ],
)
async def test_a_site_is_let_in_however_the_owner_has_written_it(
    app: Starlette, named: str, origin: str
) -> None:
    await _make(app, allowed_origins=[named, named])
    async with client_of(app, accept="text/html") as browser:
        page = await browser.get("/y2sB7/frame", params={"origin": origin})
        assert page.status_code == 200
        assert f"frame-ancestors {origin};" in page.headers["content-security-policy"] + ";"
    # As an older version has stored it.
    older = named.lower()
    await query_write(server_of(app).database, f"UPDATE campaigns SET allowed_origins = '{older}'")
    async with client_of(app, accept="text/html") as browser:
        page = await browser.get("/y2sB7/frame", params={"origin": origin})
        assert page.status_code == 200


async def test_only_pages_that_the_owner_named_may_frame_it(app: Starlette) -> None:
    await _make(app, allowed_origins=[SHOP, "https://other.example"])
    async with client_of(app, accept="text/html") as browser:
        page = await browser.get("/y2sB7/frame", params={"origin": SHOP})
        assert page.status_code == 200
        policy = page.headers["content-security-policy"]
        assert f"frame-ancestors {SHOP} https://other.example;" in policy + ";"
        assert "x-frame-options" not in page.headers
        for origin in ("https://evil.example", "null", "", f"{SHOP}.evil.example", "'"):
            refused = await browser.get("/y2sB7/frame", params={"origin": origin})
            assert refused.status_code == 403
            assert "frame-ancestors 'none'" in refused.headers["content-security-policy"]
            assert refused.headers["x-frame-options"] == "DENY"
        own = await browser.get("/y2sB7/win")
        assert "frame-ancestors 'none'" in own.headers["content-security-policy"]


async def test_entering_in_a_frame_sets_no_cookie_and_its_token_brings_the_page_back(
    app: Starlette,
) -> None:
    await _make(app)
    async with client_of(app, accept="text/html") as browser:
        await browser.post("/y2sB7/beacon", json=beacon(["VIP", "gold"], visitor=VISITOR))
        token, page = await _enter(browser, visitor=VISITOR)
        assert 'data-news="entered"' in page.text
        assert "set-cookie" not in page.headers
        again = await browser.post("/y2sB7/frame", data={**FRAMED, "session": token})
        assert "You’re in, <bdi>Ann" in again.text
        bearer = {"authorization": f"Bearer {token}"}
        status = (await browser.get("/y2sB7/status", headers=bearer)).json()
        assert status["entered"] is True
        assert [a["state"] for a in status["status"]["actions"]] == ["done", "open"]
        assert (await browser.get("/y2sB7/status")).json()["entered"] is False


async def test_a_token_of_another_campaign_a_wrong_one_and_none_show_a_stranger(
    app: Starlette,
) -> None:
    await _make(app)
    async with await api_of(app) as owner:
        other = {"name": "Other", "key": "other1", "allowed_origins": [SHOP]}
        await owner.post("/campaigns", json=other)
    async with client_of(app, accept="text/html") as browser:
        token, _ = await _enter(browser)
        for path, given in (("other1", token), ("y2sB7", token[:-1]), ("y2sB7", "")):
            page = await browser.post(f"/{path}/frame", data={**FRAMED, "session": given})
            assert page.status_code == 200
            assert "Ann" not in page.text
            assert 'data-session=""' in page.text


async def test_a_visitor_who_is_known_later_is_linked_by_the_frame(app: Starlette) -> None:
    await _make(app)
    async with client_of(app, accept="text/html") as browser:
        token, _ = await _enter(browser)
        await browser.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
        given = {**FRAMED, "session": token, "visitor": VISITOR}
        page = await browser.post("/y2sB7/frame", data=given)
        assert page.text.count('data-state="done"') == 1


async def test_an_answer_in_a_frame_is_told_to_the_page_and_needs_the_token(
    app: Starlette,
) -> None:
    _, quiz = await _make(app)
    async with client_of(app, accept="text/html") as browser:
        token, _ = await _enter(browser)
        stranger = await browser.post(f"/y2sB7/answer/{quiz}", data=FRAMED)
        assert 'data-state="done"' not in stranger.text
        done = await browser.post(f"/y2sB7/answer/{quiz}", data={**FRAMED, "session": token})
        assert f'data-news="{quiz}"' in done.text
        assert 'data-state="done"' in done.text


async def test_the_way_to_an_action_is_a_form_that_needs_the_token(app: Starlette) -> None:
    vip, _ = await _make(app)
    async with client_of(app, accept="text/html") as browser:
        token, _ = await _enter(browser)
        away = await browser.post(f"/y2sB7/go/{vip}", data={**FRAMED, "session": token})
        assert away.status_code == 303
        assert away.headers["location"].startswith(f"{SHOP}/vip?xref=")
        stranger = await browser.post(f"/y2sB7/go/{vip}", data=FRAMED)
        assert stranger.headers["location"] == "/y2sB7/win"


@pytest.mark.parametrize("path", ["enter", "frame", "answer/{action}"])
async def test_a_form_that_claims_an_origin_which_is_not_allowed_changes_nothing(
    path: str, app: Starlette
) -> None:
    vip, _ = await _make(app)
    given = {**ANN, "origin": "https://evil.example"}
    async with client_of(app, accept="text/html") as browser:
        refused = await browser.post(f"/y2sB7/{path.format(action=vip)}", data=given)
    assert refused.status_code == 403
    assert "evil.example" in refused.text
    assert not await server_of(app).database.read(select, "SELECT id FROM entrants")


async def test_a_form_in_a_frame_that_is_wrong_is_shown_filled_in_and_hostile_text_stays_text(
    app: Starlette,
) -> None:
    await _make(app, name='"><script>alert(1)</script>')
    given = {**FRAMED, "name": "", "email": '"><b>', "page": '"><i>', "session": '"><u>'}
    async with client_of(app, accept="text/html") as browser:
        page = await browser.post("/y2sB7/enter", data=given)
    assert page.status_code == 400
    assert not [tag for tag in ("<b>", "<i>", "<u>", "<script>alert") if tag in page.text]
    assert 'value="&#34;&gt;&lt;b&gt;"' in page.text


async def test_a_mailed_link_leads_back_only_to_pages_that_may_frame_it(app: Starlette) -> None:
    await _make(app)
    async with client_of(app, accept="text/html") as browser:
        await _enter(browser)
        evil = {**ANN, "origin": SHOP, "page": "https://evil.example/"}
        assert "Check your e-mail" in (await browser.post("/y2sB7/enter", data=evil)).text
        [mail] = await server_of(app).database.read(select, "SELECT body FROM mails")
        [link] = re.findall(r"/y2sB7/confirm/[\w-]+", mail["body"])
        used = await browser.post(link)
    assert used.headers["location"] == "/y2sB7/win"


async def test_who_leaves_in_a_frame_is_a_stranger_and_the_token_is_worth_nothing(
    app: Starlette,
) -> None:
    await _make(app)
    async with client_of(app, accept="text/html") as browser:
        token, _ = await _enter(browser)
        left = await browser.post("/y2sB7/leave", data={**FRAMED, "session": token})
        assert 'data-session=""' in left.text
        again = await browser.post("/y2sB7/frame", data={**FRAMED, "session": token})
        assert 'data-session=""' in again.text

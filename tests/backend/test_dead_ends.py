"""Where somebody comes no further: each page says what happened, and has a link that leads on, in
the campaign's colours and language where it is a campaign's."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.confirming import link_to
from tests.backend.conftest import PUBLIC_URL, api_of, client_of
from tests.backend.malformed import ask
from tests.backend.page_parts import heading, ways
from tests.backend.pictures import picture
from tests.backend.stored import query_write
from trk.store.errors import Unavailable
from trk.web.server import server_of

LOOK: dict[str, Any] = {
    "languages": ["de", "fr"],
    "accent": "#7b2d8b",
    "background": "#fff4e0",
    "scheme": "light",
}
BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}
RESPONSES = ("confirm/nonsense", "won/nonsense", "go/99", "answer/1", "preview/1/2", "a/b/c/d")


async def coloured(app: Starlette, **fields: Any) -> None:
    """A campaign with a look, in German and French, and a logo."""
    await make(app, **LOOK, **fields)
    async with await api_of(app) as owner:
        logo = await owner.put(
            "/campaigns/y2sB7/pictures/logo",
            json={"content": base64.b64encode(picture()).decode(), "alt": "Radhaus"},
        )
        assert logo.status_code == 200, logo.text


def is_coloured(answer: httpx.Response) -> bool:
    """Has it the campaign's style sheet, which its policy lets in, and its logo?"""
    styles = re.findall(r"<style>(.*?)</style>", answer.text, re.S)
    if not styles:
        return False
    [style] = styles
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]
    return "--accent:#7b2d8b;" in style and 'alt="Radhaus"' in answer.text


async def test_the_page_of_the_draw_is_in_its_colours_too(sqlite_app: Starlette) -> None:
    await coloured(sqlite_app)
    async with client_of(sqlite_app, **BROWSER) as browser:
        answer = await browser.get("/y2sB7/draw")
    assert answer.status_code == 200
    assert is_coloured(answer)


@pytest.mark.parametrize("rest", RESPONSES)
async def test_below_a_campaign_it_is_in_its_colours_and_language_and_leads_to_its_page(
    sqlite_app: Starlette, rest: str
) -> None:
    await coloured(sqlite_app)
    async with client_of(sqlite_app, **BROWSER) as browser:
        answer = await browser.get(f"/y2sB7/{rest}")
        assert answer.status_code == (405 if rest == "answer/1" else 404)
        assert is_coloured(answer)
        assert '<html lang="de"' in answer.text
        assert ways(answer) == [("/y2sB7", "Zur Kampagne")]
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "GET" not in answer.text
        browser.headers["accept-language"] = "fr"
        assert ways(await browser.get(f"/y2sB7/{rest}")) == [("/y2sB7", "Aller à la campagne")]
        assert (await browser.get("/y2sB7")).headers["location"] == PAGE


@pytest.mark.parametrize(
    ("method", "rest"), [("POST", "win-a-bike"), ("PUT", "enter"), ("DELETE", "frame")]
)
async def test_another_method_below_a_campaign_leads_to_its_page(
    sqlite_app: Starlette, method: str, rest: str
) -> None:
    await coloured(sqlite_app)
    async with client_of(sqlite_app, **BROWSER) as browser:
        answer = await browser.request(method, f"/y2sB7/{rest}")
    assert (answer.status_code, heading(answer)) == (405, "Hier ist keine Seite")
    assert is_coloured(answer)
    assert ways(answer) == [("/y2sB7", "Zur Kampagne")]
    assert answer.headers["allow"]


async def test_a_program_is_told_in_json_as_before(sqlite_app: Starlette) -> None:
    await coloured(sqlite_app)
    async with client_of(sqlite_app, **{"sec-fetch-site": "same-origin"}) as program:
        none = await program.get("/y2sB7/a/b/c/d")
        wrong = await program.post("/y2sB7/win-a-bike")
    assert (none.status_code, none.json()["error"]["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "wrong_method")


@pytest.mark.parametrize("path", ["/nosuch", "/nosuch/x", "/x", "/nosuch/confirm/1", "/nosuch/a/b"])
async def test_an_unknown_campaign_leads_back_to_where_the_visitor_came_from(
    sqlite_app: Starlette, path: str
) -> None:
    async with client_of(sqlite_app, **BROWSER) as browser:
        alone = await browser.get(path)
        shop = {"referer": "https://shop.example/bikes?a=1"}
        answer = await browser.get(path, headers=shop)
        own = await browser.get(path, headers={"referer": f"{PUBLIC_URL}/other/page"})
        bad = await browser.get(path, headers={"referer": 'javascript:alert(1)//"><b>'})
    assert (alone.status_code, heading(alone)) == (404, "Page not found")
    assert ways(answer) == [("https://shop.example", "Back to shop.example")]
    for each in (alone, own, bad):
        assert ways(each) == [("/admin", "Is this your campaign? Sign in")]
        assert "<style>" not in each.text


async def test_a_draft_is_to_a_stranger_as_if_it_were_not(sqlite_app: Starlette) -> None:
    await coloured(sqlite_app)
    await query_write(
        server_of(sqlite_app).database,
        "UPDATE campaigns SET published_at = NULL, preview_token = 'secret' RETURNING id",
    )
    async with client_of(sqlite_app, **BROWSER) as browser:
        for rest in (*RESPONSES, "preview/nonsense"):
            draft = await browser.get(f"/y2sB7/{rest}")
            nobody = await browser.get(f"/y2sB8/{rest}")
            assert draft.status_code == nobody.status_code
            assert draft.text == nobody.text
            assert (
                draft.headers["content-security-policy"]
                == (nobody.headers["content-security-policy"])
            )
        assert "Ask whoever sent it" in draft.text
        await browser.get("/y2sB7/preview/secret")
        seen = await browser.get("/y2sB7/a/b/c")
        assert is_coloured(seen)
        kept = await browser.post("/y2sB7/enter", data=ANN)
    assert (kept.status_code, is_coloured(kept)) == (403, True)
    assert ways(kept) == [("/y2sB7", "Zurück zur Vorschau")]


async def test_a_mailed_link_says_whether_it_was_used_has_expired_or_never_was(
    app: Starlette,
) -> None:
    await coloured(app, confirmed_only=True)
    async with client_of(app, **BROWSER) as browser:
        await browser.post("/y2sB7/enter", data=ANN)
        link = await link_to(app)
        question = await browser.get(link)
        assert is_coloured(question)
        assert (await browser.post(link)).status_code == 303
        used = await browser.get(link)
        again = await browser.post(link)
        broken = await browser.get(link[:-1])
        database = server_of(app).database
        await query_write(
            database,
            "UPDATE confirmations SET used_at = NULL, expires_at = 1 RETURNING token_hash",
        )
        expired = await browser.get(link)
        await query_write(database, "UPDATE campaigns SET closed_at = 1 RETURNING id")
        over = await browser.get(link)
    told = {
        "used": (used, "Ein Link aus einer Mail gilt nur einmal, und dieser wurde schon benutzt."),
        "again": (
            again,
            "Ein Link aus einer Mail gilt nur einmal, und dieser wurde schon benutzt.",
        ),
        "broken": (broken, "Bitte prüfe, ob es der ganze Link aus deiner Mail ist."),
        "expired": (expired, "gilt 24 Stunden lang, und dieser ist älter."),
        "over": (over, "nicht mehr offen, deshalb gibt es keinen neuen."),
    }
    for answer, said in told.values():
        assert (answer.status_code, is_coloured(answer)) == (404, True)
        assert said in answer.text
        assert ways(answer) == [("/y2sB7", "Zur Kampagne")]
        asks = "noch einmal auf der Seite der Kampagne" in answer.text
        assert asks is (answer is not over)


async def test_too_much_at_once_is_a_page_of_the_campaigns(sqlite_app: Starlette) -> None:
    await coloured(sqlite_app)
    async with client_of(sqlite_app, **BROWSER) as browser:
        answer = await browser.post("/y2sB7/enter", data={**ANN, "more": "x" * 1_100_000})
    assert (answer.status_code, heading(answer)) == (413, "Das ist zu groß")
    assert is_coloured(answer)
    assert ways(answer) == [("/y2sB7", "Zur Kampagne")]


@pytest.mark.parametrize("seen", [True, False])
async def test_while_the_database_is_away_a_campaign_keeps_the_colours_in_which_it_was_seen(
    sqlite_app: Starlette, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    await coloured(sqlite_app)

    async def gone(*_: object) -> None:
        raise Unavailable("the connection was lost")

    async with client_of(sqlite_app, **BROWSER) as browser:
        if seen:
            await browser.get(PAGE)
        for work in ("read", "write"):
            monkeypatch.setattr(server_of(sqlite_app).database, work, gone)
        asked = await browser.get(f"{PAGE}?lang=fr&x=%22")
        sent = await browser.post("/y2sB7/enter", data=ANN)
        lost = await browser.get("/y2sB7/a/b/c")
        owner = await browser.get("/admin/campaigns")
    assert [each.status_code for each in (asked, sent, lost, owner)] == [503, 503, 404, 503]
    again, on = "Recharger cette page", "Zur Kampagne"
    if not seen:
        again, on = "Load this page again", "Go to the campaign"
    assert ways(asked) == [(f"{PAGE}?lang=fr&x=%22", again)]
    for each in (asked, sent, lost):
        assert is_coloured(each) is seen
    assert ways(sent) == [("/y2sB7", on)]
    assert ways(lost) == (
        [("/y2sB7", on)] if seen else [("/admin", "Is this your campaign? Sign in")]
    )
    assert ways(owner) == [("/admin/campaigns", "Load this page again")]


async def test_what_is_framed_stays_in_the_frame_and_leads_out_of_it(
    sqlite_app: Starlette,
) -> None:
    await coloured(sqlite_app, allowed_origins=["https://shop.example"])
    headers = {**BROWSER, "sec-fetch-dest": "iframe"}
    async with client_of(sqlite_app, **headers) as frame:
        answer = await frame.post("/y2sB7/answer/99", data={"origin": "https://shop.example"})
    assert answer.status_code == 404
    assert "frame-ancestors https://shop.example" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers
    assert 'target="_blank"' in answer.text


@pytest.mark.parametrize(("path", "query"), [("/y2sB7/a\0b", b""), (PAGE, b"a=\xff")])
async def test_an_address_that_can_not_be_read_is_a_page_for_people(
    sqlite_app: Starlette, path: str, query: bytes
) -> None:
    await coloured(sqlite_app)
    answer = await ask(sqlite_app, "GET", path, query=query, headers=[(b"accept", b"text/html")])
    assert answer.status == (400 if query else 404)
    assert b"--accent:#7b2d8b;" in answer.body
    assert b'<a class="go" href="/y2sB7"' in answer.body


async def test_a_form_of_another_site_leads_to_the_page_here(sqlite_app: Starlette) -> None:
    await coloured(sqlite_app)
    async with client_of(sqlite_app, accept="text/html") as browser:
        answer = await browser.post(
            "/y2sB7/enter", data=ANN, headers={"sec-fetch-site": "cross-site"}
        )
        owners = await browser.post(
            "/admin/sign-in", data={}, headers={"sec-fetch-site": "cross-site"}
        )
    assert (answer.status_code, heading(answer)) == (403, "Es wurde nichts abgeschickt")
    assert (is_coloured(answer), ways(answer)) == (True, [("/y2sB7", "Zur Kampagne")])
    assert (owners.status_code, heading(owners)) == (403, "Nothing was sent")
    assert ways(owners) == [("/admin/sign-in", "Sign in")]


async def test_a_fault_of_ours_is_a_page_that_can_be_loaded_again(
    sqlite_app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    await coloured(sqlite_app)

    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    transport = httpx.ASGITransport(sqlite_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=PUBLIC_URL, headers=BROWSER
    ) as browser:
        await browser.get(PAGE)
        monkeypatch.setattr(server_of(sqlite_app).status, "read", broken)
        answer = await browser.get(PAGE)
        told = await browser.get(PAGE, headers={"accept": "*/*"})
    assert (answer.status_code, is_coloured(answer)) == (500, True)
    assert ways(answer) == [(PAGE, "Diese Seite neu laden")]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert told.json()["error"]["code"] == "internal"


async def test_a_campaign_that_is_deleted_meanwhile_has_no_page(sqlite_app: Starlette) -> None:
    await coloured(sqlite_app)
    async with client_of(sqlite_app, **BROWSER) as browser:
        await browser.get(PAGE)
        async with await api_of(sqlite_app) as owner:
            assert (await owner.delete("/campaigns/y2sB7")).status_code == 204
        answer = await browser.get(PAGE)
    assert (answer.status_code, is_coloured(answer)) == (404, False)

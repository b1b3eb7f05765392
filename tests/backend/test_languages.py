"""A campaign in several languages: which one a page is in, and which an entrant's mails."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import api_of, client_of
from tests.backend.stored import query, query_write
from tests.catalogues import TRK
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

STYLES = TRK / "static" / "campaign.css"
SEVERAL = ["en", "de", "ar"]
FORM = {"content-type": "application/x-www-form-urlencoded"}
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.1"}


@pytest.mark.parametrize(
    ("asked", "tag"),
    [
        ("de-AT,de;q=0.9,en;q=0.1", "de"),
        ("AR", "ar"),
        ("ja,fr;q=0.8", "en"),
        ("de;q=0.1,en;q=0.2", "en"),
        ("de;q=0,en;q=0", "en"),
        ("", "en"),
        ("*", "en"),
        ("de;q=zero,;;,\u00e4", "en"),
    ],
)
async def test_a_page_is_in_the_language_that_the_browser_asks_for(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, asked: str, tag: str
) -> None:
    await make(sqlite_app, languages=SEVERAL)
    headers = {b"accept-language": asked.encode("latin-1")}
    page = (await sqlite_browser.get(PAGE, headers=headers)).text
    assert f'<html lang="{tag}" dir="{"rtl" if tag == "ar" else "ltr"}"' in page
    said = {"en": ">Enter</h2>", "de": ">Mitmachen</h2>", "ar": ">شارك</h2>"}[tag]
    assert said in page


async def test_a_campaign_of_one_language_stays_in_it(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, languages=["fr"])
    sqlite_browser.cookies.set("trk_lang_y2sB7", "de")
    page = await sqlite_browser.get(PAGE, headers=GERMAN)
    assert '<html lang="fr" dir="ltr"' in page.text
    assert 'class="languages"' not in page.text


async def test_a_language_that_was_chosen_is_remembered_in_this_browser(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, languages=SEVERAL)
    page = await browser.get(PAGE, headers=GERMAN)
    assert f'href="{PAGE}?lang=ar"' in page.text
    assert f'href="{PAGE}?lang=de"' not in page.text, "it is in German already"
    answer = await browser.get(f"{PAGE}?lang=ar", headers=GERMAN)
    assert answer.status_code == 200
    assert 'lang="ar" dir="rtl"' in answer.text
    assert 'lang="ar" dir="rtl"' in (await browser.get(PAGE, headers=GERMAN)).text
    wrong = await browser.post("/y2sB7/enter", data={}, headers=GERMAN)
    assert "يُرجى إدخال اسمك" in wrong.text
    draw = await browser.get("/y2sB7/draw", headers={**GERMAN, "accept": "text/html"})
    assert 'lang="ar" dir="rtl"' in draw.text
    async with client_of(app) as other:
        assert 'lang="de" dir="ltr"' in (await other.get(PAGE, headers=GERMAN)).text


@pytest.mark.parametrize("chosen", ["ja", "xx", "de\u0000", '"><script>', "DE"])
async def test_a_language_that_the_campaign_has_not_is_not_taken(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, chosen: str
) -> None:
    await make(sqlite_app, languages=SEVERAL)
    answer = await sqlite_browser.get(PAGE, params={"lang": chosen})
    assert answer.status_code == 302
    assert "set-cookie" not in answer.headers
    assert '<html lang="en"' in (await sqlite_browser.get(PAGE)).text


async def test_a_framed_page_keeps_the_chosen_language_in_its_forms(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    origin = "https://shop.example"
    await make(sqlite_app, languages=SEVERAL, allowed_origins=[origin])
    frame = await sqlite_browser.get("/y2sB7/frame", params={"origin": origin, "lang": "de"})
    assert '<html lang="de"' in frame.text
    assert 'data-language="de"' in frame.text
    assert '<input type="hidden" name="lang" value="de">' in frame.text
    form = {"origin": origin, "lang": "ar", **ANN}
    entered = await sqlite_browser.post("/y2sB7/enter", data=form)
    assert '<html lang="ar" dir="rtl"' in entered.text
    assert "set-cookie" not in entered.headers
    again = {"origin": origin, "lang": "de", "name": "", "email": "x"}
    assert (
        "Bitte gib deinen Namen ein."
        in (await sqlite_browser.post("/y2sB7/enter", data=again)).text
    )


async def test_mails_are_in_the_language_in_which_the_entrant_entered(app: Starlette) -> None:
    await make(app, languages=SEVERAL, confirmed_only=True)
    async with client_of(app) as german:
        await german.post("/y2sB7/enter", data=ANN, headers=GERMAN)
    async with client_of(app) as english:
        await english.post("/y2sB7/enter", data=ANN, headers={"accept-language": "en"})
    mails = await query(server_of(app).database, "SELECT subject, body FROM mails ORDER BY id")
    assert [mail["subject"] for mail in mails] == ["Bestätige deine E-Mail-Adresse: Win a bike"]
    assert "Hallo Ann," in mails[0]["body"]
    [address] = [each.strip() for each in mails[0]["body"].splitlines() if "/confirm/" in each]
    assert address.endswith("?lang=de")
    async with client_of(app) as phone:
        behind = await phone.get(address, headers={"accept-language": "en"})
    assert "<h1>Bestätige deine E-Mail-Adresse</h1>" in behind.text


async def test_a_reward_is_mailed_in_the_entrants_language(app: Starlette) -> None:
    reward = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
    number = await make(app, languages=["en", "de"], **reward)
    async with await api_of(app) as owner:
        settings = {"verification": "ill_know", "url": ""}
        await owner.patch(f"/campaigns/y2sB7/actions/{number}", json=settings)
    async with client_of(app) as german:
        await german.post("/y2sB7/enter", data=ANN, headers=GERMAN)
        await german.post(f"/y2sB7/answer/{number}", headers=GERMAN)
    [mail] = await query(server_of(app).database, "SELECT subject, body FROM mails")
    assert mail["subject"] == "Deine Belohnung: Win a bike"
    assert "Hier ist deine Belohnung von „Win a bike“:\n\n    SAVE10" in mail["body"]


@pytest.mark.parametrize(
    ("method", "path", "status", "sent"),
    [
        ("GET", "/y2sB7/answer/1", 405, {}),
        ("DELETE", PAGE, 405, {}),
        ("PUT", "/y2sB7", 405, {}),
        ("GET", "/y2sB7/a/b/c", 404, {}),
        ("GET", "/y2sB7/go/99", 404, {}),
        ("POST", "/y2sB7/enter", 413, {"content": b"x" * 2_000_000, "headers": FORM}),
        ("POST", "/y2sB7/enter", 403, {"headers": {"sec-fetch-site": "cross-site"}}),
        ("POST", "/y2sB7/won/x", 404, {}),
    ],
)
async def test_what_goes_wrong_at_a_campaigns_address_is_told_in_one_of_its_languages(
    sqlite_app: Starlette,
    sqlite_browser: httpx.AsyncClient,
    method: str,
    path: str,
    status: int,
    sent: dict[str, Any],
) -> None:
    await make(sqlite_app, languages=["fr", "it"])
    headers = {**GERMAN, **sent.pop("headers", {})}
    answer = await sqlite_browser.request(method, path, headers=headers, **sent)
    assert answer.status_code == status
    assert '<html lang="fr"' in answer.text
    for italian in ({"accept-language": "it"}, {"cookie": "trk_lang_y2sB7=it"}):
        told = {**headers, **italian}
        answer = await sqlite_browser.request(method, path, headers=told, **sent)
        assert '<html lang="it"' in answer.text


async def test_what_goes_wrong_at_the_address_of_a_draft_does_not_tell_its_language(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, languages=["fr"])
    unpublish = "UPDATE campaigns SET published_at = NULL, preview_token = 'seen'"
    await query_write(server_of(sqlite_app).database, unpublish)
    answer = await sqlite_browser.put(PAGE, headers=GERMAN)
    assert '<html lang="de"' in answer.text
    sqlite_browser.cookies.set("trk_preview_y2sB7", "seen")
    answer = await sqlite_browser.put(PAGE, headers=GERMAN)
    assert '<html lang="fr"' in answer.text


@pytest.mark.parametrize("path", ["/nowhere/at-all", "/y2sB7/go/999", "/y2sB7/confirm/abc"])
async def test_pages_without_a_campaign_are_in_any_language(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient, path: str
) -> None:
    page = await sqlite_browser.get(path, headers={"accept-language": "ja", "accept": "text/html"})
    assert page.status_code == 404
    assert '<html lang="ja" dir="ltr"' in page.text


async def test_owners_pages_stay_in_english(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    page = await sqlite_browser.get("/admin/nowhere", headers={**GERMAN, "accept": "text/html"})
    assert "klappt" not in page.text


@pytest.mark.parametrize("wrong", [[], ["xx"], ["de", "de"], "de", [""], ["en", 1]])
async def test_languages_that_can_not_be_used_are_refused(
    sqlite_api: httpx.AsyncClient, wrong: object
) -> None:
    answer = await sqlite_api.post("/campaigns", json={"name": "Win", "languages": wrong})
    assert answer.status_code == 400
    assert "languages" in answer.json()["error"]["message"]


async def test_a_refused_answer_is_told_in_the_language(app: Starlette) -> None:
    number = await make(app, languages=["de"])
    async with await api_of(app) as owner:
        settings = {"verification": "question", "question": "Was?", "answer_pattern": "ja"}
        await owner.patch(f"/campaigns/y2sB7/actions/{number}", json=settings)
    async with client_of(app) as german:
        await german.post("/y2sB7/enter", data=ANN)
        answer = await german.post(f"/y2sB7/answer/{number}", data={"answer": "nein"})
    assert "Diese Antwort passt nicht." in unescape(answer.text)


def test_the_styles_name_no_side() -> None:
    """What is on the left in one language is on the right in another."""
    sides = (
        r"(margin|padding|border|inset)-(left|right)|text-align: *(left|right)|float:"
        r"|[{;] *(left|right):"
    )
    assert [line for line in STYLES.read_text("utf-8").splitlines() if re.search(sides, line)] == []
    assert re.search(sides, "a { padding-left: 1rem }")

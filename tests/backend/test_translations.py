"""The owner's own texts in other languages: given in a form, shown, mailed, copied, erased."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes, saved, signed_in, values
from tests.backend.calls import mistake
from tests.backend.campaign_pages import ANN, PAGE
from tests.backend.conftest import api_of, client_of
from tests.backend.pictures import picture
from tests.backend.stored import query
from trk.core.field import MOST_ASKED, MOST_OPTIONS
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

GERMAN = {"accept-language": "de"}
HOSTILE = "<script>alert(1)</script>\"'"


@pytest.fixture
async def owner(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """An owner's browser, signed in."""
    async with signed_in(app, "y2sB7") as browser:
        yield browser


async def made(app: Starlette, **fields: object) -> tuple[int, int]:
    """A campaign in English and German with an action and a prize, by their ids."""
    async with await api_of(app) as owner:
        campaign = {
            "name": "Win a bike",
            "key": "y2sB7",
            "description": "Ride!",
            "languages": ["en", "de", "ar"],
            **fields,
        }
        assert (await owner.post("/campaigns", json=campaign)).status_code == 201
        action = {"title": "Be VIP", "tracking_name": "VIP", "description": "Come in."}
        number = (await owner.post("/campaigns/y2sB7/actions", json=action)).json()["id"]
        prize = await owner.post("/campaigns/y2sB7/prizes", json={"title": "A bike"})
        return number, prize.json()["id"]


async def form(owner: httpx.AsyncClient) -> dict[str, str]:
    return values((await owner.get("/languages/de")).text)


def german(campaign: str, number: int, prize: int) -> dict[str, str]:
    return {
        f"{campaign}name": "Gewinne ein Rad",
        f"action-{number}-title": "Werde VIP",
        f"prize-{prize}-title": "Ein Rad",
    }


async def test_texts_are_shown_in_their_language_and_the_campaigns_own_where_one_is_missing(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    number, prize = await made(app)
    page = (await owner.get("/languages")).text
    assert "5 of 5 texts are missing" in page
    typed = await form(owner)
    [campaign] = [each.removesuffix("name") for each in typed if each.endswith("-name")]
    given = {**typed, **german(campaign, number, prize)}
    at = "/languages/de"
    assert saved(await owner.post(at, data=given)).endswith("?saved")
    assert "2 of 5 texts are missing" in (await owner.get(at)).text
    async with client_of(app) as entrant:
        shown = (await entrant.get(PAGE, headers=GERMAN)).text
        assert ">Gewinne ein Rad</h1>" in shown
        assert ">Werde VIP</h3>" in shown
        assert "Ein Rad</strong>" in shown
        assert "Ride!" in shown, "its own text, for want of a German one"
        own = (await entrant.get(PAGE, headers={"accept-language": "en"})).text
        assert ">Win a bike</h1>" in own
        assert "Rad" not in own
        draw = await entrant.get("/y2sB7/draw", headers={**GERMAN, "accept": "text/html"})
        assert "Gewinne ein Rad" in draw.text
        assert "Gewinne ein Rad" in (await entrant.get("/y2sB7/ol.js")).text
    assert {**await form(owner), "was": ""} == {**given, "was": ""}


async def test_mails_have_the_texts_of_their_language(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    number, prize = await made(app, confirmed_only=True)
    typed = await form(owner)
    [campaign] = [each.removesuffix("name") for each in typed if each.endswith("-name")]
    at = "/languages/de"
    saved(await owner.post(at, data={**typed, **german(campaign, number, prize)}))
    async with client_of(app) as entrant:
        await entrant.post("/y2sB7/enter", data=ANN, headers=GERMAN)
    [mail] = await query(server_of(app).database, "SELECT subject FROM mails")
    assert mail["subject"] == "Bestätige deine E-Mail-Adresse: Gewinne ein Rad"


async def test_what_is_wrong_is_told_at_its_field_and_nothing_is_stored(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    number, prize = await made(app)
    at = "/languages/de"
    long = {f"action-{number}-title": "x" * 201, f"prize-{prize}-title": HOSTILE}
    answer = await owner.post(at, data={**await form(owner), **long})
    assert answer.status_code == 400
    assert "at most 200 characters" in mistakes(answer.text)[f"action-{number}-title"]
    assert values(answer.text)[f"prize-{prize}-title"] == HOSTILE
    assert await query(server_of(app).database, "SELECT text FROM translations") == []
    saved(await owner.post(at, data={**await form(owner), f"prize-{prize}-title": HOSTILE}))
    async with client_of(app) as entrant:
        assert "<script>alert" not in (await entrant.get(PAGE, headers=GERMAN)).text


async def test_as_many_options_as_can_be_asked_for_are_translated_together(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await made(app)
    async with await api_of(app) as api:
        for n in range(MOST_ASKED):
            options = [f"{n} {each}" for each in range(MOST_OPTIONS)]
            field = {"label": f"Choose {n}", "kind": "choice", "options": options}
            assert (await api.post("/campaigns/y2sB7/fields", json=field)).status_code == 201
    page = (await owner.get("/languages/de")).text
    assert "<h2>Field of the form: Choose 0</h2>" in page
    assert "></label>" not in page, "a field without a name"
    typed = {name: text or "Auf Deutsch" for name, text in (await form(owner)).items()}
    assert len(typed) > MOST_ASKED * MOST_OPTIONS
    saved(await owner.post("/languages/de", data=typed))
    assert "Auf Deutsch" in (await form(owner)).values()


async def test_of_two_who_translate_at_once_the_second_is_told(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    number, _ = await made(app)
    at, field = "/languages/de", f"action-{number}-title"
    first, second = await form(owner), await form(owner)
    saved(await owner.post(at, data={**first, field: "Eins"}))
    late = await owner.post(at, data={**second, field: "Zwei"})
    assert late.status_code == 409
    assert "Eins" in late.text
    assert values(late.text)[field] == "Zwei"
    saved(await owner.post(at, data=values(late.text)))
    assert (await form(owner))[field] == "Zwei"


@pytest.mark.parametrize("tag", ["en", "fr", "xx"])
async def test_a_language_that_has_no_texts_of_its_own_has_no_form(
    app: Starlette, owner: httpx.AsyncClient, tag: str
) -> None:
    await made(app)
    answer = await owner.get(f"/languages/{tag}")
    assert answer.status_code == 404


async def test_a_copy_has_the_texts_and_what_is_deleted_takes_its_own_along(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    number, prize = await made(app)
    typed = await form(owner)
    [campaign] = [each.removesuffix("name") for each in typed if each.endswith("-name")]
    at = "/languages/de"
    saved(await owner.post(at, data={**typed, **german(campaign, number, prize)}))
    database = server_of(app).database
    stored = "SELECT text FROM translations ORDER BY campaign_id, text"
    texts = ["Ein Rad", "Gewinne ein Rad", "Werde VIP"]
    async with await api_of(app) as api:
        await api.post("/campaigns/y2sB7/copy")
        assert [row["text"] for row in await query(database, stored)] == texts * 2
        await api.delete(f"/campaigns/y2sB7/actions/{number}")
        await api.delete(f"/campaigns/y2sB7/prizes/{prize}")
        assert len(await query(database, stored)) == 4
        await api.delete("/campaigns/y2sB7")
    assert [row["text"] for row in await query(database, stored)] == texts


async def test_a_program_gives_texts_and_is_told_what_is_wrong(api: httpx.AsyncClient) -> None:
    fields = {"name": "Win", "key": "y2sB7", "languages": ["en", "de"], "description": "Ride!"}
    assert (await api.post("/campaigns", json=fields)).status_code == 201
    at = "/campaigns/y2sB7/texts/de"
    first = (await api.get(at)).json()
    name, description = (each["place"] for each in first["texts"])
    assert [each["own"] for each in first["texts"]] == ["Win", "Ride!"]
    await api.patch(at, json={"texts": {name: "Gewinne"}})
    changed = await api.patch(at, json={"texts": {description: "Fahr!"}})
    assert [each["text"] for each in changed.json()["texts"]] == ["Gewinne", "Fahr!"]
    await api.patch(at, json={"texts": {name: ""}})
    assert [each["text"] for each in (await api.get(at)).json()["texts"]] == ["", "Fahr!"]
    refused: list[dict[str, object]] = [
        {"texts": {"prize-1-title": "X"}},
        {"texts": {name: "x" * 201}},
        {"texts": []},
    ]
    for wrong in refused:
        mistake(await api.patch(at, json=wrong), 400, "invalid")
    for tag in ("en", "fr", "xx"):
        mistake(await api.get(f"/campaigns/y2sB7/texts/{tag}"), 404, "not_found")


async def test_what_pictures_show_is_told_in_the_language_until_it_is_said_anew(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    _, prize = await made(app)
    content = base64.b64encode(picture()).decode()
    alts = {"banner": "Hills", "logo": "", f"prize-{prize}": "An orange bike"}
    for place, alt in alts.items():
        put = await api.put(
            f"/campaigns/y2sB7/pictures/{place}", json={"content": content, "alt": alt}
        )
        assert put.status_code == 200, put.text
    texts = (await api.get("/campaigns/y2sB7/texts/de")).json()["texts"]
    places = {each["own"]: each["place"] for each in texts}
    assert set(places) == {"Win a bike", "Ride!", "Be VIP", "Come in.", "A bike"} | {
        "Hills",
        "An orange bike",
    }
    given = {places["Hills"]: "Hügel", places["An orange bike"]: "Ein oranges Rad"}
    changed = await api.patch("/campaigns/y2sB7/texts/de", json={"texts": given})
    assert changed.status_code == 200, changed.text
    too_long = {"texts": {places["Hills"]: "x" * 201}}
    mistake(await api.patch("/campaigns/y2sB7/texts/de", json=too_long), 400, "invalid")
    async with client_of(app, accept="text/html") as visitor:
        for path in (PAGE, "/y2sB7/draw"):
            page = (await visitor.get(f"{path}?lang=de")).text
            assert 'alt="Hügel"' in page or path != PAGE
            assert 'alt="Hills"' not in page
        assert 'alt="Ein oranges Rad"' in (await visitor.get(f"{PAGE}?lang=de")).text
        assert 'alt="Hills"' in (await visitor.get(f"{PAGE}?lang=en")).text
        # Another picture: what the one before showed is not said of it.
        await api.put(
            "/campaigns/y2sB7/pictures/banner", json={"content": content, "alt": "A lake"}
        )
        assert 'alt="A lake"' in (await visitor.get(f"{PAGE}?lang=de")).text


async def test_changes_of_different_texts_at_once_are_all_kept(api: httpx.AsyncClient) -> None:
    own = {"description": "D", "terms": "T", "reward_note": "R", "tab_text": "X"}
    await api.post(
        "/campaigns", json={"name": "Win", "key": "y2sB7", "languages": ["en", "de"], **own}
    )
    at = "/campaigns/y2sB7/texts/de"
    places = [each["place"] for each in (await api.get(at)).json()["texts"]]
    for n in range(4):
        changes = [api.patch(at, json={"texts": {place: f"v{n}"}}) for place in places]
        assert [answer.status_code for answer in await asyncio.gather(*changes)] == [200] * 5
        kept = {each["place"]: each["text"] for each in (await api.get(at)).json()["texts"]}
        assert kept == dict.fromkeys(places, f"v{n}")

"""The owner's page of the mail to winners in each of the campaign's languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, SIGN_IN, mistakes, saved, signed_in, values
from tests.backend.announcing import ONE, draw, mails_of, over
from tests.backend.drawing import words
from tests.backend.stored import query, query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

GERMAN = {"subject": "Hurra, {name}", "body": "{prize} bis {deadline}: {link}"}


@pytest.fixture
async def browser(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser; its base is a competition in English, German and Arabic, with two winners who
    entered in German."""
    await over(app, api)
    assert (await api.patch(ONE, json={"languages": ["en", "de", "ar"]})).is_success
    await query_write(server_of(app).database, "UPDATE entrants SET language = 'de'")
    await draw(api)
    async with signed_in(app, "y2sB7") as client:
        yield client


async def test_each_language_is_written_looked_at_and_sent_to_whoever_entered_in_it(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = words((await browser.get("/draw/mail")).text)
    assert "Deutsch Our text, translated, for 2 winners." in page
    assert "العربية Our text, translated." in page
    first = (await browser.get("/draw/mail/de")).text
    assert values(first)["subject"] == "Du hast gewonnen: {prize}"
    assert "<strong>Du hast gewonnen: A bike</strong>" in first, "as a winner gets it"
    assert "2 winners not written to yet." in words(first)
    # What the owner writes in the campaign's own language is missing in the others, which is said.
    mine = {**values((await browser.get("/draw/mail")).text), "subject": "Hooray", "do": "save"}
    kept = words((await browser.post("/draw/mail", data=mine)).text)
    assert "Deutsch Missing: yours in English is sent instead, to 2 winners." in kept
    missing = (await browser.get("/draw/mail/de")).text
    assert "these winners get yours in English" in words(missing)
    assert 'id="sample"' not in missing, "nobody gets what is only suggested"
    assert "texts are missing" in words((await browser.get("/languages")).text)
    kept_german = await browser.post("/draw/mail/de", data=GERMAN)
    assert kept_german.status_code == 200
    assert "Saved. Nothing was sent yet." in kept_german.text
    assert re.search(r"<strong>Hurra, Entrant \d</strong>", kept_german.text)
    assert re.search(r"A bike bis \d+\. \w+ \d{4}", kept_german.text)
    assert await mails_of(app) == []
    assert "Deutsch Your text, for 2 winners." in words((await browser.get("/draw/mail")).text)
    form = {**values((await browser.get("/draw/mail")).text), "do": "send"}
    saved(await browser.post("/draw/mail", data=form))
    assert {mail["subject"][:14] for mail in await mails_of(app)} == {"Hurra, Entrant"}
    # The page Languages has the same texts, and says what each lacks.
    form = values((await browser.get("/languages/de")).text)
    assert GERMAN["subject"] in form.values()
    assert GERMAN["body"] in form.values()


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "{wer}"}, "subject"),
        ({"subject": "{link}"}, "subject"),
        ({"body": "Ohne Link."}, "body"),
        ({"body": "{link} {Preis}"}, "body"),
        ({"body": "{link}" + "x" * 5_000}, "body"),
    ],
)
async def test_what_is_wrong_in_a_language_is_told_at_its_field_and_not_kept(
    app: Starlette, browser: httpx.AsyncClient, typed: dict[str, str], wrong: str
) -> None:
    refused = await browser.post("/draw/mail/de", data={**GERMAN, **typed})
    assert refused.status_code == 400
    assert set(mistakes(refused.text)) == {wrong}
    assert {name: values(refused.text)[name] for name in GERMAN} == {**GERMAN, **typed}
    page = await browser.get("/languages/de")
    [number] = set(re.findall(r'name="draw-(\d+)-', page.text))
    names = {name: f"draw-{number}-{name}" for name in GERMAN}
    given = {**values(page.text), **{names[name]: text for name, text in typed.items()}}
    if all(typed.values()):
        refused = await browser.post("/languages/de", data=given)
        assert refused.status_code == 400
        assert set(mistakes(refused.text)) == {names[wrong]}
    assert await query(server_of(app).database, "SELECT text FROM translations") == []


@pytest.mark.parametrize("tag", ["en", "fr", "xx"])
async def test_other_languages_have_no_text_of_their_own(
    browser: httpx.AsyncClient, tag: str
) -> None:
    assert (await browser.get(f"/draw/mail/{tag}")).status_code == 404
    assert (await browser.post(f"/draw/mail/{tag}", data=GERMAN)).status_code == 404


async def test_what_was_saved_on_one_page_is_not_lost_by_saving_the_other(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    # Our text stays as it is in English, and is the owner's in German.
    assert (await browser.post("/draw/mail/de", data=GERMAN)).status_code == 200
    form = values((await browser.get("/languages/de")).text)
    [name] = [each for each in form if each.endswith("-name")]
    saved(await browser.post("/languages/de", data={**form, name: "Gewinne"}))
    assert (await browser.post("/draw/mail/ar", data=GERMAN)).status_code == 200
    page = (await browser.get("/draw/mail/de")).text
    assert {each: values(page)[each] for each in GERMAN} == GERMAN
    assert "5 of 6 texts are missing" in words((await browser.get("/languages/de")).text)
    again = {**GERMAN, "subject": "{campaign}"}
    assert (await browser.post("/draw/mail/de", data=again)).status_code == 200
    assert values((await browser.get("/languages/de")).text)[name] == "Gewinne"
    assert "<strong>Gewinne</strong>" in (await browser.get("/draw/mail/de")).text


async def test_the_mail_is_shown_as_somebody_gets_it_who_still_can(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    await query_write(database, "UPDATE winners SET told_at = 1")
    [gone, _] = await query(database, "SELECT entrant_id AS id FROM winners ORDER BY n")
    sql = f"UPDATE entrants SET name = 'Gone', erased_at = 1 WHERE id = {gone['id']}"
    await query_write(database, sql)
    for path in ("/draw/mail", "/draw/mail/de"):
        page = (await browser.get(path)).text
        assert "As <bdi>Entrant " in page
        assert "Gone" not in page
    await query_write(database, "UPDATE entrants SET blocked_at = 1")
    answer = await browser.get("/draw/mail/de")
    assert answer.status_code == 200
    assert 'id="sample"' not in answer.text


@pytest.mark.parametrize("path", ["/draw/mail", "/draw/mail/de"])
async def test_who_writes_it_at_the_same_time_as_another_owner_is_told_and_overwrites_nothing(
    app: Starlette, browser: httpx.AsyncClient, path: str
) -> None:
    mine, other = values((await browser.get(path)).text), values((await browser.get(path)).text)
    theirs = {**other, "subject": "Theirs, {name}"}
    assert (await browser.post(path, data={**theirs, "do": "save"})).status_code == 200
    given = {**mine, "subject": "Mine", "body": f"{mine['body']} Mine."}
    for do in ("save", "send"):
        refused = await browser.post(path, data={**given, "do": do})
        assert refused.status_code == 409
        assert "Somebody else changed this e-mail" in refused.text
        assert "Currently stored: <q>Theirs, {name}</q>" in refused.text
        form = values(refused.text)
        assert form["subject"] == "Mine"
        assert await mails_of(app) == []
        assert values((await browser.get(path)).text)["subject"] == "Theirs, {name}"
    # Whoever has seen that decides; and can go on from there, again and again.
    for subject in ("Mine", " Mine,  now "):
        answer = await browser.post(path, data={**form, "subject": subject, "do": "save"})
        assert answer.status_code == 200, answer.text
        form = values(answer.text)
    assert values((await browser.get(path)).text)["subject"].split() == ["Mine,", "now"]


async def test_to_press_send_twice_is_no_conflict_with_oneself(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    form = {**values((await browser.get("/draw/mail")).text), "subject": "Hooray", "do": "send"}
    for _ in range(2):
        saved(await browser.post("/draw/mail", data=form))
    assert len(await mails_of(app)) == 2


async def test_of_one_language_there_is_no_choice(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    assert (await api.patch(ONE, json={"languages": ["de"]})).is_success
    page = (await browser.get("/draw/mail")).text
    assert "Du hast gewonnen: {prize}" in values(page)["subject"]
    assert "/draw/mail/" not in page


async def test_a_text_that_comes_after_the_session_is_shown_again_and_hostile_ones_run_nowhere(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    given = {"subject": HOSTILE, "body": f"{HOSTILE} {{link}}"}
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post("/draw/mail/de", data=given)
    assert asked.status_code == 403
    again = await browser.post("/draw/mail/de", data={**values(asked.text), **SIGN_IN})
    assert {name: values(again.text)[name] for name in given} == given
    assert await query(server_of(app).database, "SELECT text FROM translations") == []
    pages = [await browser.post("/draw/mail/de", data=given), await browser.get("/languages/de")]
    for page in pages:
        assert "<script>alert" not in page.text
        assert HOSTILE in unescape(page.text)

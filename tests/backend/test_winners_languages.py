"""Winners are written to in the language in which they entered, and so is the page behind it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.announcing import LATER, ONE, SAME, draw, mails_of, over
from tests.backend.calls import mistake
from tests.backend.conftest import client_of
from tests.backend.stored import query, query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ENTERED_IN = ("en", "de", "ar", "fr")
"""By their numbers from 1; French is not one of the campaign's languages."""
MINE = {"subject": "Hooray, {name}", "body": "{prize}, {campaign}, by {deadline}: {link}"}
GERMAN = {"subject": "Hurra, {name}", "body": "{prize}, {campaign}, bis {deadline}: {link}"}


async def several(app: Starlette, api: httpx.AsyncClient, **texts: str) -> None:
    """A competition in three languages, whose four winners entered in four and are drawn. The texts
    are those in German, by the fields of the campaign (`name`) and of its prize (`title`)."""
    await over(app, api, winners=4)
    fields = {"languages": ["en", "de", "ar"]}
    assert (await api.patch(ONE, json=fields)).is_success
    for number, tag in enumerate(ENTERED_IN, 1):
        sql = f"UPDATE entrants SET language = '{tag}' WHERE id = {number}"
        await query_write(server_of(app).database, sql)
    await draw(api)
    if texts:
        places = [each["place"] for each in (await api.get(f"{ONE}/texts/de")).json()["texts"]]
        given = {
            place: text
            for field, text in texts.items()
            for place in places
            if re.fullmatch(rf"(campaign|prize)-\d+-{field}", place)
        }
        assert (await api.patch(f"{ONE}/texts/de", json={"texts": given})).is_success


async def written(app: Starlette) -> dict[str, dict[str, Any]]:
    """The mails by the language in which their winner entered."""
    return {
        ENTERED_IN[int(mail["recipient"].partition("@")[0]) - 1]: mail
        for mail in await mails_of(app)
    }


async def tell(api: httpx.AsyncClient, **given: Any) -> None:
    told = await api.post(f"{ONE}/draw/tell", json={"answer_by": LATER, **given})
    assert told.json() == {"told": 4}, told.text


async def test_our_words_are_in_the_language_of_each_winner_with_the_owners_texts_in_it(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await several(app, api, name="Gewinne", title="Ein Rad")
    # As the owner's form sends our own words back.
    body = "\r\n".join((await ours_in(api)).splitlines())
    await tell(api, body=body)
    mails = await written(app)
    assert [mails[tag]["subject"] for tag in ENTERED_IN] == [
        "You have won: A bike",
        "Du hast gewonnen: Ein Rad",
        mails["ar"]["subject"],
        "You have won: A bike",
    ]
    assert mails["ar"]["subject"].endswith("A bike")
    assert not mails["ar"]["subject"].startswith("You")
    german = mails["de"]["body"]
    assert "Hallo Entrant 2," in german
    assert "24. Dezember 2490, 18:00 (UTC)" in german or "24. Dezember 2490 um 18:00" in german
    assert "„Gewinne“" in german
    assert "24 December 2490, 18:00 (UTC)" in mails["fr"]["body"]
    for tag, chosen in zip(ENTERED_IN, ("en", "de", "ar", "en"), strict=True):
        assert re.findall(r"/won/[\w-]{32}\?lang=(\w+)\s", mails[tag]["body"]) == [chosen]


async def ours_in(api: httpx.AsyncClient) -> str:
    """Our words in English, as an owner sees them."""
    texts = (await api.get(f"{ONE}/texts/de")).json()["texts"]
    [body] = [each["own"] for each in texts if re.fullmatch(r"draw-\d+-body", each["place"])]
    assert isinstance(body, str)
    return body


async def test_the_owners_text_is_sent_in_each_language_in_which_it_is_written(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await several(app, api, name="Gewinne")
    await tell(api, **MINE, translations={"de": GERMAN})
    mails = await written(app)
    assert mails["de"]["subject"] == "Hurra, Entrant 2"
    assert mails["de"]["body"].startswith("A bike, Gewinne, bis 24. Dezember 2490")
    for tag in ("en", "ar", "fr"):
        # Nothing of the owner's is there in Arabic: all of it, and the page, is in English.
        assert mails[tag]["subject"].startswith("Hooray, Entrant ")
        assert mails[tag]["body"].startswith("A bike, Win, by 24 December 2490, 18:00 (UTC)")
        assert mails[tag]["body"].endswith("?lang=en")
    texts = (await api.get(f"{ONE}/texts/de")).json()["texts"]
    kept = {each["place"].split("-")[-1]: each for each in texts if each["place"][:4] == "draw"}
    assert {name: (each["own"], each["text"]) for name, each in kept.items()} == {
        name: (MINE[name], GERMAN[name]) for name in MINE
    }


async def test_half_a_translation_is_not_sent(app: Starlette, api: httpx.AsyncClient) -> None:
    await several(app, api)
    texts = (await api.get(f"{ONE}/texts/de")).json()["texts"]
    [subject] = [
        each["place"] for each in texts if re.fullmatch(r"draw-\d+-subject", each["place"])
    ]
    given = {"texts": {subject: "Hurra, {name}"}}
    assert (await api.patch(f"{ONE}/texts/de", json=given)).is_success
    await tell(api, **MINE)
    assert {mail["subject"][:6] for mail in await mails_of(app)} == {"Hooray"}


async def test_who_replaces_a_winner_is_written_to_in_their_language_too(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, winners=1)
    assert (await api.patch(ONE, json={"languages": ["en", "de"]})).is_success
    await query_write(server_of(app).database, "UPDATE entrants SET language = 'de'")
    await draw(api)
    given = {"answer_by": LATER, **MINE, "translations": {"de": GERMAN}}
    assert (await api.post(f"{ONE}/draw/tell", json=given)).json() == {"told": 1}
    again = {"n": 0, "reason": "No answer."}
    assert (await api.post(f"{ONE}/draw/redraw", json=again)).status_code == 201
    assert (await api.post(f"{ONE}/draw/tell", json={"answer_by": LATER})).json() == {"told": 1}
    assert {mail["subject"][:6] for mail in await mails_of(app)} == {"Hurra,"}
    # A language that the campaign has no more is nobody's.
    assert (await api.patch(ONE, json={"languages": ["en"]})).is_success
    again = {"n": 1, "reason": "No answer."}
    assert (await api.post(f"{ONE}/draw/redraw", json=again)).status_code == 201
    assert (await api.post(f"{ONE}/draw/tell", json={"answer_by": LATER})).json() == {"told": 1}
    last = (await mails_of(app))[-1]
    assert last["subject"].startswith("Hooray, ")
    assert "?lang" not in last["body"]


@pytest.mark.parametrize(
    ("own", "greeting", "month"),
    [(["de", "en"], "Hallo Entrant ", "24. Dezember"), (["fr"], "Bonjour Entrant ", "24 décembre")],
)
async def test_our_words_follow_the_campaigns_own_language_after_they_were_sent_in_another(
    app: Starlette, api: httpx.AsyncClient, own: list[str], greeting: str, month: str
) -> None:
    await over(app, api, winners=1)
    await draw(api)
    told = {"answer_by": LATER}
    assert (await api.post(f"{ONE}/draw/tell", json=told)).json() == {"told": 1}
    assert (await api.patch(ONE, json={"languages": own})).is_success
    again = {"n": 0, "reason": "No answer."}
    assert (await api.post(f"{ONE}/draw/redraw", json=again)).status_code == 201
    assert (await api.post(f"{ONE}/draw/tell", json=told)).json() == {"told": 1}
    # Not half in the language of before and half in the new one.
    mail = (await mails_of(app))[-1]
    assert mail["body"].startswith(greeting)
    assert f"{month} 2490" in mail["body"]


async def test_the_page_behind_the_link_is_in_the_language_of_the_mail_to_the_end(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await several(app, api, name="Gewinne", title="Ein Rad")
    await tell(api)
    [link] = re.findall(r"track.test(/\S+)", (await written(app))["de"]["body"])
    async with client_of(app, **SAME, **{"accept-language": "ar"}) as phone:
        page = (await phone.get(link)).text
        assert '<html lang="de"' in page
        assert "<strong>Ein Rad</strong>" in page
        assert "Gewinne" in page
        assert "A bike" not in page
        [target] = re.findall(r'<form method="post" action="([^"]*)"', page)
        assert target == link
        accepted = await phone.post(target)
        assert (accepted.status_code, accepted.headers["location"]) == (303, link)
        assert '<html lang="de"' in (await phone.get(link)).text
        # A refusal is in it, too.
        await query_write(
            server_of(app).database, "UPDATE winners SET answer_by = 1, accepted_at = NULL"
        )
        refused = await phone.post(target)
        assert refused.status_code == 409
        assert '<html lang="de"' in refused.text


@pytest.mark.parametrize(
    ("translations", "said"),
    [
        ({"fr": GERMAN}, "translations has 'fr'; expected other languages of the campaign than"),
        ({"en": GERMAN}, "its own: de, ar."),
        ({"de": GERMAN, "xx": GERMAN}, "translations has 'xx'"),
        (
            {"de": {**GERMAN, "body": "Ohne."}},
            "translations.de.body has no {link}; expected one, by which the winner accepts.",
        ),
        ({"de": {**GERMAN, "body": "{link} {Preis}"}}, "translations.de.body has '{Preis}'"),
        ({"de": {**GERMAN, "subject": "{link}"}}, "translations.de.subject has '{link}'"),
        ({"de": {**GERMAN, "subject": " "}}, "translations.de.subject is"),
        ({"de": {"subject": "x"}}, "body"),
        ({"de": {**GERMAN, "html": "x"}}, "html"),
        ({"de": "x"}, "translations"),
        ([], "translations"),
    ],
)
async def test_a_translation_that_can_not_be_sent_keeps_all_from_being_sent(
    app: Starlette, api: httpx.AsyncClient, translations: Any, said: str
) -> None:
    await several(app, api)
    given = {"answer_by": LATER, **MINE, "translations": translations}
    assert said in mistake(await api.post(f"{ONE}/draw/tell", json=given), 400, "invalid")
    assert await mails_of(app) == []
    assert await query(server_of(app).database, "SELECT text FROM translations") == []
    [kept] = await query(server_of(app).database, "SELECT mail_subject FROM draws")
    assert kept["mail_subject"] is None


async def test_the_texts_of_a_mail_are_checked_wherever_they_are_given(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api)
    assert (await api.patch(ONE, json={"languages": ["en", "de"]})).is_success
    before = (await api.get(f"{ONE}/texts/de")).json()["texts"]
    assert not [each for each in before if each["place"].startswith("draw")]
    await draw(api)
    texts = (await api.get(f"{ONE}/texts/de")).json()["texts"]
    subject, body = (each["place"] for each in texts if each["place"].startswith("draw"))
    for place, text, said in (
        (body, "Ohne.", f"{body} has no {{link}}"),
        (body, "{link} {who}", f"{body} has '{{who}}'"),
        (body, "{link}" + "x" * 5_000, f"{body} is"),
        (subject, "{link}", f"{subject} has '{{link}}'"),
        (subject, "x" * 201, f"{subject} is"),
    ):
        refused = await api.patch(f"{ONE}/texts/de", json={"texts": {place: text}})
        assert said in mistake(refused, 400, "invalid")
    copied = await api.post(f"{ONE}/copy")
    assert copied.status_code == 201
    good = {"texts": {body: "Hallo {name}\n{link}", subject: "Hurra"}}
    assert (await api.patch(f"{ONE}/texts/de", json=good)).is_success
    assert (await api.patch(f"{ONE}/texts/de", json={"texts": {body: ""}})).is_success

"""What a form asks, in the campaign's languages."""

from __future__ import annotations

from html import unescape

import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes
from tests.backend.calls import mistake
from tests.backend.campaign_pages import ANN, PAGE
from tests.backend.conftest import api_of, client_of
from tests.backend.form_fields import ENTER, EVERY, GIVEN, filled, make_with_fields, stored
from trk.core.language import TAGS, language

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize("tag", TAGS)
async def test_what_is_wrong_is_told_in_each_language(app: Starlette, tag: str) -> None:
    names = await make_with_fields(app, languages=[tag])
    async with client_of(app, accept="text/html") as browser:
        answer = await browser.post(ENTER, data=ANN)
        said = list(mistakes(answer.text).values())
        wanted = (
            *("Enter an answer.", "Choose an answer.", "Enter a date."),
            *("Choose a country.", "Tick this box to enter."),
        )
        assert said == [language(tag).gettext(each) for each in wanted]
        page = unescape((await browser.get(PAGE)).text)
        assert f'<option value="DE">{language(tag).country("DE")}</option>' in page
        answer = await browser.post(ENTER, data=filled(names))
        assert answer.status_code == 303
    assert [value for _, value in await stored(app)] == list(GIVEN)


async def test_a_copy_asks_the_same_in_the_same_languages(app: Starlette) -> None:
    names = await make_with_fields(app, languages=["en", "de"])
    colour = names[1]
    async with await api_of(app) as api:
        texts = (await api.get("/campaigns/y2sB7/texts/de")).json()
        own = {each["own"]: each["place"] for each in texts["texts"]}
        german = {
            own["Colour"]: "Farbe",
            own["Red"]: "Rot",
            own["I accept the [terms](https://shop.example/t)"]: (
                "Ich akzeptiere die [Bedingungen](https://shop.example/de)"
            ),
        }
        changed = await api.patch("/campaigns/y2sB7/texts/de", json={"texts": german})
        assert changed.status_code == 200, changed.text
        await _says_german(app, "y2sB7", colour)
        # An option that moves keeps its words.
        number = colour.removeprefix("field-")
        moved = {"options": ["Green & blue", "Red"]}
        await api.patch(f"/campaigns/y2sB7/fields/{number}", json=moved)
        await _says_german(app, "y2sB7", colour)
        copy = (await api.post("/campaigns/y2sB7/copy", json={"name": "Copy"})).json()["key"]
        listed = (await api.get(f"/campaigns/{copy}/fields")).json()["data"]
        assert [each["kind"] for each in listed] == [each["kind"] for each in EVERY]
        assert all(each["required"] for each in listed)
        await _says_german(app, copy, f"field-{listed[1]['id']}")


async def _says_german(app: Starlette, key: str, colour: str) -> None:
    async with client_of(app, accept="text/html", accept_language="de") as browser:
        page = (await browser.get(f"/{key}", follow_redirects=True)).text
        assert f'<label for="{colour}" dir="auto">Farbe</label>' in page
        assert '<option value="Red">Rot</option>' in page
        assert '<option value="Green &amp; blue">Green &amp; blue</option>' in page
        assert 'href="https://shop.example/de" target="_blank"' in page


async def test_a_translated_label_has_right_links_and_an_option_is_short(app: Starlette) -> None:
    await make_with_fields(app, languages=["en", "de"])
    async with await api_of(app) as api:
        texts = (await api.get("/campaigns/y2sB7/texts/de")).json()
        own = {each["own"]: each["place"] for each in texts["texts"]}
        for place, text in ((own["Colour"], "[Farbe](javascript:x)"), (own["Red"], "x" * 201)):
            path = "/campaigns/y2sB7/texts/de"
            assert place in mistake(
                await api.patch(path, json={"texts": {place: text}}), 400, "invalid"
            )

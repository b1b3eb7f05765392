"""A form that is sent after its owner has changed what it asks: nobody answers, or agrees to, what
they have not seen."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes, values
from tests.backend.calls import data
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import api_of
from tests.backend.form_fields import field

pytestmark = pytest.mark.by_turns

TERMS = "I accept the [terms](https://shop.example/t1)"
AGAIN = "This question has changed in the meantime. Answer it again."


def sent(page: httpx.Response, **answers: str) -> dict[str, str]:
    """What the form on a page sends, filled in."""
    return {**values(page.text), **ANN, **answers}


async def answers(api: httpx.AsyncClient) -> list[tuple[str, str]]:
    return [
        (answer["label"], answer["value"])
        for entrant in await data(api, "entrants")
        for answer in entrant["answers"]
    ]


@pytest.mark.parametrize(
    ("kind", "answer", "stays", "label"),
    [
        ("checkbox", "yes", None, TERMS.replace("t1", "t2")),
        ("checkbox", "yes", None, "You may sell my address"),
        ("text", "M", "M", "Shoe size"),
        ("choice", "S", "S", "Shoe size"),
        ("date", "2001-12-31", "2001-12-31", "Wedding day"),
        ("country", "DE", "DE", "Country of birth"),
    ],
)
@pytest.mark.parametrize("required", [True, False])
async def test_what_is_asked_now_is_asked_again(
    kind: str,
    answer: str,
    stays: str | None,
    label: str,
    required: bool,
    app: Starlette,
    browser: httpx.AsyncClient,
) -> None:
    await make(app)
    settings: dict[str, Any] = {"options": ["S", "M"]} if kind == "choice" else {}
    async with await api_of(app) as api:
        number = await field(api, TERMS, kind=kind, required=required, **settings)
        other = await field(api, "Nickname")
        name, nick = f"field-{number}", f"field-{other}"
        opened = await browser.get(PAGE)
        changed = await api.patch(f"/campaigns/y2sB7/fields/{number}", json={"label": label})
        assert changed.status_code == 200
        given = {name: answer, nick: "Annie"}
        again = await browser.post("/y2sB7/enter", data=sent(opened, **given))
        assert (again.status_code, mistakes(again.text)) == (400, {name: AGAIN})
        assert await data(api, "entrants") == []
        left = values(again.text)
        assert (left.get(name), left[nick]) == (stays, "Annie")
        answer_now = await browser.post("/y2sB7/enter", data=sent(again, **given))
        assert answer_now.status_code == 303
        [[_, value], nickname] = await answers(api)
    assert (value, nickname) == (answer, ("Nickname", "Annie"))


async def test_a_translation_that_changes_is_asked_again_and_another_setting_is_not(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app, languages=["en", "de"])
    browser.headers["accept-language"] = "de"
    async with await api_of(app) as api:
        number = await field(api, TERMS, kind="checkbox", required=True)
        name, texts = f"field-{number}", "/campaigns/y2sB7/texts/de"
        opened = await browser.get(PAGE)
        settings = {"required": False, "label": TERMS}
        await api.patch(f"/campaigns/y2sB7/fields/{number}", json=settings)
        await field(api, "One more")
        said = {"texts": {f"field-{number}-label": "Ja."}}
        assert (await api.patch(texts, json=said)).status_code == 200
        again = await browser.post("/y2sB7/enter", data=sent(opened, **{name: "yes"}))
        assert list(mistakes(again.text)) == [name]
        done = await browser.post("/y2sB7/enter", data=sent(again, **{name: "yes"}))
        assert done.status_code == 303
        assert (await answers(api))[0][1] == "yes"


async def test_whatever_a_label_has_in_it_a_form_that_is_right_is_taken(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    labels = ('"><b>&amp; ’', "مقاس\u200cك 👩\u200d👧", TERMS, "x" * 500)
    async with await api_of(app) as api:
        named = [f"field-{await field(api, each, required=True)}" for each in labels]
        opened = await browser.get(PAGE)
        given = dict.fromkeys(named, "M")
        done = await browser.post("/y2sB7/enter", data=sent(opened, **given))
        assert done.status_code == 303
        assert len(await answers(api)) == len(labels)

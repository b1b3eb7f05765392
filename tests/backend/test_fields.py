"""What a form asks besides name and e-mail: from the form to wherever an answer is shown."""

from __future__ import annotations

import csv
import json
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, mistakes, signed_in, values
from tests.backend.calls import data, end, prize
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.confirming import FRAMED, SHOP
from tests.backend.conftest import api_of, client_of
from tests.backend.form_fields import ENTER, EVERY, GIVEN, field, filled, make_with_fields, stored
from tests.backend.stored import NOW, campaign_in, query
from tests.backend.stored_webhooks import hook, take
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


def columns(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file, by its columns' names."""
    return list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))


async def test_one_text_goes_from_the_form_to_the_owners_list_and_file(app: Starlette) -> None:
    await make(app)
    async with await api_of(app) as api:
        size = await field(api, "Your size")
    async with client_of(app, accept="text/html") as browser:
        page = (await browser.get(PAGE)).text
        assert f'<label for="field-{size}"' in page
        answer = await browser.post(ENTER, data={**ANN, f"field-{size}": " M\u00a0/\u202e L "})
        assert answer.status_code == 303
    assert await stored(app) == [(size, "M / L")]
    async with signed_in(app, "y2sB7") as owner:
        listed = (await owner.get("/entrants")).text
        assert "Your size:" in listed
        assert "<bdi>M / L</bdi>" in listed
        [row] = columns((await owner.get("/entrants.csv")).text)
        assert (row["name"], row["Your size"]) == ("Ann", "M / L")


async def test_answers_of_every_kind_are_kept_and_shown_everywhere(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    names = await make_with_fields(app)
    ids = [int(name.removeprefix("field-")) for name in names]
    campaign = await campaign_in(server_of(app).database)
    webhook = await hook(server_of(app).database, campaign)
    async with await api_of(app) as api:
        assert (await browser.post(ENTER, data=filled(names))).status_code == 303
        assert await stored(app) == list(zip(ids, GIVEN, strict=True))
        labels = ["Your size", "Colour", "Born", "Country", "I accept the terms"]
        kinds = [each["kind"] for each in EVERY]
        answers = [
            {"field": number, "kind": kind, "label": label, "value": value}
            for number, kind, label, value in zip(ids, kinds, labels, GIVEN, strict=True)
        ]
        [entrant] = await data(api, "entrants")
        assert entrant["answers"] == answers
        file = await api.get("/campaigns/y2sB7/entrants.csv")
        [row] = columns(file.text)
        assert [row[label] for label in labels] == list(GIVEN)
    [told] = await take(server_of(app).database, webhook, at=2 * NOW)
    assert json.loads(told.event.body)["data"]["entrant"]["answers"] == answers
    async with signed_in(app, "y2sB7") as owner:
        for path in ("/entrants", f"/entrants/{entrant['id']}"):
            page = unescape((await owner.get(path)).text)
            for words in ("M", "Green & blue", "2001-12-31", "Germany", "Yes"):
                assert f"<bdi>{words}</bdi>" in page, (path, words)
        export = (await owner.get(f"/entrants/{entrant['id']}/export")).json()
        [there] = export["campaigns"]
        assert [each["value"] for each in there["answers"]] == list(GIVEN)
        assert there["answers"][4]["label"] == EVERY[4]["label"]  # with the terms that they were


WRONG = [
    ("", "Enter an answer."),
    ("Yellow", "This can no longer be chosen. Choose another answer."),
    ("2001-02-30", "There is no such date."),
    ("ZZ", "Choose a country."),
    ("", "Tick this box to enter."),
]


async def test_each_wrong_answer_is_told_at_its_field_and_the_form_stays_filled_in(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    names = await make_with_fields(app)
    answer = await browser.post(ENTER, data=filled(names, *(wrong for wrong, _ in WRONG)))
    assert answer.status_code == 400
    told = mistakes(answer.text)
    assert list(told) == names
    for name, (_, said) in zip(names, WRONG, strict=True):
        assert told[name].startswith(said)
        assert f'aria-describedby="{name}-mistake"' in answer.text
    assert answer.text.count("autofocus") == 1
    assert await stored(app) == []
    for n, name in enumerate(names):
        given = [*GIVEN]
        given[n] = WRONG[n][0]
        answer = await browser.post(ENTER, data=filled(names, *given))
        assert (answer.status_code, list(mistakes(answer.text))) == (400, [name])
        there = values(answer.text)
        kept = {each: there.get(each, "") for each in names if each != name}
        assert kept == {each: value for each, value in filled(names).items() if each in kept}
        assert there["email"] == ANN["email"]
    young = filled(names, "M", "Red", "2020-01-01", "DE", "yes")
    told = mistakes((await browser.post(ENTER, data=young)).text)
    assert told == {names[2]: "You have to be at least 18 years old to enter."}
    assert await query(server_of(app).database, "SELECT id FROM entrants") == []


async def test_what_is_optional_may_be_left_out(app: Starlette, browser: httpx.AsyncClient) -> None:
    await make(app)
    async with await api_of(app) as api:
        ids = [await field(api, **each) for each in EVERY]
    page = (await browser.get(PAGE)).text
    assert page.count("(optional)") == len(EVERY)
    assert (await browser.post(ENTER, data=ANN)).status_code == 303
    assert await stored(app) == [(ids[4], "no")]


async def test_answers_are_asked_in_a_frame_too(app: Starlette, browser: httpx.AsyncClient) -> None:
    names = await make_with_fields(app, allowed_origins=[SHOP])
    answer = await browser.post(ENTER, data={**ANN, **FRAMED})
    assert (answer.status_code, list(mistakes(answer.text))) == (400, names)
    answer = await browser.post(ENTER, data={**filled(names), **FRAMED})
    assert answer.status_code == 200, answer.text
    assert 'data-news="entered"' in answer.text
    assert [value for _, value in await stored(app)] == list(GIVEN)


async def test_hostile_answers_are_harmless_wherever_they_are_shown(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    async with await api_of(app) as api:
        first = await field(api, "=1+1")
        second = await field(api, "name")
        formula = "=HYPERLINK(1)"
        form = {**ANN, f"field-{first}": formula, f"field-{second}": HOSTILE}
        assert (await browser.post(ENTER, data=form)).status_code == 303
        text = (await api.get("/campaigns/y2sB7/entrants.csv")).text
        heading, row = csv.reader(text.removeprefix("\ufeff").splitlines())
        assert heading[-2:] == ["'=1+1", f"name (field-{second})"]
        assert row[-2:] == [f"'{formula}", HOSTILE]
    async with signed_in(app, "y2sB7") as owner:
        for path in ("/entrants", "/entrants/1"):
            page = (await owner.get(path)).text
            assert HOSTILE not in page
            assert HOSTILE in unescape(page)


async def test_files_of_entries_and_winners_have_the_answers(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    action = await make(app, confirmed_only=False)
    size = await field(api, "Size")
    await browser.post(ENTER, data={**ANN, f"field-{size}": "@M"})
    body = {"id": "0193e5b4-6f3a-7c1e-9d2a-000000000001", "pairs": [["VIP"]]}
    call = {**body, "email": ANN["email"]}
    assert (await api.post("/campaigns/y2sB7/beacons", json=call)).status_code == 200
    [row] = columns((await api.get("/campaigns/y2sB7/completions.csv")).text)
    assert (row["action_id"], row["Size"]) == (str(action), "'@M")
    [completion] = await data(api, "completions")
    assert [each["value"] for each in completion["answers"]] == ["@M"]
    async with signed_in(app, "y2sB7") as owner:
        assert columns((await owner.get("/entries.csv")).text)[0]["Size"] == "'@M"
        await prize(api, "Bike", 1)
        await end(app)
        drawn = await api.post("/campaigns/y2sB7/draw", json={})
        assert drawn.status_code in (200, 201), drawn.text
        [winner] = columns((await api.get("/campaigns/y2sB7/draw/winners.csv")).text)
        assert (winner["name"], winner["Size"]) == ("Ann", "'@M")
        assert "<bdi>@M</bdi>" in (await owner.get("/draw")).text


async def test_who_has_entered_is_not_asked_again(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await make(app)
    await browser.post(ENTER, data=ANN)
    async with await api_of(app) as api:
        name = f"field-{await field(api, 'Size', required=True)}"
    assert name not in (await browser.get(PAGE)).text
    # From another browser they get the link, and what they say there changes nothing.
    answer = await other.post(ENTER, data={**ANN, name: "XL"})
    assert "Check your e-mail" in answer.text
    assert await stored(app) == []


async def test_pressing_twice_answers_once(app: Starlette, browser: httpx.AsyncClient) -> None:
    names = await make_with_fields(app)
    assert (await browser.post(ENTER, data=filled(names))).status_code == 303
    again = filled(names, "XL", "Red", "1990-01-01", "FR", "yes")
    assert (await browser.post(ENTER, data=again)).status_code == 303
    assert [value for _, value in await stored(app)] == list(GIVEN)


async def test_no_two_columns_have_one_name_whatever_the_labels_are(sqlite_app: Starlette) -> None:
    await make(sqlite_app)
    async with await api_of(sqlite_app) as api:
        for label in (
            "Size",
            "Size (field-3)",
            "Size",
            "Size (field-3)",
            "id",
            "[Size](https://a.example)",
        ):
            await field(api, label)
        text = (await api.get("/campaigns/y2sB7/entrants.csv")).text
    [heading] = csv.reader(text.removeprefix("\ufeff").splitlines())
    assert len(heading) == len(set(heading))
    assert heading[-6:-3] == ["Size", "Size (field-3)", "Size (field-3) (field-3)"]

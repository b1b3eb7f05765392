"""What a form asks besides name and e-mail: from the form to wherever an answer is shown, and until
it is erased."""

from __future__ import annotations

import asyncio
import csv
import json
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, mistakes, signed_in, values
from tests.backend.calls import data, end, mistake, prize
from tests.backend.campaign_pages import ANN, BOB, PAGE, make
from tests.backend.confirming import FRAMED, SHOP
from tests.backend.conftest import api_of, client_of
from tests.backend.form_fields import EVERY, GIVEN, field, filled, make_with_fields
from tests.backend.stored import NOW, campaign_in, query
from tests.backend.stored_webhooks import hook, take
from trk.core.language import TAGS, language
from trk.services.fields import delete_field
from trk.services.jobs.deletion import Deletion
from trk.services.people import erase
from trk.store import deletion, fields
from trk.web.server import server_of

ENTER = "/y2sB7/enter"


async def stored(app: Starlette) -> list[tuple[int, str]]:
    rows = await query(
        server_of(app).database,
        "SELECT field_id, value FROM field_answers ORDER BY entrant_id, field_id",
    )
    return [(row["field_id"], row["value"]) for row in rows]


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


async def test_ten_fields_are_asked_at_most(app: Starlette, api: httpx.AsyncClient) -> None:
    await make(app, allowed_origins=[SHOP])
    ids = [await field(api, f"Asked {n}", required=True) for n in range(10)]
    said = mistake(
        await api.post("/campaigns/y2sB7/fields", json={"label": "One more"}), 400, "invalid"
    )
    assert "expected at most 10" in said
    async with client_of(app, accept="text/html") as browser:
        form = {**ANN, **FRAMED, "visitor": "a" * 32, "browser": "b" * 32, "lang": "en"}
        answers = {f"field-{each}": "x" for each in ids}
        assert (await browser.post(ENTER, data={**form, **answers})).status_code == 200
    await api.patch(f"/campaigns/y2sB7/fields/{ids[0]}", json={"asked": False})
    more = await field(api, "One more")
    again = await api.patch(f"/campaigns/y2sB7/fields/{ids[0]}", json={"asked": True})
    assert "expected at most 10" in mistake(again, 400, "invalid")
    assert (
        await api.patch(f"/campaigns/y2sB7/fields/{more}", json={"label": "x"})
    ).status_code == 200


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


async def test_erasing_a_person_erases_their_answers(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    names = await make_with_fields(app)
    await browser.post(ENTER, data=filled(names))
    await other.post(ENTER, data={**filled(names), **BOB})
    await erase(server_of(app).database, ANN["email"])
    assert [value for _, value in await stored(app)] == list(GIVEN)
    async with await api_of(app) as api:
        assert [len(each["answers"]) for each in await data(api, "entrants")] == [0, 5]


async def test_a_deleted_campaign_takes_fields_and_answers_along(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    names = await make_with_fields(app)
    await browser.post(ENTER, data=filled(names))
    async with await api_of(app) as api:
        assert (await api.delete("/campaigns/y2sB7")).status_code == 204
    for table in ("fields", "field_answers", "entrants"):
        assert await query(server_of(app).database, f"SELECT 1 AS one FROM {table}") == []


async def test_a_field_that_is_no_longer_asked_keeps_its_answers_and_a_deleted_one_does_not(
    app: Starlette, browser: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    names = await make_with_fields(app)
    await browser.post(ENTER, data=filled(names))
    async with await api_of(app) as api:
        first, second = (int(name.removeprefix("field-")) for name in names[:2])
        path = "/campaigns/y2sB7/fields"
        await api.patch(f"{path}/{first}", json={"asked": False})
        assert names[0] not in (await other.get(PAGE)).text
        assert (await api.delete(f"{path}/{second}")).status_code == 204
        [entrant] = await data(api, "entrants")
        labels = [each["label"] for each in entrant["answers"]]
        assert labels == ["Born", "Country", "I accept the terms", "Your size"]
        rest = {**filled(names), **BOB}
        assert (await other.post(ENTER, data=rest)).status_code == 303
        assert [len(each["answers"]) for each in await data(api, "entrants")] == [4, 3]
        assert mistake(await api.get(f"{path}/{second}"), 404, "not_found")
    kept = await query(server_of(app).database, "SELECT 1 AS one FROM fields")
    assert len(kept) == len(EVERY) - 1


async def test_many_answers_to_a_deleted_field_go_in_small_parts(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trk.services.fields._AT_ONCE", 0)
    names = await make_with_fields(app)
    for n in range(5):
        async with client_of(app) as entrant:
            await entrant.post(ENTER, data={**filled(names), "email": f"{n}@example.org"})
    database, size = server_of(app).database, int(names[0].removeprefix("field-"))
    campaign = await campaign_in(database)
    doomed = await database.read(fields.by_id, campaign, size)
    assert doomed is not None
    await delete_field(database, campaign, doomed)  # the server's own job is not woken
    async with await api_of(app) as api:
        assert [len(each["answers"]) for each in await data(api, "entrants")] == [4] * 5
    for left in (3, 1):
        assert not await database.write(deletion.erase_field_part, size, 2)
        assert sum(field == size for field, _ in await stored(app)) == left
    await Deletion(database).work()
    assert len(await stored(app)) == 4 * 5
    assert await query(database, f"SELECT id FROM fields WHERE id = {size}") == []


async def test_a_field_may_be_deleted_while_many_enter(app: Starlette) -> None:
    names = await make_with_fields(app)
    database, size = server_of(app).database, int(names[0].removeprefix("field-"))

    async def enter(n: int) -> int:
        async with client_of(app) as entrant:
            form = {**filled(names), "email": f"{n}@example.org"}
            return (await entrant.post(ENTER, data=form)).status_code

    async def delete() -> int:
        async with await api_of(app) as api:
            return (await api.delete(f"/campaigns/y2sB7/fields/{size}")).status_code

    before = [enter(n) for n in range(6)]
    after = [enter(n) for n in range(6, 12)]
    answered = await asyncio.gather(*before, delete(), *after)
    assert answered == [303] * 6 + [204] + [303] * 6
    await Deletion(database).work()
    assert await query(database, f"SELECT id FROM fields WHERE id = {size}") == []
    assert len(await query(database, "SELECT id FROM entrants")) == 12
    assert len(await stored(app)) == 12 * 4


async def test_changed_options_keep_what_was_answered(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    names = await make_with_fields(app)
    await browser.post(ENTER, data=filled(names))
    async with await api_of(app) as api:
        colour = int(names[1].removeprefix("field-"))
        change = {"options": ["Red", "Black"]}
        changed = await api.patch(f"/campaigns/y2sB7/fields/{colour}", json=change)
        assert changed.json()["options"] == ["Red", "Black"]
        [entrant] = await data(api, "entrants")
        assert entrant["answers"][1]["value"] == "Green & blue"
    async with client_of(app, accept="text/html") as stale:
        answer = await stale.post(ENTER, data={**filled(names), **BOB})
        assert list(mistakes(answer.text)) == [names[1]]


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


async def test_a_field_deleted_while_somebody_types_is_no_trouble(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    names = await make_with_fields(app)
    async with await api_of(app) as api:
        for name in names:
            await api.delete(f"/campaigns/y2sB7/fields/{name.removeprefix('field-')}")
    answer = await browser.post(ENTER, data=filled(names))
    assert answer.status_code == 303
    assert await stored(app) == []


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


async def test_the_api_makes_changes_moves_and_lists_fields(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await make(app)
    path = "/campaigns/y2sB7/fields"
    made = await api.post(path, json={**EVERY[1], "required": True})
    assert made.json() == {
        "id": made.json()["id"],
        "kind": "choice",
        "label": "Colour",
        "required": True,
        "options": ["Red", "Green & blue"],
        "minimum_age": 0,
        "asked": True,
        "version": 1,
    }
    one = f"{path}/{made.json()['id']}"
    assert (await api.get(one)).json() == made.json()
    changed = (await api.patch(one, json={"label": "Hue", "version": 1})).json()
    assert (changed["label"], changed["version"], changed["required"]) == ("Hue", 2, True)
    mistake(await api.patch(one, json={"label": "x", "version": 1}), 409, "changed")
    assert "it never changes" in mistake(
        await api.patch(one, json={"kind": "text"}), 400, "invalid"
    )
    second = await field(api, "Second")
    order = (await api.post(f"{path}/{second}/move", json={"position": 0})).json()["data"]
    assert [each["label"] for each in order] == ["Second", "Hue"]
    assert (await api.get(path)).json()["data"] == order
    for wrong in (
        {},
        {"label": ""},
        {"label": "x", "kind": "colour"},
        {"label": "x", "kind": "choice", "options": ["one"]},
        {"label": "x", "kind": "choice", "options": "S M"},
        {"label": "x", "options": ["S", "M"]},
        {"label": "x", "minimum_age": 18},
        {"label": "[x](javascript:alert(1))"},
        {"label": "x", "other": 1},
    ):
        mistake(await api.post(path, json=wrong), 400, "invalid")
    assert (await api.delete(one)).status_code == 204
    assert [each["id"] for each in (await api.get(path)).json()["data"]] == [second]
    async with await api_of(app) as other:
        await other.post("/campaigns", json={"name": "Other", "key": "other1"})
        for method, rest in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/move")):
            url = f"/campaigns/other1/fields/{second}{rest}"
            body = {"json": {"position": 0}} if rest else {"json": {}}
            mistake(await other.request(method, url, **body), 404, "not_found")  # type: ignore[arg-type]


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

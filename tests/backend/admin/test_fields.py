"""The owner's pages of the form: fields are added, changed, ordered and removed."""

from __future__ import annotations

from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    HOSTILE,
    campaign_at,
    form_at,
    key_of,
    mistakes,
    saved,
    values,
)
from tests.backend.campaign_pages import ANN, BOB
from tests.backend.conftest import client_of
from tests.backend.stored import query
from trk.core.field import FormField
from trk.store import fields
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

NEW = {"label": "Your size", "kind": "text", "required": "on", "options": "", "minimum_age": ""}


async def listed(app: Starlette, browser: httpx.AsyncClient) -> list[FormField]:
    campaign = await campaign_at(app, browser)
    found: list[FormField] = await server_of(app).database.read(fields.of_campaign, campaign)
    return found


async def added(browser: httpx.AsyncClient, **form: str) -> None:
    saved(await browser.post("/fields/new", data={**NEW, **form}))


async def test_fields_of_every_kind_are_added(app: Starlette, browser: httpx.AsyncClient) -> None:
    assert "Add your first field" in (await browser.get("/fields")).text
    assert saved(await browser.post("/fields/new", data=NEW)).endswith("/fields?added")
    await added(browser, label="Colour", kind="choice", options="Red\r\n\r\n Green ", required="")
    await added(browser, label="Born", kind="date", minimum_age="18")
    await added(browser, label="Country", kind="country")
    await added(browser, label="I accept the [terms](https://shop.example/t)", kind="checkbox")
    found = await listed(app, browser)
    assert [(each.kind, each.required, each.asked) for each in found] == [
        ("text", True, True),
        ("choice", True, True),  # the box was sent
        ("date", True, True),
        ("country", True, True),
        ("checkbox", True, True),
    ]
    assert (found[1].options, found[2].minimum_age) == (("Red", "Green"), 18)
    page = (await browser.get("/fields")).text
    for words in ("Your size", "at least 18 years old", "2 options", "I accept the terms<"):
        assert words in page


WRONG: list[tuple[dict[str, str], str]] = [
    ({"label": " "}, "label"),
    ({"label": "x" * 501}, "label"),
    ({"label": "[terms](terms.html)"}, "label"),
    ({"kind": "colour"}, "kind"),
    ({"kind": ""}, "kind"),
    ({"kind": "choice", "options": "one"}, "options"),
    ({"kind": "choice", "options": "one\none"}, "options"),
    ({"kind": "choice", "options": "\n".join(map(str, range(101)))}, "options"),
    ({"options": "one\ntwo"}, "options"),
    ({"kind": "date", "minimum_age": "121"}, "minimum_age"),
    ({"kind": "date", "minimum_age": "old"}, "minimum_age"),
    ({"minimum_age": "18"}, "minimum_age"),
]


async def test_a_mistake_is_shown_at_its_field_with_what_was_typed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    for form, at in WRONG:
        answer = await browser.post("/fields/new", data={**NEW, **form})
        assert (answer.status_code, list(mistakes(answer.text))) == (400, [at]), form
        there = values(answer.text)
        typed = {**NEW, **form}
        assert {name: there[name] for name in ("label", "options", "minimum_age")} == {
            name: typed[name] for name in ("label", "options", "minimum_age")
        }
    assert await listed(app, browser) == []


async def test_a_field_is_changed_and_keeps_its_kind(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await added(browser, label="Colour", kind="choice", options="Red\nGreen")
    await added(browser, label="Born", kind="date", minimum_age="18")
    first, second = await listed(app, browser)
    form = await form_at(browser, f"/fields/{first.id}")
    assert (form["label"], form["options"], form["required"]) == ("Colour", "Red\nGreen", "on")
    assert "kind" not in form
    del form["required"]
    form |= {"label": "Hue", "options": "Green\nBlue", "kind": "text"}
    saved(await browser.post(f"/fields/{first.id}", data=form))
    first, second = await listed(app, browser)
    assert (first.label, first.kind, first.options) == ("Hue", "choice", ("Green", "Blue"))
    assert (first.required, first.version) == (False, 2)
    form = await form_at(browser, f"/fields/{second.id}")
    saved(await browser.post(f"/fields/{second.id}", data={**form, "minimum_age": ""}))
    assert (await listed(app, browser))[1].minimum_age == 0


async def test_two_owners_who_change_a_field_do_not_overwrite_each_other(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await added(browser)
    [field] = await listed(app, browser)
    form = await form_at(browser, f"/fields/{field.id}")
    saved(await browser.post(f"/fields/{field.id}", data={**form, "label": "First"}))
    answer = await browser.post(f"/fields/{field.id}", data={**form, "label": "Second"})
    assert answer.status_code == 409
    assert "First" in answer.text
    again = {**values(answer.text), "label": "Second"}
    saved(await browser.post(f"/fields/{field.id}", data=again))
    assert (await listed(app, browser))[0].label == "Second"


async def test_fields_are_put_in_order(app: Starlette, browser: httpx.AsyncClient) -> None:
    for label in "abc":
        await added(browser, label=label)
    ids = {each.label: each.id for each in await listed(app, browser)}
    moves = [("c", "up", "acb"), ("a", "down", "cab"), ("b", "0", "bca"), ("b", "9999999", "cab")]
    for label, to, order in moves:
        there = saved(await browser.post(f"/fields/{ids[label]}/move", data={"to": to}))
        assert there.endswith(f"/fields#field-{ids[label]}")
        assert "".join(each.label for each in await listed(app, browser)) == order, to
    for nothing in ("", "-1", "x"):
        await browser.post(f"/fields/{ids['c']}/move", data={"to": nothing})
    assert "".join(each.label for each in await listed(app, browser)) == "cab"
    async with client_of(app, accept="text/html") as entrant:
        page = (await entrant.get(f"/{key_of(browser)}", follow_redirects=True)).text
        places = [page.index(f'for="field-{ids[label]}"') for label in "cab"]
        assert places == sorted(places)


async def test_removing_asks_what_becomes_of_the_answers(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await added(browser, label="Size")
    [field] = await listed(app, browser)
    page = (await browser.get(f"/fields/{field.id}/remove")).text
    assert "Nobody has answered it yet." in page
    assert 'value="keep"' not in page
    for who in (ANN, BOB):
        async with client_of(app) as entrant:
            await entrant.post(f"/{key_of(browser)}/enter", data={**who, field.name: "M"})
    page = (await browser.get(f"/fields/{field.id}/remove")).text
    assert "2 entrants have answered it." in page
    saved(await browser.post(f"/fields/{field.id}/remove", data={"answers": "keep"}))
    [kept] = await listed(app, browser)
    assert not kept.asked
    assert "No longer asked for" in (await browser.get("/fields")).text
    assert "<bdi>M</bdi>" in (await browser.get("/entrants")).text
    page = (await browser.get(f"/fields/{field.id}/remove")).text
    assert 'value="keep"' not in page
    saved(await browser.post(f"/fields/{field.id}/remove", data={"answers": "delete"}))
    assert await listed(app, browser) == []
    assert await query(server_of(app).database, "SELECT 1 AS one FROM field_answers") == []
    assert "<bdi>M</bdi>" not in (await browser.get("/entrants")).text
    assert (await browser.get(f"/fields/{field.id}")).status_code == 404


async def test_the_eleventh_is_refused_with_the_reason(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    for n in range(10):
        await added(browser, label=f"Asked {n}")
    assert "10 fields are the most." in (await browser.get("/fields")).text
    answer = await browser.post("/fields/new", data=NEW)
    assert answer.status_code == 400
    assert "which is the most" in answer.text


async def test_the_preview_shows_the_field_as_it_is_typed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await added(browser, label="Size")
    [field] = await listed(app, browser)

    async def preview(**form: str) -> str:
        answer = await browser.post("/preview-field", data={**NEW, **form})
        assert answer.status_code == 200, answer.text
        assert "sandbox" in answer.headers["content-security-policy"]
        return unescape(answer.text)

    page = await preview(label="Colour", kind="choice", options="Red\nGreen")
    assert ">Size</label>" in page
    assert page.index(">Size</label>") < page.index(">Colour</label>")
    assert '<option value="Red">Red</option>' in page
    page = await preview(field=str(field.id), label="Your size", asked="on")
    assert ">Your size</label>" in page
    assert ">Size</label>" not in page
    assert ">A new field</label>" in await preview(label="")
    assert "Your size" in await preview(kind="nothing")
    assert len(await listed(app, browser)) == 1


async def test_the_settings_preview_asks_what_is_stored(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await added(browser, label="Size")
    form = await form_at(browser, "/settings")
    assert ">Size</label>" in (await browser.post("/preview", data=form)).text


async def test_a_hostile_label_stays_a_text(app: Starlette, browser: httpx.AsyncClient) -> None:
    await added(browser, label=HOSTILE, kind="choice", options=f"{HOSTILE}\nb")
    [field] = await listed(app, browser)
    async with client_of(app, accept="text/html") as entrant:
        page = (await entrant.get(f"/{key_of(browser)}", follow_redirects=True)).text
        await entrant.post(f"/{key_of(browser)}/enter", data={**ANN, field.name: HOSTILE})
    pages = ["/fields", f"/fields/{field.id}", f"/fields/{field.id}/remove", "/entrants"]
    for text in [page, *[(await browser.get(path)).text for path in pages]]:
        assert HOSTILE not in text
        assert HOSTILE in unescape(text)


async def test_what_is_done_to_fields_is_in_the_audit(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await added(browser, label="I accept the [terms](https://shop.example/t)", kind="checkbox")
    [field] = await listed(app, browser)
    await browser.post(f"/fields/{field.id}", data=await form_at(browser, f"/fields/{field.id}"))
    await browser.post(f"/fields/{field.id}/remove", data={"answers": "delete"})
    sql = "SELECT deed, about FROM audit WHERE thing = 'field' ORDER BY id"
    rows: list[Any] = [dict(row) for row in await query(server_of(app).database, sql)]
    assert [row["deed"] for row in rows] == ["made", "changed", "deleted"]
    assert {row["about"] for row in rows} == {"I accept the terms"}


@pytest.mark.parametrize("rest", ["", "/remove"])
async def test_a_field_of_another_campaign_is_not_found(
    browser: httpx.AsyncClient, rest: str
) -> None:
    assert (await browser.get(f"/fields/999{rest}")).status_code == 404

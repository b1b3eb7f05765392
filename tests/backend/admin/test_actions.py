"""The owner's actions: made, changed with every setting, put in order and deleted."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, SIGN_IN, form_at, mistakes, saved, values
from tests.backend.calls import action as made_by_api
from tests.backend.calls import call, entered
from tests.backend.campaign_pages import bring, new_ticket
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import campaign_in, query_write, visitor
from trk.core.campaign import Action
from trk.store import actions, completions
from trk.store.pages import Span
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.once

NEW = "/actions/new"
ALL: dict[str, str] = {
    "title": "Buy something",
    "description": "**Anything**\n\nwill do",
    "url": "https://shop.example/a?b=c#d",
    "worth": "1000000",
    "frequency": "daily",
    "tracking_name": "Purchase",
    "verification": "question_or_tracking",
    "question": "What is your order number?",
    "answer_pattern": r"\d{5} ?",
    "unique_value": "on",
    "signed": "on",
    "icon": "buy",
    "friends": "5",
}


async def stored(app: Starlette) -> list[Action]:
    campaign = await campaign_in(server_of(app).database)
    found: list[Action] = await server_of(app).database.read(actions.of_campaign, campaign.id)
    return found


async def add(owner: httpx.AsyncClient, *names: str) -> None:
    for name in names:
        form = {**await form_at(owner, NEW), "title": name, "tracking_name": name}
        saved(await owner.post(NEW, data=form))


async def test_every_setting_of_an_action_comes_back_as_it_was_typed(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    assert "Add your first action" in (await owner.get("/actions")).text
    saved(await owner.post(NEW, data=ALL))
    [action] = await stored(app)
    assert (action.worth, action.unique_value, action.answer_pattern) == (
        1_000_000,
        True,
        r"\d{5} ?",
    )
    path = f"/actions/{action.id}"
    assert await form_at(owner, path) == {**ALL, "version": "1", "action": str(action.id)}
    bare = {"title": "Be VIP", "tracking_name": "VIP", "worth": "0", "frequency": "once"}
    saved(await owner.post(path, data={**bare, "verification": "ill_know", "version": "1"}))
    [action] = await stored(app)
    assert (action.title, action.worth, action.signed, action.version) == ("Be VIP", 0, False, 2)
    page = (await owner.get("/actions")).text
    for said in ("Be VIP", "<code>VIP</code>", "+0 entries", "self-reported"):
        assert said in page


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": " "}, {"title": "Fill this in"}),
        ({"title": "x" * 201}, {"title": "at most 200"}),
        ({"tracking_name": ""}, {"tracking_name": "Fill this in"}),
        ({"tracking_name": "\u202e"}, {"tracking_name": "Fill this in."}),
        ({"description": "a\0b"}, {"description": "NUL"}),
        ({"tracking_name": "purchase"}, {"tracking_name": "Another action"}),
        ({"description": "x" * 10_001}, {"description": "at most 10000"}),
        ({"url": "javascript:alert(1)"}, {"url": "https://"}),
        ({"worth": "-1"}, {"worth": "0 to 1000000"}),
        ({"worth": "1.5"}, {"worth": "a whole number"}),
        ({"worth": "²"}, {"worth": "a whole number"}),
        ({"frequency": "hourly"}, {"frequency": "Choose one"}),
        ({"verification": "trust"}, {"verification": "Choose one"}),
        ({"verification": "question"}, {"question": "Fill this in"}),
        ({"question": "Why?"}, {"question": "choose a verification that asks a question"}),
        ({"answer_pattern": "x"}, {"answer_pattern": "choose a verification that asks a question"}),
        (
            {"verification": "question", "question": "Why?", "answer_pattern": "("},
            {"answer_pattern": "missing )"},
        ),
        ({"verification": "ill_know", "signed": "on"}, {"signed": "nothing to sign"}),
        ({"verification": "ill_know", "unique_value": "on"}, {"unique_value": "no value"}),
        (
            {"verification": "referral", "url": "https://shop.example/", "frequency": "daily"},
            {"url": "own link", "frequency": "how often it counts"},
        ),
        ({"verification": "referral", "friends": "0"}, {"friends": "1 to 1000"}),
        (
            dict.fromkeys(ALL, ""),
            dict.fromkeys(
                (
                    *("title", "tracking_name", "worth", "frequency", "verification", "icon"),
                    "friends",
                ),
                "",
            ),
        ),
    ],
    ids=str,
)
async def test_every_mistake_of_an_action_is_told_at_its_field_and_nothing_typed_is_lost(
    sqlite_app: Starlette,
    sqlite_owner: httpx.AsyncClient,
    fields: dict[str, str],
    wrong: dict[str, str],
) -> None:
    await add(sqlite_owner, "Purchase")
    form = await form_at(sqlite_owner, NEW)
    typed = {**form, "title": "New", "tracking_name": "New", **fields}
    if all(text == "" for text in fields.values()) and len(fields) > 5:
        # Boxes that are not ticked are not sent.
        typed = {
            name: text for name, text in typed.items() if name not in ("unique_value", "signed")
        }
        wrong = {
            name: said for name, said in wrong.items() if name not in ("unique_value", "signed")
        }
    answer = await sqlite_owner.post(NEW, data=typed)
    assert answer.status_code == 400
    said = mistakes(answer.text)
    assert set(said) == set(wrong)
    for field, part in wrong.items():
        assert part in said[field]
    if not {"frequency", "verification"} & set(wrong):
        assert values(answer.text) == typed
    assert len(await stored(sqlite_app)) == 1


async def test_hostile_names_of_actions_are_shown_and_run_nowhere(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    await add(sqlite_owner, HOSTILE)
    [action] = await stored(sqlite_app)
    path = f"/actions/{action.id}"
    form = {**await form_at(sqlite_owner, path), "description": HOSTILE}
    pages = [await sqlite_owner.get(each) for each in ("/actions", path, f"{path}/delete")]
    pages.append(await sqlite_owner.post("/preview-action", data=form))
    for page in pages:
        assert page.status_code == 200
        assert "&lt;script&gt;alert" in page.text
        assert "<script>alert" not in page.text
        assert "<img" not in page.text


async def test_two_who_edit_an_action_at_once_are_told(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await add(owner, "Purchase")
    [action] = await stored(app)
    path = f"/actions/{action.id}"
    mine = await form_at(owner, path)
    saved(await owner.post(path, data={**mine, "worth": "7"}))
    answer = await owner.post(path, data={**mine, "worth": "3"})
    assert answer.status_code == 409
    assert "<q>7</q>" in answer.text
    assert [each.worth for each in await stored(app)] == [7]
    saved(await owner.post(path, data=values(answer.text)))
    assert [each.worth for each in await stored(app)] == [3]


async def test_a_new_action_outlives_the_end_of_the_session(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await owner.post(NEW, data=ALL)
    again = await owner.post(NEW, data={**values(asked.text), **SIGN_IN})
    assert again.status_code == 200
    assert await stored(app) == []
    saved(await owner.post(NEW, data=values(again.text)))
    assert [each.title for each in await stored(app)] == ["Buy something"]


async def test_actions_move_up_and_down_and_to_a_place(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await add(owner, "A", "B", "C")
    ids = {each.title: each.id for each in await stored(app)}
    for title, to, order in (
        ("C", "up", "ACB"),
        ("C", "up", "CAB"),
        ("C", "up", "CAB"),  # it is the first already
        ("C", "down", "ACB"),
        ("B", "0", "BAC"),
        ("B", "99999", "ACB"),
        ("A", "sideways", "ACB"),
        ("A", "", "ACB"),
    ):
        saved(await owner.post(f"/actions/{ids[title]}/move", data={"to": to}))
        assert "".join(each.title for each in await stored(app)) == order
    for missing in ("999", "x", "²"):
        assert (await owner.post(f"/actions/{missing}/move", data={"to": "up"})).status_code == 404


async def test_deleting_an_action_asks_with_numbers_and_takes_its_completions(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    async with await api_of(app) as api:
        gone = await made_by_api(api, "Purchase", worth=5, unique_value=True)
        stays = await made_by_api(api, "Signup")
        for number in (1, 2):
            await entered(app, number)
            body = call(number, ["Purchase", str(number)], ["Signup"], visitor=visitor(number))
            assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
        [first, *_] = (await api.get("/campaigns/y2sB7/completions")).json()["data"]
        answer = await api.post(
            f"/campaigns/y2sB7/completions/{first['id']}/invalidate", json={"reason": "Test"}
        )
        assert answer.status_code == 200, answer.text
    async with client_of(app) as shop:
        waits = beacon(["Purchase", "9"], visitor="9" * 32)
        assert (await shop.post("/y2sB7/beacon", json=waits)).json()["pairs"] == ["waiting"]
    page = (await owner.get(f"/actions/{gone}/delete")).text
    assert "2 completions, with 5 entries, will be deleted with it" in page
    assert "3 trackings" in page
    saved(await owner.post(f"/actions/{gone}/delete"))
    assert [each.id for each in await stored(app)] == [stays]
    campaign = await campaign_in(database)
    left = (await database.read(completions.listed, campaign, Span())).rows
    assert {row.action_id for row in left} == {stays}
    for table in ("unique_values", "corrections"):
        assert await database.read(select, f"SELECT 1 AS one FROM {table}") == []
    # What waited meets no action now: entering later finds nothing, and does not fail.
    async with client_of(app, accept="text/html") as visit:
        ticket = new_ticket()
        await bring(app, ticket, "9" * 32)
        await visit.get(f"/y2sB7?visitor={ticket}", follow_redirects=True)
        form = {"name": "Cem", "email": "cem@example.org"}
        page = (await visit.post("/y2sB7/enter", data=form, follow_redirects=True)).text
    assert "You’re in, <bdi>Cem" in page
    assert (await owner.get(f"/actions/{gone}")).status_code == 404


async def test_the_preview_of_an_action_shows_it_in_its_place_with_its_question(
    sqlite_app: Starlette, sqlite_owner: httpx.AsyncClient
) -> None:
    await add(sqlite_owner, "First", "Second")
    first = (await stored(sqlite_app))[0]
    form = {**await form_at(sqlite_owner, f"/actions/{first.id}"), "title": "Changed"}
    page = (await sqlite_owner.post("/preview-action", data=form)).text
    assert page.index('<h3 dir="auto">Changed</h3>') < page.index('<h3 dir="auto">Second</h3>')
    assert '<h3 dir="auto">First</h3>' not in page
    asks = {**ALL, "title": "", "worth": "x"}
    page = (await sqlite_owner.post("/preview-action", data=asks)).text
    for said in (
        'id="action-0"',
        "What is your order number?",
        "<strong>Anything</strong>",
        "A new action",
    ):
        assert said in page
    assert [each.title for each in await stored(sqlite_app)] == ["First", "Second"]

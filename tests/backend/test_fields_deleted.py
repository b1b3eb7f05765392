"""What becomes of answers when their field is changed or deleted, or a person or a campaign is."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes
from tests.backend.calls import data, mistake
from tests.backend.campaign_pages import ANN, BOB, PAGE
from tests.backend.conftest import api_of, client_of
from tests.backend.form_fields import ENTER, EVERY, GIVEN, filled, make_with_fields, stored
from tests.backend.stored import campaign_in, query
from trk.services.fields import delete_field
from trk.services.jobs.deletion import Deletion
from trk.services.people import erase
from trk.store import deletion, fields
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


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
    one = deletion.DeletedField(campaign.id, size)
    for left in (3, 1):
        assert not await database.write(deletion.erase_field_part, one, 2)
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

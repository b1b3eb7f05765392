"""The API's campaigns: changed by the rules of the owner's forms, copied, closed, deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, competition, made, mistake, prize
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ONE = "/campaigns/y2sB7"


async def test_a_campaign_is_changed_field_by_field(api: httpx.AsyncClient) -> None:
    await made(api, starts_at="2026-01-01T00:00:00.123Z", allowed_origins=["https://a.example"])
    before = (await api.get(ONE)).json()
    answer = await api.patch(ONE, json={"name": "Another", "ends_at": "2026-12-31T23:00:00Z"})
    assert answer.status_code == 200
    after = answer.json()
    assert after == {
        **before,
        "name": "Another",
        "slug": "another",
        "ends_at": "2026-12-31T23:00:00.000Z",
        "version": 2,
    }
    assert (await api.get(ONE)).json() == after
    assert (await api.patch(ONE, json={"ends_at": None})).json()["ends_at"] is None
    assert (await api.patch(ONE, json={})).json()["name"] == "Another"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "name is ''; expected 1 to 200 characters"),
        ({"ends_at": "2020-01-01T00:00:00"}, "ends_at is 2020-01-01T00:00:00; expected a UTC"),
        ({"nosuch": 1}, "unknown field `nosuch`"),
        ({"name": 5}, "Expected `str`, got `int`"),
        ({"key": "other"}, "key is 'other'; expected y2sB7"),
        ({"version": "1"}, "Expected `int`, got `str` - at `$.version`"),
        ({"version": True}, "Expected `int`, got `bool` - at `$.version`"),
        ({"version": 2**40}, "expected 1 to 2147483647"),
    ],
    ids=str,
)
async def test_a_wrong_change_is_refused_and_stores_nothing(
    sqlite_api: httpx.AsyncClient, fields: dict[str, Any], said: str
) -> None:
    await made(sqlite_api)
    before = (await sqlite_api.get(ONE)).json()
    answer = await sqlite_api.patch(ONE, json={"description": "new", **fields})
    assert said in mistake(answer, 400, "invalid")
    assert (await sqlite_api.get(ONE)).json() == before


async def test_a_change_that_names_an_old_version_is_refused(api: httpx.AsyncClient) -> None:
    await made(api)
    number = await action(api)
    for path in (ONE, f"{ONE}/actions/{number}"):
        version = (await api.get(path)).json()["version"]
        field = "name" if path == ONE else "title"
        assert (await api.patch(path, json={field: "A", "version": version})).status_code == 200
        answer = await api.patch(path, json={field: "B", "version": version})
        assert "was changed since version 1" in mistake(answer, 409, "changed")
        assert (await api.get(path)).json()[field] == "A"


async def test_changes_of_different_fields_at_once_are_all_kept(api: httpx.AsyncClient) -> None:
    await made(api)
    fields = [{"name": "A"}, {"terms": "B"}, {"accent": "#0a7cff"}, {"description": "D"}]
    answers = await asyncio.gather(*(api.patch(ONE, json=each) for each in fields))
    assert [answer.status_code for answer in answers] == [200] * 4
    campaign = (await api.get(ONE)).json()
    assert {**campaign, **{k: v for each in fields for k, v in each.items()}} == campaign
    assert campaign["version"] == 5


async def test_a_campaign_is_copied_closed_reopened_and_deleted(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    await prize(api, "Bike", 1)
    copy = (await api.post(f"{ONE}/copy", json={"name": "Second"})).json()
    assert copy["name"] == "Second"
    names = (await api.get(f"/campaigns/{copy['key']}/actions")).json()["data"]
    assert [each["tracking_name"] for each in names] == ["A1", "A2"]
    assert (await api.post(f"{ONE}/copy")).json()["name"] == "Copy of Win"
    mistake(await api.post(f"{ONE}/copy", json={"name": ""}), 400, "invalid")
    assert (await api.post(f"{ONE}/close")).json()["closed_at"] is not None
    assert (await api.post(f"{ONE}/reopen")).json()["closed_at"] is None
    assert (await api.delete(ONE)).status_code == 204
    mistake(await api.delete(ONE), 404, "unknown_campaign")
    assert await server_of(app).database.read(select, "SELECT id FROM entrants") == []
    assert (await api.get(f"/campaigns/{copy['key']}/prizes")).json()["data"][0]["title"] == "Bike"

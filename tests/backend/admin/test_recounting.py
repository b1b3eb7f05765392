"""The owner's pages while many friends are counted anew: what takes a moment is done at once, and
the page says what is left."""

from __future__ import annotations

import csv
import io

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import form_at, saved, signed_in
from tests.backend.recounts.friends import crowd, found
from tests.backend.stored import query
from trk.services import recounting as counting
from trk.store import recounting
from trk.web.server import server_of

SAID = "Friends are still being counted"


async def asks(owner: httpx.AsyncClient, friends: int) -> None:
    """The owner adds an action that so many friends complete."""
    form = await form_at(owner, "/actions/new")
    refer = {"title": "Refer", "tracking_name": "Refer", "verification": "referral"}
    saved(await owner.post("/actions/new", data={**form, **refer, "friends": f"{friends}"}))


async def test_the_page_says_that_friends_are_still_being_counted(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "PART", 2)
    database = server_of(app).database
    await crowd(database, "y2sB7")
    async with signed_in(app, "y2sB7") as owner:
        assert SAID not in (await owner.get("/actions")).text
        monkeypatch.setattr(counting, "_AT_ONCE", 2)
        await asks(owner, 1)
        assert SAID in (await owner.get("/actions")).text
        monkeypatch.setattr(counting, "_AT_ONCE", 100)
        [made] = await query(database, "SELECT id FROM actions WHERE tracking_name = 'Refer'")
        path = f"/actions/{made['id']}"
        saved(await owner.post(path, data={**await form_at(owner, path), "friends": "2"}))
        assert SAID not in (await owner.get("/actions")).text
        assert len(await found(database)) == 6


async def test_a_file_has_all_friends(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounting, "PART", 2)
    monkeypatch.setattr(counting, "_AT_ONCE", 0)
    await crowd(server_of(app).database, "y2sB7")
    async with signed_in(app, "y2sB7") as owner:
        await asks(owner, 2)
        answer = await owner.get("/entries.csv")
        rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
        assert len(rows) == 6

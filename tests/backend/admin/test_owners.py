"""Owners: invited, removed, and never none."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import ANN, browser_of, mistakes, saved, set_up, values
from tests.backend.stored import query_write
from trk.core.account import LINK_LIFETIME
from trk.services.accounts import make_invitation
from trk.store import invitations, owners
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

BOBS = "seven green lamps"


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases."""
    async with browser_of(app) as client:
        await set_up(app, client)
        yield client


async def test_an_invitation_makes_an_owner_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.post("/admin/owners", data={"email": "bob@example.org"})).text
    path = re.findall(r"http://track\.test(/admin/link/[\w-]+)", page)[0]
    assert path not in (await browser.get("/admin/owners")).text
    async with browser_of(app) as bob, browser_of(app) as eve:
        assert "bob@example.org" in (await bob.get(path)).text
        for wrong, field in (
            ({"owner_name": "", "password": BOBS}, "owner_name"),
            ({"owner_name": "Bob", "password": "short"}, "password"),
        ):
            answer = await bob.post(path, data=wrong)
            assert answer.status_code == 400
            assert set(mistakes(answer.text)) == {field}
        form = {"owner_name": "Bob", "password": BOBS}
        assert saved(await bob.post(path, data=form)) == "/admin/campaigns"
        assert "Bob" in (await bob.get("/admin/owners")).text
        for answer in (await eve.get(path), await eve.post(path, data=form)):
            assert answer.status_code == 404
            assert "no longer works" in answer.text
        again = {"sign_in_email": "BOB@example.org", "sign_in_password": BOBS}
        saved(await eve.post("/admin/sign-in", data=again))


async def test_an_invitation_ends_after_seven_days_or_when_it_is_withdrawn(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database, settings = server_of(app).database, server_of(app).settings
    found = await database.read(owners.by_email, ANN["email"])
    assert found is not None
    before = time.time_ns() // 1_000_000
    url = (await database.write(make_invitation, settings, "Ann", "bob@example.org")).url
    [row] = await database.read(invitations.waiting, before)
    assert row["expires_at"] >= before + LINK_LIFETIME["owner"] == before + 7 * 86_400_000
    async with browser_of(app) as bob:
        assert (await bob.get(url)).status_code == 200
        form = values((await browser.get("/admin/owners")).text)
        saved(await browser.post("/admin/owners/withdraw", data=form))
        assert (await bob.get(url)).status_code == 404
        url = (await database.write(make_invitation, settings, "Ann", "bob@example.org")).url
        await query_write(database, "UPDATE invitations SET expires_at = 1")
        assert (await bob.get(url)).status_code == 404


async def test_an_owner_removes_another_and_never_the_last(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.post("/admin/owners", data={"email": "bob@example.org"})).text
    path = re.findall(r"http://track\.test(/admin/link/[\w-]+)", page)[0]
    async with browser_of(app) as bob:
        saved(await bob.post(path, data={"owner_name": "<b>Bob", "password": BOBS}))
        ids = [row["id"] for row in await server_of(app).database.read(owners.everybody)]
        page = (await browser.get(f"/admin/owners/{ids[1]}/remove")).text
        assert "Remove &lt;b&gt;Bob?" in page
        # Nobody removes oneself, so there is always one left.
        assert (await browser.post(f"/admin/owners/{ids[0]}/remove")).status_code == 404
        saved(await browser.post(f"/admin/owners/{ids[1]}/remove"))
        assert "sign-in" in saved(await bob.get("/admin/owners"))
        again = {"sign_in_email": "bob@example.org", "sign_in_password": BOBS}
        assert (await bob.post("/admin/sign-in", data=again)).status_code == 400
    assert (await browser.post(f"/admin/owners/{ids[1]}/remove")).status_code == 404
    assert [row["name"] for row in await server_of(app).database.read(owners.everybody)] == ["Ann"]


async def test_who_was_removed_does_not_come_back_by_another_invitation(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database, settings = server_of(app).database, server_of(app).settings
    links = [
        (await database.write(make_invitation, settings, "Ann", email)).url
        for email in ("bob@example.org", "Bob@Example.org", "cem@example.org")
    ]
    form = {"owner_name": "Bob", "password": BOBS}
    async with browser_of(app) as bob:
        saved(await bob.post(links[0], data=form))
        waiting = await database.read(invitations.waiting, 0)
        assert [row["email"] for row in waiting] == ["cem@example.org"]
        # One that an earlier version left, or that was made at the moment when he accepted.
        sql = "UPDATE invitations SET used_at = NULL WHERE used_at IS NOT NULL"
        await query_write(database, sql)
        [_, bobs] = await database.read(owners.everybody)
        saved(await browser.post(f"/admin/owners/{bobs['id']}/remove"))
        for link in links[:2]:
            assert (await bob.post(link, data=form)).status_code == 404
        assert (await bob.get(links[2])).status_code == 200
    assert [row["name"] for row in await database.read(owners.everybody)] == ["Ann"]


@pytest.mark.parametrize("email", ["", "bob", "ANN@example.org", "b@c.test\r\nBcc: x@y.test"])
async def test_an_invitation_needs_an_e_mail_that_no_owner_has(
    sqlite_app: Starlette, email: str
) -> None:
    async with browser_of(sqlite_app) as browser:
        await set_up(sqlite_app, browser)
        answer = await browser.post("/admin/owners", data={"email": email})
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == {"email"}
        rows = await server_of(sqlite_app).database.read(select, "SELECT purpose FROM invitations")
        assert rows == []

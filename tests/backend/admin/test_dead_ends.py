"""Where an owner comes no further: each page says what happened, and leads on."""

from __future__ import annotations

from starlette.applications import Starlette

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.conftest import PUBLIC_URL
from tests.backend.page_parts import heading, ways
from trk.services import accounts
from trk.web.server import server_of


async def test_owners_are_told_and_led_on_among_their_pages(sqlite_app: Starlette) -> None:
    async with browser_of(sqlite_app) as stranger:
        first = await set_up(sqlite_app, stranger)
        stranger.headers["accept"] = "text/html"
        gone = await stranger.get("/admin/campaigns/nosuch/actions")
        part = await stranger.get(f"{first}/actions/99")
        nowhere = await stranger.get("/admin/no/such/page")
        method = await stranger.put("/admin/campaigns", headers={"sec-fetch-site": "same-origin"})
        for each in (gone, part, nowhere):
            assert (each.status_code, heading(each)) == (404, "Page not found")
            assert '<nav aria-label="Main">' in each.text
            assert "GET" not in each.text
        assert "There is no such campaign; it may have been deleted." in gone.text
        assert "There is no such action; it may have been deleted." in part.text
        assert method.status_code == 405
        for each in (gone, nowhere, method):
            assert ways(each) == [("/admin/campaigns", "Your campaigns")]
        assert ways(part) == [(first, "Go to the campaign")]
        assert 'aria-label="Campaign"' in part.text
        stranger.cookies.clear()
        out = await stranger.get("/admin/no/such/page")
        assert ways(out) == [("/admin/sign-in", "Sign in")]
        assert "<nav" not in out.text


async def test_an_owners_link_says_whether_it_was_used(sqlite_app: Starlette) -> None:
    app = server_of(sqlite_app)
    async with browser_of(sqlite_app) as ann:
        await set_up(sqlite_app, ann)
    made = await app.database.write(
        accounts.make_invitation, app.settings, "Ann", "bob@example.org"
    )
    path = made.url.removeprefix(PUBLIC_URL)
    async with browser_of(sqlite_app) as bob:
        bob.headers["accept"] = "text/html"
        typed = {"owner_name": "Bob", "password": "correct horse battery"}
        assert (await bob.post(path, data=typed)).status_code == 303
        used = await bob.get(path)
        never = await bob.get(f"{path}x")
        bob.cookies.clear()
        elsewhere = await bob.get(path)
    assert (used.status_code, "has already been used" in used.text) == (404, True)
    assert ways(used) == [("/admin/campaigns", "Your campaigns")]
    assert (never.status_code, "isn’t the whole link" in never.text) == (404, True)
    assert ways(elsewhere) == [("/admin/sign-in", "Sign in")]

"""Owners' accounts: signing in and out, sessions, passwords, and who guesses them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import ANN, SIGN_IN, browser_of, mistakes, saved, set_up, values
from tests.backend.stored import query_write
from trk.core.account import SESSION_LIFETIME
from trk.core.keys import token_hash
from trk.core.rate import SIGN_INS_FROM_ADDRESS, SIGN_INS_OF_ACCOUNT
from trk.services.accounts import reset_password
from trk.services.passwords import Passwords
from trk.store import owners
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.once

WRONG = "Wrong e-mail or password"


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases."""
    async with browser_of(app) as client:
        await set_up(app, client)
        yield client


async def test_signing_in_opens_a_session_that_only_this_browser_has(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with browser_of(app) as other:
        asked = await other.get("/admin/owners")
        assert saved(asked) == "/admin/sign-in?next=%2Fadmin%2Fowners"
        form = values((await other.get(asked.headers["location"])).text)
        answer = await other.post("/admin/sign-in", data={**form, **SIGN_IN})
        assert saved(answer) == "/admin/owners"
        cookie = answer.headers["set-cookie"]
        for part in ("HttpOnly", "SameSite=lax", "Path=/admin", "trk_owner="):
            assert part in cookie
        assert "ann@example.org" in (await other.get("/admin/owners")).text
        rows = await server_of(app).database.read(select, "SELECT token_hash FROM owner_sessions")
        assert token_hash(other.cookies["trk_owner"]) in {row["token_hash"] for row in rows}


async def test_the_token_is_another_after_each_signing_in_and_the_old_one_is_void(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    before = browser.cookies["trk_owner"]
    saved(await browser.post("/admin/sign-in", data=SIGN_IN))
    assert browser.cookies["trk_owner"] != before
    async with browser_of(app) as thief:
        thief.cookies.set("trk_owner", before)
        assert "sign-in" in saved(await thief.get("/admin/owners"))


async def test_a_wrong_password_and_an_unknown_e_mail_get_the_same_answer(
    app: Starlette, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str | None] = []
    verify = Passwords.verify

    async def noted(self: Passwords, stored: str | None, password: str) -> bool:
        checked.append(stored)
        return await verify(self, stored, password)

    monkeypatch.setattr(Passwords, "verify", noted)
    said = []
    for email in (ANN["email"], "nobody@example.org", "", "a\0b", "x" * 5000):
        form = {"sign_in_email": email, "sign_in_password": "wrong"}
        answer = await browser.post("/admin/sign-in", data=form)
        assert answer.status_code == 400
        said.append(mistakes(answer.text))
    assert all(each == said[0] for each in said)
    assert WRONG in said[0]["password"]
    # The slow part, the password's hash, was computed each time.
    assert len(checked) == len(said)


async def test_who_guesses_a_password_is_slowed_down_from_wherever_it_is_tried(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with browser_of(app) as guesser:
        wrong = {**SIGN_IN, "sign_in_password": "wrong"}
        assert (await guesser.post("/admin/sign-in", data=wrong)).status_code == 400
        # The other attempts without their hashes, which take time on a busy machine.
        for _ in range(SIGN_INS_OF_ACCOUNT.burst):
            server_of(app).rates.wait(SIGN_INS_OF_ACCOUNT, "signing in to", "ann@example.org")
        for form in (wrong, SIGN_IN, {**SIGN_IN, "sign_in_email": "ANN@example.org"}):
            answer = await guesser.post("/admin/sign-in", data=form)
            assert answer.status_code == 429
            assert "Too many attempts" in mistakes(answer.text)["password"]
    # Whoever is signed in stays so.
    assert (await browser.get("/admin/owners")).status_code == 200


async def test_one_address_can_not_try_one_password_on_many_accounts(sqlite_app: Starlette) -> None:
    transport = httpx.ASGITransport(app=sqlite_app, client=("9.9.9.9", 1000))
    form = {"sign_in_email": "0@example.org", "sign_in_password": "123456"}
    async with httpx.AsyncClient(transport=transport, base_url="http://track.test") as guesser:
        assert (await guesser.post("/admin/sign-in", data=form)).status_code == 400
        for _ in range(SIGN_INS_FROM_ADDRESS.burst):
            server_of(sqlite_app).rates.wait(SIGN_INS_FROM_ADDRESS, "signing in from", "9.9.9.9")
        form["sign_in_email"] = "another@example.org"
        assert (await guesser.post("/admin/sign-in", data=form)).status_code == 429
    transport = httpx.ASGITransport(app=sqlite_app, client=("9.9.9.10", 1000))
    async with httpx.AsyncClient(transport=transport, base_url="http://track.test") as other:
        assert (await other.post("/admin/sign-in", data=form)).status_code == 400


async def test_signing_out_ends_this_session_and_everywhere_all_of_them(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with browser_of(app) as phone, browser_of(app) as tablet:
        for device in (phone, tablet):
            saved(await device.post("/admin/sign-in", data=SIGN_IN))
        token = phone.cookies["trk_owner"]
        saved(await phone.post("/admin/sign-out"))
        assert "trk_owner" not in phone.cookies
        phone.cookies.set("trk_owner", token)
        assert "sign-in" in saved(await phone.get("/admin/owners"))
        assert (await browser.get("/admin/owners")).status_code == 200
        saved(await tablet.post("/admin/sign-out-everywhere"))
        assert "sign-in" in saved(await browser.get("/admin/owners"))


async def test_a_session_ends_after_its_time(app: Starlette, browser: httpx.AsyncClient) -> None:
    [row] = await server_of(app).database.read(
        select, "SELECT expires_at - created_at AS lasts FROM owner_sessions"
    )
    assert row["lasts"] == SESSION_LIFETIME
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    assert "sign-in" in saved(await browser.get("/admin/owners"))


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "/admin\\@evil.test", "/y2sB7", "/admin\n", ""]
)
async def test_signing_in_leads_to_no_page_but_the_owners(
    sqlite_app: Starlette, target: str
) -> None:
    async with browser_of(sqlite_app) as browser:
        await set_up(sqlite_app, browser)
        answer = await browser.post("/admin/sign-in", data={**SIGN_IN, "next": target})
        assert saved(answer) == "/admin/campaigns"
        assert saved(await browser.get("/admin/sign-in", params={"next": target})) == (
            "/admin/campaigns"
        )


async def test_a_password_that_comes_too_late_is_not_written_into_the_page(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    form = {"current": ANN["password"], "password": "yet another one"}
    asked = await browser.post("/admin/account/password", data=form)
    assert asked.status_code == 403
    for secret in form.values():
        assert secret not in asked.text
    answer = await browser.post("/admin/account/password", data={**values(asked.text), **SIGN_IN})
    assert saved(answer) == "/admin/account"


async def test_a_reset_locks_the_account_until_its_link_has_set_a_password(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    found = await database.read(owners.by_email, ANN["email"])
    assert found is not None
    old = await reset_password(database, server_of(app).settings, found.owner)
    url = await reset_password(database, server_of(app).settings, found.owner)
    assert "sign-in" in saved(await browser.get("/admin/owners"))
    assert (await browser.post("/admin/sign-in", data=SIGN_IN)).status_code == 400
    assert (await browser.get(old)).status_code == 404
    assert (await browser.post(url, data={"password": "short"})).status_code == 400
    saved(await browser.post(url, data={"password": "yet another one"}))
    assert (await browser.get("/admin/owners")).status_code == 200
    assert (await browser.post(url, data={"password": "and another"})).status_code == 404
    saved(
        await browser.post(
            "/admin/sign-in", data={**SIGN_IN, "sign_in_password": "yet another one"}
        )
    )


@pytest.mark.parametrize(
    "password", ["ann@example.org", "Password123!", "aaaaaaaaaaaa", "track.test1"]
)
async def test_a_password_that_is_guessed_early_is_refused_wherever_one_is_set(
    app: Starlette, browser: httpx.AsyncClient, password: str
) -> None:
    database, settings = server_of(app).database, server_of(app).settings
    form = {"current": ANN["password"], "password": password}
    changed = await browser.post("/admin/account/password", data=form)
    found = await database.read(owners.by_email, ANN["email"])
    assert found is not None
    link = await reset_password(database, settings, found.owner)
    reset = await browser.post(link, data={"password": password})
    for answer in (changed, reset):
        assert answer.status_code == 400
        said = mistakes(answer.text)["password"]
        assert "easy to remember" in said
        assert values(answer.text)["password"] == ""
    assert (await browser.get(link)).status_code == 200  # the link is still good


async def test_changing_the_password_needs_the_old_one_and_signs_all_others_out(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    answer = await browser.post(
        "/admin/account/password", data={"current": "wrong", "password": "short"}
    )
    assert answer.status_code == 400
    assert set(mistakes(answer.text)) == {"current", "password"}
    async with browser_of(app) as phone:
        saved(await phone.post("/admin/sign-in", data=SIGN_IN))
        form = {"current": ANN["password"], "password": "table lamp river " * 58}
        saved(await browser.post("/admin/account/password", data=form))
        assert (await browser.get("/admin/account")).status_code == 200
        assert "sign-in" in saved(await phone.get("/admin/account"))


async def test_an_owner_takes_another_name(app: Starlette, browser: httpx.AsyncClient) -> None:
    for wrong in ("", "x" * 101, "\u202e\0"):
        answer = await browser.post("/admin/account", data={"owner_name": wrong})
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == {"owner_name"}
    saved(await browser.post("/admin/account", data={"owner_name": "<b>Ann</b>"}))
    page = (await browser.get("/admin/owners")).text
    assert "&lt;b&gt;Ann&lt;/b&gt;" in page
    assert "<b>Ann" not in page


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-out", "/setup", "/owners", "/account", "/campaigns/new"]
)
async def test_a_page_of_another_site_can_do_nothing_here(sqlite_app: Starlette, path: str) -> None:
    async with browser_of(sqlite_app) as browser:
        await set_up(sqlite_app, browser)
        before = browser.cookies["trk_owner"]
        answer = await browser.post(
            f"/admin{path}", data=SIGN_IN, headers={"sec-fetch-site": "cross-site"}
        )
        assert answer.status_code == 403
        assert "another site" in answer.text
        assert browser.cookies["trk_owner"] == before
        assert (await browser.get("/admin/account")).status_code == 200

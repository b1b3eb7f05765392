"""Codes of the second factor at sign-in: asked for, good once, recovered, guessed, and late."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    ANN,
    SETTINGS,
    SIGN_IN,
    browser_of,
    form_at,
    mistakes,
    saved,
    values,
)
from tests.backend.admin.second_factor.phone import (
    HERE,
    codes_on,
    half_signed_in,
    send_code,
    switched_on,
)
from tests.backend.stored import query, query_write
from trk.clock import now_ms
from trk.core.rate import SECOND_FACTORS
from trk.core.second_factor import HALF_SESSION_LIFETIME
from trk.services.accounts import reset_password
from trk.store import limits, owners
from trk.web.http.rates import Rates
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_signing_in_takes_the_code_and_no_page_opens_before(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    phone, _ = await switched_on(browser)
    async with browser_of(app) as other:
        form = {**SIGN_IN, "next": "/admin/owners"}
        asked = await other.post("/admin/sign-in", data=form)
        assert asked.status_code == 200
        assert "Your code" in asked.text
        assert "Audit" not in asked.text  # no owner's menu, and no word of whose account it is
        assert "ann@example.org" not in asked.text
        half = other.cookies["trk_owner"]
        assert "sign-in" in saved(await other.get("/admin/owners"))
        assert (await other.post("/admin/tokens", data={"name": "x"})).status_code == 403
        # Who comes back meanwhile is asked for the code again.
        assert "Your code" in (await other.get("/admin/sign-in?next=%2Fadmin%2Fowners")).text
        wrong = {**values(asked.text), "sign_in_code": "123456"}
        again = await other.post("/admin/sign-in/code", data=wrong)
        assert again.status_code == 400
        assert "Audit" not in again.text
        given = {**values(again.text), "sign_in_code": f" {phone.code(1)[:3]} {phone.code(1)[3:]}"}
        assert saved(await other.post("/admin/sign-in/code", data=given)) == "/admin/owners"
        assert (await other.get("/admin/owners")).status_code == 200
        assert other.cookies["trk_owner"] != half
    async with browser_of(app) as thief:
        thief.cookies.set("trk_owner", half)
        assert "sign-in" in saved(await thief.get("/admin/owners"))


async def test_a_code_is_good_once_and_an_old_one_is_not(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    phone, _ = await switched_on(browser)
    async with half_signed_in(app) as other:
        # The one with which it was set up; one of two steps ago; one of two steps ahead.
        for code in (phone.code(), phone.code(-2), phone.code(2), "", "abc", "１２３"):
            sent = await send_code(other, code)
            assert sent.status_code in (400, 429), code
    server_of(app).rates = Rates()
    await server_of(app).database.write(limits.forget, now_ms() + 3_600_000)
    async with half_signed_in(app) as first, half_signed_in(app) as second:
        saved(await send_code(first, phone.code(1)))
        assert (await send_code(second, phone.code(1))).status_code == 400


async def test_each_recovery_code_signs_in_once_however_it_is_typed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    _, codes = await switched_on(browser)
    for typed in (codes[0], codes[1].lower().replace("-", " ")):
        async with half_signed_in(app) as other:
            saved(await send_code(other, typed))
        async with half_signed_in(app) as other:
            again = await send_code(other, typed)
            assert again.status_code == 400
    assert "8 recovery codes left" in (await browser.get(HERE)).text
    renewed = codes_on((await browser.post(f"{HERE}/codes")).text)
    assert not set(renewed) & set(codes)
    async with half_signed_in(app) as other:
        old = await send_code(other, codes[2])
        assert old.status_code == 400
        saved(await send_code(other, renewed[2]))


async def test_who_guesses_codes_is_slowed_down_and_keeps_nobody_out(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    phone, codes = await switched_on(browser)
    async with half_signed_in(app) as thief:
        for n in range(SECOND_FACTORS.burst):
            sent = await send_code(thief, f"00000{n}")
            assert sent.status_code == 400
        late = await send_code(thief, phone.code(1))
        assert late.status_code == 429
        assert "Too many codes" in mistakes(late.text)["code"]
        for _ in range(SECOND_FACTORS.burst + 1):  # nor by holding recovery codes up
            held = await send_code(thief, "WRONG")
        assert held.status_code == 429
    async with half_signed_in(app) as ann:  # a recovery code is another matter
        saved(await send_code(ann, codes[0]))
    [row] = await query(
        server_of(app).database,
        "SELECT times FROM audit WHERE thing = 'second_factor' AND deed = 'sign_in_failed'",
    )
    assert row["times"] == 2 * SECOND_FACTORS.burst


async def test_a_form_whose_session_has_ended_outlives_the_code_as_well(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    phone, _ = await switched_on(browser)
    [campaign] = await query(server_of(app).database, "SELECT key FROM campaigns")
    there = f"/admin/campaigns/{campaign['key']}/settings"
    form = {**await form_at(browser, there), **SETTINGS}
    del form["show_entries"]
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post(there, data=form)
    code = await browser.post(there, data={**values(asked.text), **SIGN_IN})
    assert "Your code" in code.text
    wrong = await browser.post(there, data={**values(code.text), "sign_in_code": "123"})
    assert wrong.status_code == 400
    again = await browser.post(there, data={**values(wrong.text), "sign_in_code": phone.code(1)})
    assert again.status_code == 200
    assert "Nothing is saved yet" in again.text
    assert values(again.text) == form


async def test_the_code_can_not_be_given_ten_minutes_after_the_password(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    phone, _ = await switched_on(browser)
    async with half_signed_in(app) as other:
        lasts = "SELECT expires_at - created_at AS lasts FROM owner_sessions WHERE code_due = 1"
        [row] = await query(server_of(app).database, lasts)
        assert row["lasts"] == HALF_SESSION_LIFETIME == 600_000
        await query_write(
            server_of(app).database, "UPDATE owner_sessions SET expires_at = 1 WHERE code_due = 1"
        )
        late = await send_code(other, phone.code(1))
        assert late.status_code == 403
        assert "Password" in late.text
        assert "sign-in" in saved(await other.get("/admin/owners"))


async def test_a_link_for_a_new_password_does_not_stand_in_for_the_code(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    phone, _ = await switched_on(browser)
    found = await server_of(app).database.read(owners.by_email, ANN["email"])
    assert found is not None
    link = await reset_password(server_of(app).database, server_of(app).settings, found.owner)
    async with browser_of(app) as other:
        saved(await other.post(link, data={"password": "seven green lamps"}))
        there = saved(await other.get("/admin/owners"))
        assert "Your code" in (await other.get(there)).text
        saved(await send_code(other, phone.code(1)))
        assert (await other.get("/admin/owners")).status_code == 200

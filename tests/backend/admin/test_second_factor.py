"""The second factor: set up, asked for, renewed, lost, and required of all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
from click.testing import CliRunner
from pyotp import TOTP
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    ANN,
    SETTINGS,
    SIGN_IN,
    browser_of,
    form_at,
    mistakes,
    saved,
    set_up,
    values,
)
from tests.backend.conftest import PUBLIC_URL, running
from tests.backend.stored import query, query_write
from trk.cli import main
from trk.clock import now_ms
from trk.core.rate import SECOND_FACTORS
from trk.core.second_factor import HALF_SESSION_LIFETIME
from trk.services import second_factor
from trk.services.accounts import reset_password
from trk.settings import Settings
from trk.store import limits, owners
from trk.web.http.rates import Rates
from trk.web.server import server_of

HERE = "/admin/account/second-factor"
NOW = 1_800_000_000_000


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases."""
    async with browser_of(app) as client:
        await set_up(app, client)
        yield client


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock by which codes are judged stands still."""
    monkeypatch.setattr(second_factor, "now_ms", lambda: NOW)


class Phone:
    """An app that shows codes."""

    def __init__(self, key: str) -> None:
        self._otp = TOTP(key.replace("-", ""))

    def code(self, steps: int = 0) -> str:
        """The code of now, or of so many steps later."""
        return self._otp.generate_otp(NOW // 30_000 + steps)


async def switched_on(browser: httpx.AsyncClient) -> tuple[Phone, list[str]]:
    """Ann's phone with the second factor that she sets up, whose code of now is used up, and her
    recovery codes."""
    assert saved(await browser.post(f"{HERE}/begin")) == f"{HERE}/new"
    page = (await browser.get(f"{HERE}/new")).text
    phone = Phone(re.findall(r'<code id="key">([A-Z2-7-]+)</code>', page)[0])
    assert "<svg" in page
    answer = await browser.post(f"{HERE}/new", data={"code": phone.code()})
    assert answer.status_code == 200, mistakes(answer.text)
    return phone, codes_on(answer.text)


def codes_on(page: str) -> list[str]:
    found = re.findall(r'<code id="codes">(.*?)</code>', page, re.DOTALL)[0]
    return list(unescape(found).split("\n"))


async def test_it_is_on_once_a_first_code_was_given_and_ends_other_sessions(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with browser_of(app) as other:
        saved(await other.post("/admin/sign-in", data=SIGN_IN))
        saved(await browser.post(f"{HERE}/begin"))
        # Not before: a mistyped code, or an app that never got the key, locks nobody out.
        wrong = await browser.post(f"{HERE}/new", data={"code": "000000"})
        assert wrong.status_code == 400
        assert set(mistakes(wrong.text)) == {"code"}
        assert (await other.get("/admin/owners")).status_code == 200
        _, codes = await switched_on(browser)
        assert len(set(codes)) == 10
        assert "sign-in" in saved(await other.get("/admin/owners"))
    assert "10 recovery codes left" in (await browser.get(HERE)).text
    assert "Second factor</span>" in (await browser.get("/admin/owners")).text
    stored = str(
        [dict(row) for row in await query(server_of(app).database, "SELECT * FROM recovery_codes")]
    )
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


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
    async with browser_of(app) as other:
        await other.post("/admin/sign-in", data=SIGN_IN)
        # The one with which it was set up; one of two steps ago; one of two steps ahead.
        for code in (phone.code(), phone.code(-2), phone.code(2), "", "abc", "１２３"):
            sent = await other.post("/admin/sign-in/code", data={"sign_in_code": code})
            assert sent.status_code in (400, 429), code
    server_of(app).rates = Rates()
    await server_of(app).database.write(limits.forget, now_ms() + 3_600_000)
    async with browser_of(app) as first, browser_of(app) as second:
        for each in (first, second):
            await each.post("/admin/sign-in", data=SIGN_IN)
        used = {"sign_in_code": phone.code(1)}
        saved(await first.post("/admin/sign-in/code", data=used))
        assert (await second.post("/admin/sign-in/code", data=used)).status_code == 400


async def test_each_recovery_code_signs_in_once_however_it_is_typed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    _, codes = await switched_on(browser)
    for typed in (codes[0], codes[1].lower().replace("-", " ")):
        async with browser_of(app) as other:
            await other.post("/admin/sign-in", data=SIGN_IN)
            saved(await other.post("/admin/sign-in/code", data={"sign_in_code": typed}))
        async with browser_of(app) as other:
            await other.post("/admin/sign-in", data=SIGN_IN)
            again = await other.post("/admin/sign-in/code", data={"sign_in_code": typed})
            assert again.status_code == 400
    assert "8 recovery codes left" in (await browser.get(HERE)).text
    renewed = codes_on((await browser.post(f"{HERE}/codes")).text)
    assert not set(renewed) & set(codes)
    async with browser_of(app) as other:
        await other.post("/admin/sign-in", data=SIGN_IN)
        old = await other.post("/admin/sign-in/code", data={"sign_in_code": codes[2]})
        assert old.status_code == 400
        saved(await other.post("/admin/sign-in/code", data={"sign_in_code": renewed[2]}))


async def test_who_guesses_codes_is_slowed_down_and_keeps_nobody_out(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    phone, codes = await switched_on(browser)
    async with browser_of(app) as thief:
        await thief.post("/admin/sign-in", data=SIGN_IN)
        for n in range(SECOND_FACTORS.burst):
            sent = await thief.post("/admin/sign-in/code", data={"sign_in_code": f"00000{n}"})
            assert sent.status_code == 400
        late = await thief.post("/admin/sign-in/code", data={"sign_in_code": phone.code(1)})
        assert late.status_code == 429
        assert "Too many codes" in mistakes(late.text)["code"]
        for _ in range(SECOND_FACTORS.burst + 1):  # nor by holding recovery codes up
            held = await thief.post("/admin/sign-in/code", data={"sign_in_code": "WRONG"})
        assert held.status_code == 429
    async with browser_of(app) as ann:  # a recovery code is another matter
        await ann.post("/admin/sign-in", data=SIGN_IN)
        saved(await ann.post("/admin/sign-in/code", data={"sign_in_code": codes[0]}))
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
    async with browser_of(app) as other:
        await other.post("/admin/sign-in", data=SIGN_IN)
        lasts = "SELECT expires_at - created_at AS lasts FROM owner_sessions WHERE code_due = 1"
        [row] = await query(server_of(app).database, lasts)
        assert row["lasts"] == HALF_SESSION_LIFETIME == 600_000
        await query_write(
            server_of(app).database, "UPDATE owner_sessions SET expires_at = 1 WHERE code_due = 1"
        )
        late = await other.post("/admin/sign-in/code", data={"sign_in_code": phone.code(1)})
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
        saved(await other.post("/admin/sign-in/code", data={"sign_in_code": phone.code(1)}))
        assert (await other.get("/admin/owners")).status_code == 200


async def test_another_phone_takes_over_only_with_its_first_code(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    old, _ = await switched_on(browser)
    saved(await browser.post(f"{HERE}/begin"))
    async with browser_of(app) as other:
        await other.post("/admin/sign-in", data=SIGN_IN)
        saved(await other.post("/admin/sign-in/code", data={"sign_in_code": old.code(1)}))
    new, _ = await switched_on(browser)
    async with browser_of(app) as other:
        await other.post("/admin/sign-in", data=SIGN_IN)
        await query_write(server_of(app).database, "UPDATE second_factors SET last_step = 0")
        for code, status in ((old.code(), 400), (new.code(), 303)):
            sent = await other.post("/admin/sign-in/code", data={"sign_in_code": code})
            assert sent.status_code == status


async def test_it_is_switched_off_by_its_owner_and_by_whoever_runs_the_server(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await switched_on(browser)
    saved(await browser.post(f"{HERE}/off"))
    async with browser_of(app) as other:
        saved(await other.post("/admin/sign-in", data=SIGN_IN))
    assert await query(server_of(app).database, "SELECT * FROM recovery_codes") == []
    done = await query(
        server_of(app).database, "SELECT deed FROM audit WHERE thing = 'second_factor' ORDER BY id"
    )
    assert [row["deed"] for row in done] == ["made", "deleted"]


@pytest.mark.once
def test_the_command_line_takes_it_off_for_somebody_who_has_lost_it(sqlite_url: str) -> None:
    settings = Settings(database=sqlite_url, public_url=PUBLIC_URL)

    async def prepare() -> None:
        async with running(settings) as app, browser_of(app) as browser:
            await set_up(app, browser)
            await switched_on(browser)

    asyncio.run(prepare())

    def trk(*arguments: str) -> tuple[int, str]:
        flags = ("--database", sqlite_url, "--public-url", PUBLIC_URL)
        result = CliRunner().invoke(main, (*flags, *arguments), prog_name="trk")
        return result.exit_code, result.output

    assert trk("owner", "forget-second-factor", "bob@example.org")[0] == 1
    assert trk("owner", "forget-second-factor", "Ann@example.org") == (
        0,
        "The second factor of Ann@example.org is turned off.\n",
    )
    code, said = trk("owner", "forget-second-factor", "ann@example.org")
    assert (code, "has no second factor" in said) == (1, True)
    assert "command" in trk("audit", "--thing", "second_factor", "--deed", "deleted")[1]

    async def sign_in() -> None:
        async with running(settings) as app:
            assert await query(server_of(app).database, "SELECT * FROM owner_sessions") == []
            async with browser_of(app) as browser:
                saved(await browser.post("/admin/sign-in", data=SIGN_IN))

    asyncio.run(sign_in())


async def test_where_all_need_one_an_owner_without_is_led_to_set_it_up(database_url: str) -> None:
    settings = Settings(database=database_url, public_url=PUBLIC_URL, second_factor="required")
    async with running(settings) as app, browser_of(app) as browser:
        campaign = await set_up(app, browser)
        for path in (campaign, "/admin/tokens", "/admin/account", f"{campaign}/entries.csv"):
            assert saved(await browser.get(path)) == HERE
        token = {"name": "Shop", "read": "on", "days": "7", "campaign": ""}
        assert saved(await browser.post("/admin/tokens", data=token)) == HERE
        assert await query(server_of(app).database, "SELECT id FROM api_tokens") == []
        assert "requires a second factor" in (await browser.get(HERE)).text
        await switched_on(browser)
        assert (await browser.get("/admin/tokens")).status_code == 200
        page = (await browser.get(HERE)).text
        assert "can’t be turned off" in page
        assert f'action="{HERE}/off"' not in page
        await browser.post(f"{HERE}/off")
        assert "It is on" in (await browser.get(HERE)).text


async def test_an_owner_with_a_second_factor_can_be_removed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.post("/admin/owners", data={"email": "bob@example.org"})).text
    path = re.findall(r"http://track\.test(/admin/link/[\w-]+)", page)[0]
    async with browser_of(app) as bob:
        form = {"owner_name": "Bob", "password": "seven green lamps"}
        saved(await bob.post(path, data=form))
        await switched_on(bob)
    saved(await browser.post("/admin/owners/2/remove"))
    assert await query(server_of(app).database, "SELECT * FROM second_factors") == []

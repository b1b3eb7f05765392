"""The second factor: set up, replaced, turned off, required of all, and gone with its owner."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from tests.backend.admin.owning import SIGN_IN, browser_of, mistakes, saved, set_up
from tests.backend.admin.second_factor.phone import HERE, half_signed_in, send_code, switched_on
from tests.backend.conftest import PUBLIC_URL, running
from tests.backend.stored import query, query_write
from trk.cli import main
from trk.settings import Settings
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


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


async def test_another_phone_takes_over_only_with_its_first_code(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    old, _ = await switched_on(browser)
    saved(await browser.post(f"{HERE}/begin"))
    async with half_signed_in(app) as other:
        saved(await send_code(other, old.code(1)))
    new, _ = await switched_on(browser)
    async with half_signed_in(app) as other:
        await query_write(server_of(app).database, "UPDATE second_factors SET last_step = 0")
        for code, status in ((old.code(), 400), (new.code(), 303)):
            sent = await send_code(other, code)
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

"""The first run: who may set the server up, and what comes of it."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    ANN,
    FIRST,
    browser_of,
    mistakes,
    saved,
    set_up,
    token_of,
    values,
)
from tests.backend.conftest import running
from trk.settings import Settings
from trk.store import actions, campaigns, prizes
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.once

LOCAL = "http://localhost:8000"


async def test_every_way_in_leads_to_the_first_run_until_there_is_an_owner(app: Starlette) -> None:
    async with browser_of(app) as browser:
        for path in ("/", "/admin", "/admin/sign-in", "/admin/campaigns"):
            assert saved(await browser.get(path)) == "/admin/setup"
        await set_up(app, browser)
        for path in ("/", "/admin", "/admin/"):
            assert saved(await browser.get(path)) == "/admin/campaigns"
        assert saved(await browser.get("/admin/setup")) == "/admin"


@pytest.mark.parametrize(
    ("template", "kind", "action_count", "prize_count"),
    [
        ("competition", "competition", 1, 1),
        ("coupon", "reward", 1, 0),
        ("blank", "competition", 0, 0),
    ],
)
async def test_one_page_makes_the_owner_and_a_campaign_from_a_template(
    app: Starlette, template: str, kind: str, action_count: int, prize_count: int
) -> None:
    database = server_of(app).database
    async with browser_of(app) as browser:
        path = await set_up(app, browser, template=template)
        assert "Win a bike" in (await browser.get(path)).text
    campaign = await database.read(campaigns.by_key, path.rsplit("/", 1)[1])
    assert campaign is not None
    assert (campaign.kind, campaign.timezone) == (kind, "Europe/Berlin")
    assert len(await database.read(actions.of_campaign, campaign.id)) == action_count
    assert len(await database.read(prizes.of_campaign, campaign)) == prize_count


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"owner_name": " "}, {"owner_name"}),
        ({"owner_name": "x" * 101}, {"owner_name"}),
        ({"email": "ann"}, {"email"}),
        ({"password": "123456789"}, {"password"}),
        ({"password": "x" * 1001}, {"password"}),
        ({"password": "Password123!"}, {"password"}),
        ({"password": "ann@example.org"}, {"password"}),
        ({"password": "Gleam Gleam 1"}, {"password"}),
        ({"name": ""}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"timezone": "Mars/Olympus"}, {"timezone"}),
        ({"template": "lottery"}, {"template"}),
        (dict.fromkeys([*ANN, *FIRST], ""), {"owner_name", "email", "password", "template"}),
    ],
)
async def test_mistakes_are_told_at_their_fields_and_nothing_typed_is_lost(
    sqlite_app: Starlette, fields: dict[str, str], wrong: set[str]
) -> None:
    async with browser_of(sqlite_app) as browser:
        form = {**ANN, **FIRST, "token": await token_of(sqlite_app), **fields}
        answer = await browser.post("/admin/setup", data=form)
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == wrong
        shown = values(answer.text)
        for field, typed in form.items():
            if field == "password":
                assert shown[field] == ""
            elif field != "template" or typed == "competition":
                assert shown[field] == typed
        assert await server_of(sqlite_app).database.read(select, "SELECT id FROM owners") == []
        assert await server_of(sqlite_app).database.read(select, "SELECT id FROM campaigns") == []


async def test_of_two_who_set_it_up_at_once_one_becomes_the_first_owner(app: Starlette) -> None:
    token = await token_of(app)
    async with browser_of(app) as ann, browser_of(app) as bob:
        answers = await asyncio.gather(
            ann.post("/admin/setup", data={**ANN, **FIRST, "token": token}),
            bob.post(
                "/admin/setup", data={**ANN, **FIRST, "email": "bob@example.org", "token": token}
            ),
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    [late] = [answer for answer in answers if answer.status_code == 409]
    assert "already has an owner" in late.text
    assert "set-cookie" not in late.headers
    for table in ("owners", "campaigns", "owner_sessions"):
        rows = await server_of(app).database.read(select, f"SELECT 1 AS one FROM {table}")
        assert len(rows) == 1


@pytest.mark.parametrize(
    ("public_url", "client", "address", "headers"),
    [
        ("http://track.test", "127.0.0.1", "http://track.test", {}),
        # A proxy on the same machine that does not say whom it serves.
        ("https://track.test", "127.0.0.1", LOCAL, {}),
        (LOCAL, "127.0.0.1", LOCAL, {"x-forwarded-for": "9.9.9.9"}),
        (LOCAL, "127.0.0.1", LOCAL, {"forwarded": "for=9.9.9.9"}),
        # A name that leads to this machine, in a page from elsewhere.
        (LOCAL, "127.0.0.1", "http://evil.test:8000", {}),
        (LOCAL, "192.168.1.5", LOCAL, {}),
    ],
)
async def test_from_elsewhere_nobody_sets_it_up_without_the_servers_link(
    sqlite_url: str, public_url: str, client: str, address: str, headers: dict[str, str]
) -> None:
    async with running(Settings(database=sqlite_url, public_url=public_url)) as app:
        transport = httpx.ASGITransport(app=app, client=(client, 1000))
        async with httpx.AsyncClient(transport=transport, base_url=address) as browser:
            for token in ("", "x", "\0"):
                form = {**ANN, **FIRST, "token": token}
                for answer in (
                    await browser.get("/admin/setup", params={"token": token}, headers=headers),
                    await browser.post("/admin/setup", data=form, headers=headers),
                ):
                    assert answer.status_code == 403
                    assert "Open the setup link" in answer.text
            token = await token_of(app)
            page = await browser.get("/admin/setup", params={"token": token}, headers=headers)
            assert values(page.text)["token"] == token


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
async def test_on_the_machine_itself_no_link_is_needed(sqlite_url: str, host: str) -> None:
    async with running(Settings(database=sqlite_url, public_url=LOCAL)) as app:
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as browser:
            assert (await browser.get("/admin/setup")).status_code == 200
            saved(await browser.post("/admin/setup", data={**ANN, **FIRST}))


async def test_the_cookie_is_for_https_only_where_the_server_is(sqlite_url: str) -> None:
    async with running(Settings(database=sqlite_url, public_url="https://track.test")) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://track.test") as browser:
            form = {**ANN, **FIRST, "token": await token_of(app)}
            answer = await browser.post("/admin/setup", data=form)
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_link_to_set_up_is_void_once_there_is_an_owner(app: Starlette) -> None:
    async with browser_of(app) as browser:
        await set_up(app, browser)
    assert await server_of(app).database.read(select, "SELECT purpose FROM invitations") == []

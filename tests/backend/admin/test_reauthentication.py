"""What asks for the password again after 15 minutes, and that nothing typed is lost by it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from pyotp import TOTP
from starlette.applications import Starlette

from tests.backend.admin.owning import ANN, SIGN_IN, browser_of, mistakes, saved, set_up, values
from tests.backend.stored import query, query_write
from trk.clock import now_ms
from trk.core.second_factor import PROOF_LIFETIME
from trk.store.database import Database
from trk.web import admin
from trk.web.admin import reauthentication, sign_in
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

PROOF = {"proof_password": ANN["password"]}
TOKEN = {"name": "Shop <b>", "read": "on", "personal": "on", "days": "7", "campaign": ""}


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in more than 15 minutes ago."""
    async with browser_of(app) as client:
        await set_up(app, client)
        await left(app)
        yield client


def _db(app: Starlette) -> Database:
    return server_of(app).database


async def left(app: Starlette) -> None:
    """All browsers are left alone for 15 minutes."""
    await query_write(
        _db(app), f"UPDATE owner_sessions SET proved_at = {now_ms() - PROOF_LIFETIME}"
    )


async def campaign_of(app: Starlette) -> str:
    [row] = await query(_db(app), "SELECT key FROM campaigns")
    return str(row["key"])


async def test_a_form_is_carried_over_the_question_and_then_takes_effect(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    asked = await browser.post("/admin/tokens", data=TOKEN)
    assert asked.status_code == 403
    assert "Confirm it’s you" in asked.text
    assert await query(_db(app), "SELECT id FROM api_tokens") == []
    carried = {name: value for name, value in values(asked.text).items() if name in TOKEN}
    assert carried == TOKEN
    wrong = {**carried, "proof_password": "wrong horse"}
    again = await browser.post("/admin/tokens", data=wrong)
    assert again.status_code == 400
    assert "not your password" in mistakes(again.text)["password"]
    assert "wrong horse" not in again.text
    assert await query(_db(app), "SELECT id FROM api_tokens") == []
    made = await browser.post("/admin/tokens", data={**values(again.text), **PROOF})
    assert made.status_code == 200
    assert 'id="token"' in made.text
    [row] = await query(_db(app), "SELECT name, scopes FROM api_tokens")
    assert (row["name"], row["scopes"]) == ("Shop <b>", "read personal")
    # For another 15 minutes nothing is asked.
    assert (await browser.post("/admin/tokens", data=TOKEN)).status_code == 200
    [failure] = await query(_db(app), "SELECT * FROM audit WHERE deed = 'sign_in_failed'")
    assert (failure["thing"], failure["by_kind"]) == ("password", "owner")


@pytest.mark.parametrize(
    "path",
    [
        "/admin/tokens",
        "/admin/tokens/1/revoke",
        "/admin/owners",
        "/admin/owners/2/remove",
        "/admin/campaigns/{key}/entrants/{entrant}/erase",
        "/admin/campaigns/{key}/webhooks/new",
        "/admin/campaigns/{key}/webhooks/1/secret",
        "/admin/campaigns/{key}/install/secret",
        "/admin/account/second-factor/begin",
        "/admin/account/second-factor/codes",
        "/admin/account/second-factor/off",
    ],
)
async def test_these_do_nothing_without_the_password_and_everything_else_asks_for_none(
    app: Starlette, browser: httpx.AsyncClient, path: str
) -> None:
    key = await campaign_of(app)
    here = path.format(key=key, entrant=1)
    method = "GET" if path.endswith("install/secret") else "POST"
    asked = await browser.request(method, here)
    assert asked.status_code in (200, 403)
    assert "Confirm it’s you" in asked.text
    for not_asked in ("/admin/tokens", "/admin/owners", f"/admin/campaigns/{key}/settings"):
        assert "Confirm it’s you" not in (await browser.get(not_asked)).text
    saved(await browser.post(f"/admin/campaigns/{key}/close"))
    # The question is not gone round by a session's end either.
    await query_write(_db(app), "UPDATE owner_sessions SET expires_at = 1")
    late = await browser.request(method, here, data=PROOF)
    assert late.status_code in (303, 403)
    assert "Confirm it’s you" not in late.text
    assert ANN["password"] not in late.text


def test_no_route_is_forgotten() -> None:
    """Each that makes, shows or replaces a secret, or lets somebody in or out, is among these."""
    proved = {
        f"{route.method} {route.path}"
        for family in admin._FAMILIES
        for route in family.TABLE
        if route.proved
    }
    assert proved == {
        "POST /tokens",
        "POST /tokens/{token}/revoke",
        "POST /owners",
        "POST /owners/{id}/remove",
        "POST /campaigns/{key}/entrants/{entrant}/erase",
        "POST /campaigns/{key}/webhooks/new",
        "POST /campaigns/{key}/webhooks/{webhook}/secret",
        "GET /campaigns/{key}/install/secret",
        "POST /account/second-factor/begin",
        "GET /account/second-factor/new",
        "POST /account/second-factor/codes",
        "POST /account/second-factor/off",
        "POST /prove",
    }


async def test_a_page_opens_after_the_question(app: Starlette, browser: httpx.AsyncClient) -> None:
    path = f"/admin/campaigns/{await campaign_of(app)}/install/secret"
    [campaign] = await query(_db(app), "SELECT secret FROM campaigns")
    asked = await browser.get(path)
    assert campaign["secret"] not in asked.text
    wrong = {**values(asked.text), "proof_password": "wrong horse"}
    again = await browser.post("/admin/prove", data=wrong)
    assert again.status_code == 400
    assert saved(await browser.post("/admin/prove", data={**values(again.text), **PROOF})) == path
    shown = await browser.get(path)
    assert campaign["secret"] in shown.text
    [entry] = await query(_db(app), "SELECT * FROM audit WHERE deed = 'shown'")
    assert entry["thing"] == "secret"
    # Nowhere else, and to nowhere else.
    install = (await browser.get(path.removesuffix("/secret"))).text
    assert campaign["secret"] not in install
    await left(app)
    for target in ("https://evil.example/", "//evil.example", "/admin/../x\\", "/", ""):
        there = await browser.post("/admin/prove", data={**PROOF, "next": target})
        assert saved(there) == "/admin/campaigns"


async def test_with_a_second_factor_the_code_is_asked_as_well(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    there = "/admin/account/second-factor"
    asked = await browser.post(f"{there}/begin")
    assert 'name="proof_code"' not in asked.text
    saved(await browser.post(f"{there}/begin", data=PROOF))
    page = (await browser.get(f"{there}/new")).text
    otp = TOTP(re.findall(r'<code id="key">([A-Z2-7-]+)<', page)[0].replace("-", ""))
    now = now_ms() // 30_000
    assert (await browser.post(f"{there}/new", data={"code": otp.generate_otp(now)})).is_success
    await left(app)
    asked = await browser.post("/admin/owners", data={"email": "bob@example.org"})
    assert 'name="proof_code"' in asked.text
    form = values(asked.text)
    for given, field in (
        (PROOF, "code"),
        ({**PROOF, "proof_code": otp.generate_otp(now)}, "code"),  # used already
        ({"proof_password": "wrong", "proof_code": otp.generate_otp(now + 1)}, "password"),
    ):
        wrong = await browser.post("/admin/owners", data={**form, **given})
        assert set(mistakes(wrong.text)) == {field}
    assert await query(_db(app), "SELECT * FROM invitations") == []
    # The wrong password has not used the code up.
    right = {**form, **PROOF, "proof_code": otp.generate_otp(now + 1)}
    done = await browser.post("/admin/owners", data=right)
    assert done.status_code == 200, mistakes(done.text)
    assert len(await query(_db(app), "SELECT * FROM invitations")) == 1


async def test_another_password_does_not_stand_in_for_the_code(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    changed = {"current": ANN["password"], "password": "seven green lamps"}
    saved(await browser.post("/admin/account/password", data=changed))
    assert (await browser.post("/admin/tokens", data=TOKEN)).status_code == 200
    await query_write(
        _db(app), "INSERT INTO second_factors (owner_id, secret, last_step) VALUES (1, 'A', 0)"
    )
    again = {"current": changed["password"], "password": ANN["password"]}
    saved(await browser.post("/admin/account/password", data=again))
    asked = await browser.post("/admin/tokens", data=TOKEN)
    assert asked.status_code == 403
    assert 'name="proof_code"' in asked.text


async def test_who_has_just_signed_in_is_not_asked_again(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with browser_of(app) as other:
        saved(await other.post("/admin/sign-in", data=SIGN_IN))
        assert (await other.post("/admin/tokens", data=TOKEN)).status_code == 200
    # The other browser's password is not this one's.
    assert (await browser.post("/admin/tokens", data=TOKEN)).status_code == 403


async def test_it_is_asked_from_15_minutes_on_and_after_a_clock_that_went_backwards(
    app: Starlette, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await query_write(_db(app), "UPDATE owner_sessions SET proved_at = 1000000")
    monkeypatch.setattr(sign_in, "now_ms", lambda: 1_000_000)
    for now, status in (
        (1_000_000 + PROOF_LIFETIME - 1, 200),
        (1_000_000 + PROOF_LIFETIME, 403),
        (999_999, 403),
    ):
        monkeypatch.setattr(reauthentication, "now_ms", lambda now=now: now)
        assert (await browser.post("/admin/tokens", data=TOKEN)).status_code == status


async def test_guessing_here_is_limited_as_signing_in_is(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    statuses = [
        (await browser.post("/admin/tokens", data={**TOKEN, "proof_password": "x"})).status_code
        for _ in range(12)
    ]
    assert statuses == [400] * 10 + [429] * 2
    assert await query(_db(app), "SELECT id FROM api_tokens") == []

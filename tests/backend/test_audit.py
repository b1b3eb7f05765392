"""The audit: each deed is noted once, by whichever way it is done, with who did it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from tests.backend.admin.owning import ANN, SIGN_IN, browser_of, form_at, key_of, saved, signed_in
from tests.backend.calls import api_with
from tests.backend.conftest import PUBLIC_URL
from tests.backend.stored import beacon_id, query, query_write
from trk.cli import main
from trk.core.audit import KEPT, TOGETHER
from trk.core.drafts import CampaignDraft
from trk.core.webhook import EVENTS
from trk.services.campaigns import make_campaign
from trk.services.jobs.retention import Retention
from trk.store.database import Database
from trk.store.errors import Duplicate
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ADMIN = f"{PUBLIC_URL}/admin"


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is her first campaign."""
    async with signed_in(app) as client:
        yield client


async def noted(app: Starlette) -> list[tuple[str, str, str]]:
    """Who did what to what, in order."""
    rows = await query(server_of(app).database, "SELECT * FROM audit ORDER BY id")
    return [(row["by_kind"], row["deed"], row["thing"]) for row in rows]


async def since(app: Starlette, before: int) -> list[tuple[str, str]]:
    """What Ann did after so many entries."""
    entries = (await noted(app))[before:]
    assert {by for by, _, _ in entries} <= {"owner"}
    return [(deed, thing) for _, deed, thing in entries]


async def test_what_an_owner_does_on_the_pages_is_noted(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    before = len(await noted(app))
    path, settings = "/actions/new", await form_at(browser, "/settings")
    saved(await browser.post("/settings", data={**settings, "name": "Win a boat"}))
    for name in ("VIP", "Buy"):
        form = {**await form_at(browser, path), "title": name, "tracking_name": name}
        saved(await browser.post(path, data=form))
    rows = await query(server_of(app).database, "SELECT id FROM actions ORDER BY id DESC LIMIT 1")
    action = f"/actions/{rows[0]['id']}"
    saved(await browser.post(f"{action}/move", data={"to": "up"}))
    saved(await browser.post(action, data={**await form_at(browser, action), "worth": "7"}))
    saved(await browser.post(f"{action}/delete"))
    saved(await browser.post("/prizes", data={"title": "Boat", "winners": "1"}))
    hook = {"url": "https://shop.example/secret-path?key=1", EVENTS[0]: "on"}
    assert (await browser.post("/webhooks/new", data=hook)).status_code == 200
    saved(await browser.post("/close"))
    saved(await browser.post("/reopen"))
    saved(await browser.post("/copy"))
    token = {"name": "Shop", "read": "on", "days": "7", "campaign": ""}
    assert (await browser.post(f"{ADMIN}/tokens", data=token)).status_code == 200
    saved(await browser.post(f"{ADMIN}/tokens/1/revoke"))
    invited = await browser.post(f"{ADMIN}/owners", data={"email": "bob@example.org"})
    assert invited.status_code == 200
    withdrawal = await form_at(browser, f"{ADMIN}/owners")
    saved(await browser.post(f"{ADMIN}/owners/withdraw", data=withdrawal))
    saved(await browser.post(f"{ADMIN}/account", data={"owner_name": "Annie"}))
    changed = {"current": ANN["password"], "password": "seven green lamps"}
    saved(await browser.post(f"{ADMIN}/account/password", data=changed))
    assert (await browser.get("/entries.csv")).status_code == 200
    saved(await browser.post("/delete"))
    saved(await browser.post(f"{ADMIN}/sign-out"))
    assert await since(app, before) == [
        ("changed", "campaign"),
        ("made", "action"),
        ("made", "action"),
        ("changed", "action"),
        ("changed", "action"),
        ("deleted", "action"),
        ("made", "prize"),
        ("made", "webhook"),
        ("closed", "campaign"),
        ("reopened", "campaign"),
        ("made", "campaign"),
        ("made", "token"),
        ("deleted", "token"),
        ("made", "invitation"),
        ("deleted", "invitation"),
        ("changed", "owner"),
        ("changed", "password"),
        ("exported", "list"),
        ("deleted", "campaign"),
        ("signed_out", "owner"),
    ]
    [entry] = await query(server_of(app).database, "SELECT * FROM audit WHERE thing = 'webhook'")
    assert entry["about"] == "shop.example"
    assert entry["campaign_key"] == key_of(browser)


async def test_the_first_run_and_signing_in_are_noted(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    assert (await noted(app))[:2] == [("owner", "made", "owner"), ("owner", "made", "campaign")]
    async with browser_of(app) as phone:
        saved(await phone.post(f"{ADMIN}/sign-in", data=SIGN_IN))
    rows = await query(server_of(app).database, "SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (rows[0]["deed"], rows[0]["by_id"], rows[0]["by_name"]) == ("signed_in", 1, "Ann")


async def test_failures_to_sign_in_are_counted_and_never_hold_what_was_typed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    sentinel = "hunter2-typed-by-mistake"
    for email in (ANN["email"], "ANN@example.org", "nobody@example.org", sentinel, "a\0b"):
        wrong = {"sign_in_email": email, "sign_in_password": sentinel}
        assert (await browser.post(f"{ADMIN}/sign-in", data=wrong)).status_code == 400
    rows = await query(database, "SELECT * FROM audit WHERE deed = 'sign_in_failed' ORDER BY id")
    assert [(row["about"], row["times"]) for row in rows] == [("ann@example.org", 2), ("", 3)]
    assert {row["by_kind"] for row in rows} == {"nobody"}
    assert sentinel not in str([dict(row) for row in rows])
    # After an hour there is a new entry.
    await query_write(database, f"UPDATE audit SET noted_at = noted_at - {TOGETHER}")
    again = {**SIGN_IN, "sign_in_password": sentinel}
    assert (await browser.post(f"{ADMIN}/sign-in", data=again)).status_code == 400
    rows = await query(database, "SELECT * FROM audit WHERE deed = 'sign_in_failed' ORDER BY id")
    assert [row["times"] for row in rows] == [2, 3, 1]
    page = (await browser.get(f"{ADMIN}/audit", params={"deed": "sign_in_failed"})).text
    assert "3 times in an hour" in page
    assert "With an e-mail that belongs to no owner" in page


async def test_what_a_token_does_is_noted_as_the_token_s(app: Starlette) -> None:
    async with await api_with(
        app, "read", "personal", "write", "beacons", "draw", "accounts"
    ) as api:
        assert (await api.post("/campaigns", json={"name": "Boat", "key": "y2sB7"})).is_success
        one = "/campaigns/y2sB7"
        assert (await api.patch(one, json={"name": "Win a boat"})).is_success
        assert (
            await api.post(f"{one}/actions", json={"title": "VIP", "tracking_name": "VIP"})
        ).is_success
        assert (await api.post(f"{one}/prizes", json={"title": "Boat"})).is_success
        pair = {"email": "eve@example.org", "name": "Eve Sentinel", "pairs": [["VIP", None]]}
        await api.post(f"{one}/beacons", json=pair)
        await server_of(app).database.write(_enter, "y2sB7")
        [entrant] = await query(server_of(app).database, "SELECT id FROM entrants")
        call = {"id": beacon_id(1), "email": "eve@example.org", "pairs": [["VIP"]]}
        counted = await api.post(f"{one}/beacons", json=call)
        assert counted.status_code == 200, counted.text
        reason = {"reason": "Sentinel reason"}
        there = f"{one}/entrants/{entrant['id']}"
        assert (await api.post(f"{there}/block", json=reason)).is_success
        assert (await api.post(f"{there}/unblock", json=reason)).is_success
        assert (await api.get(f"{one}/entrants.csv")).is_success
        assert (await api.put(f"{one}/draw/plan", json={"kind": "chosen"})).is_success
        assert (await api.post(f"{one}/close")).is_success
        person = {"email": "eve@example.org"}
        assert (await api.get("/entrants", params=person)).is_success
        drawn = await api.post(f"{one}/draw", json={"seed": "7"})
        assert drawn.is_success, drawn.text
        assert (await api.get(f"{one}/draw/export")).is_success
        assert (await api.delete("/entrants", params=person)).is_success
        assert (await api.delete(one)).is_success
    entries = await query(server_of(app).database, "SELECT * FROM audit ORDER BY id")
    assert [(row["deed"], row["thing"]) for row in entries if row["by_kind"] == "token"] == [
        ("made", "campaign"),
        ("changed", "campaign"),
        ("made", "action"),
        ("made", "prize"),
        ("blocked", "entrant"),
        ("unblocked", "entrant"),
        ("exported", "list"),
        ("changed", "draw"),
        ("closed", "campaign"),
        ("exported", "entrant"),
        ("drew", "draw"),
        ("exported", "draw"),
        ("erased", "entrant"),
        ("deleted", "campaign"),
    ]
    assert {row["by_name"] for row in entries if row["by_kind"] == "token"} == {"robot"}
    # Entrants are numbers here.
    for personal in ("Eve", "eve@example.org", "Sentinel"):
        assert personal not in str([dict(row) for row in entries])


async def _enter(tx: Any, key: str) -> None:
    [row] = await tx.fetch("SELECT id FROM campaigns WHERE key = $1", key)
    await tx.fetch(
        "INSERT INTO entrants (campaign_id, name, email, email_folded, created_at) "
        "VALUES ($1, 'Eve Sentinel', 'eve@example.org', 'eve@example.org', 1)",
        row["id"],
    )


async def test_what_is_rolled_back_is_neither_noted_nor_told_in_the_log(
    app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "trk.audit")
    database = server_of(app).database
    await database.write(make_campaign, CampaignDraft("Boat", key="y2sB7"))
    with pytest.raises(Duplicate):
        await database.write(make_campaign, CampaignDraft("Another", key="y2sB7"))
    assert len(await noted(app)) == 1
    assert [record.getMessage() for record in caplog.records if record.name == "trk.audit"] == [
        "nobody: made campaign 1 of campaign y2sB7"
    ]


async def test_the_log_has_who_did_what_without_names(
    app: Starlette, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "trk.audit")
    await browser.post(f"{ADMIN}/owners", data={"email": "bob@example.org"})
    wrong = {**SIGN_IN, "sign_in_password": "wrong"}
    for _ in range(3):
        await browser.post(f"{ADMIN}/sign-in", data=wrong)
    told = [record for record in caplog.records if record.name == "trk.audit"]
    assert [record.getMessage() for record in told] == [
        "owner 1: made invitation",
        "nobody: sign_in_failed owner 1",
    ]
    assert told[0].fields["by_id"] == 1  # type: ignore[attr-defined]
    assert not {"Ann", "bob@example.org"} & {str(record.__dict__) for record in told}


async def test_what_one_request_did_is_not_the_next_one_s(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    assert (await browser.get(f"{ADMIN}/owners")).status_code == 200
    async with browser_of(app) as stranger:  # in the same task as Ann's request
        await stranger.post(f"{ADMIN}/sign-in", data={**SIGN_IN, "sign_in_password": "wrong"})
    assert (await noted(app))[-1] == ("nobody", "sign_in_failed", "owner")


async def test_the_audit_is_kept_for_a_year(database: Database) -> None:
    await database.write(make_campaign, CampaignDraft("Boat", key="y2sB7"))
    [entry] = await query(database, "SELECT noted_at FROM audit")
    assert await Retention(database, 0).sweep(entry["noted_at"] + KEPT) == 0
    assert await Retention(database, 0).sweep(entry["noted_at"] + KEPT + 1) == 1
    assert await query(database, "SELECT id FROM audit") == []


@pytest.mark.once
def test_the_command_line_is_noted_and_shows_the_audit(sqlite_url: str) -> None:
    def trk(*arguments: str) -> str:
        result = CliRunner().invoke(main, ("--database", sqlite_url, *arguments), prog_name="trk")
        assert result.exit_code == 0, result.output
        return result.output

    trk("campaign", "create", "Win a boat", "--key", "y2sB7")
    trk("token", "create", "Shop")
    trk("token", "revoke", "1")
    lines = [line.split("\t") for line in trk("audit").splitlines()]
    assert [(line[1], line[3], line[4], line[5]) for line in lines] == [
        ("command", "made", "campaign 1", "Win a boat"),
        ("command", "made", "token 1", "Shop"),
        ("command", "deleted", "token 1", "Shop"),
    ]
    assert len(trk("audit", "--deed", "deleted", "--days", "1").splitlines()) == 1
    assert '"thing":"campaign"' in trk("audit", "--json", "--campaign", "y2sB7")
    assert trk("audit", "--by", "token") == ""

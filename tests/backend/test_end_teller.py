"""Owners are told that a campaign is over: once, and of each end that stays."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.announcing import LATER, ONE
from tests.backend.drawing import end_now
from tests.backend.stored import campaign_in, query, query_write
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.services.jobs.end_teller import EndTeller
from trk.store import campaigns, ends
from trk.store.program import Transaction
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def ended_mails(app: Starlette) -> list[dict[str, Any]]:
    rows = await query(
        server_of(app).database,
        "SELECT recipient, subject, body FROM mails WHERE topic LIKE 'ended %' ORDER BY id",
    )
    return [dict(row) for row in rows]


async def with_owners(app: Starlette) -> EndTeller:
    """Two owners, and the job that writes to them."""
    for name in ("Ann", "Bob"):
        await query_write(
            server_of(app).database,
            "INSERT INTO owners (name, email, email_folded, password_hash, created_at) VALUES "
            f"('{name}', '{name}@example.org', '{name.lower()}@example.org', 'x', 1)",
        )
    at = server_of(app)
    return EndTeller(at.database, at.mailer, at.settings.public_url)


@pytest.mark.parametrize("kind", ["competition", "reward"])
async def test_owners_are_told_once_that_a_campaign_is_over(
    app: Starlette, api: httpx.AsyncClient, kind: str
) -> None:
    teller = await with_owners(app)
    fields: dict[str, Any] = {"kind": kind, "key": "y2sB7", "name": "Win"}
    assert (await api.post("/campaigns", json=fields)).status_code == 201
    assert (
        await api.post("/campaigns", json={**fields, "key": "draft1", "draft": True})
    ).is_success
    await query_write(
        server_of(app).database, "UPDATE campaigns SET ends_at = 5 WHERE key = 'draft1'"
    )
    await teller.work()
    assert await ended_mails(app) == []
    await end_now(app)
    await asyncio.gather(teller.work(), teller.work())
    await teller.work()
    written = await ended_mails(app)
    assert [mail["recipient"] for mail in written] == ["Ann@example.org", "Bob@example.org"]
    assert {mail["subject"] for mail in written} == {"Ended: Win"}
    assert "http://track.test/admin/campaigns/y2sB7" in written[0]["body"]
    assert ("draw the winners" in written[0]["body"]) is (kind == "competition")
    # Opened again, it has another end, of which they are told as well.
    assert (await api.patch(ONE, json={"ends_at": LATER})).is_success
    await teller.work()
    assert len(await ended_mails(app)) == 2
    assert (await api.post(f"{ONE}/close")).is_success
    await teller.work()
    await teller.work()
    assert [mail["subject"] for mail in (await ended_mails(app))[2:]] == ["Closed: Win"] * 2


async def test_of_an_end_that_was_taken_back_at_this_very_moment_nobody_is_told(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await with_owners(app)
    await api.post("/campaigns", json={"key": "y2sB7", "name": "Win"})
    database = server_of(app).database
    campaign = await campaign_in(database)
    assert not await database.write(ends.tell, campaign, "http://track.test", now_ms())
    assert await ended_mails(app) == []
    await end_now(app)
    for _ in range(3):
        await database.write(ends.tell, campaign, "http://track.test", now_ms())
    assert len(await ended_mails(app)) == 2


async def test_a_campaign_that_is_deleted_while_it_is_read_is_not_due(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields: dict[str, Any] = {"kind": "reward", "key": "y2sB7", "name": "Win"}
    assert (await api.post("/campaigns", json=fields)).status_code == 201
    await end_now(app)

    async def deleted_meanwhile(tx: Transaction, keys: Collection[str]) -> dict[str, Campaign]:
        assert set(keys) == {"y2sB7"}
        return {}

    monkeypatch.setattr(campaigns, "by_keys", deleted_meanwhile)
    assert await server_of(app).database.read(ends.due, now_ms()) == []

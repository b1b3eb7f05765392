"""Limits that protect: several servers on one database count together, and a restart forgives
nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import trk
from tests.backend.conftest import PUBLIC_URL, api_of, running
from tests.backend.stored import query, query_write
from trk.clock import now_ms
from trk.core.rate import (
    ENTERING,
    SECOND_FACTORS,
    SIGN_INS_FROM_ADDRESS,
    SIGN_INS_OF_ACCOUNT,
    Limit,
)
from trk.services.jobs.retention import Retention
from trk.settings import Settings
from trk.store import limits
from trk.store.database import Database
from trk.web import protection
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

LIMIT = Limit(burst=10, per_second=1 / 30)
YEAR = 365 * 24 * 3_600_000
ANN = {"name": "Ann", "email": "ann@example.org"}


def browser_from(address: str, app: Starlette) -> httpx.AsyncClient:
    """A browser on the server's own pages, whose requests come from this address."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=(address, 1)),
        base_url=PUBLIC_URL,
        headers={"sec-fetch-site": "same-origin"},
    )


@pytest.fixture
async def nodes(database_url: str) -> AsyncIterator[list[Starlette]]:
    """Two servers on one database."""
    settings = Settings(database=database_url, public_url=PUBLIC_URL)
    async with running(settings) as first, running(settings) as second:
        yield [first, second]


async def test_two_servers_let_no_more_through_than_one(nodes: list[Starlette]) -> None:
    waits = await asyncio.gather(
        *[
            protection.wait(server_of(nodes[n % 2]), LIMIT, "signing in to", "ann")
            for n in range(24)
        ]
    )
    assert sum(wait == 0 for wait in waits) == LIMIT.burst
    assert all(0 < wait <= 30 for wait in waits if wait)
    for node in nodes:
        assert await protection.look(server_of(node), LIMIT, "signing in to", "ann") > 0
        assert await protection.look(server_of(node), LIMIT, "signing in to", "ben") == 0
        assert await protection.look(server_of(node), LIMIT, "code of", "ann") == 0
    stored = await query(server_of(nodes[0]).database, "SELECT name FROM limits")
    assert len(stored) == 1
    assert re.fullmatch(r"[0-9a-f]{32}", stored[0]["name"])


async def test_passwords_are_guessed_no_quicker_on_two_servers(nodes: list[Starlette]) -> None:
    form = {"sign_in_email": "ann@example.org", "sign_in_password": "wrong"}
    told = []
    for n in range(SIGN_INS_OF_ACCOUNT.burst + 2):
        transport = httpx.ASGITransport(app=nodes[n % 2], client=(f"203.0.113.{n}", 1))
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as guesser:
            told.append((await guesser.post("/admin/sign-in", data=form)).status_code)
    assert told == [400] * SIGN_INS_OF_ACCOUNT.burst + [429] * 2


async def test_a_household_signs_in_and_enters_as_one(nodes: list[Starlette]) -> None:
    async with await api_of(nodes[0]) as owner:
        await owner.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7"})
    for what, limit in (("entering from", ENTERING), ("signing in from", SIGN_INS_FROM_ADDRESS)):
        await protection.wait(server_of(nodes[0]), limit, what, "2a00:1450::/56")
    await query_write(server_of(nodes[0]).database, "UPDATE limits SET full_at = full_at + 3600000")
    told = []
    for address in ("2a00:1450:0:ff::1", "2a00:1450:0:100::1"):
        async with browser_from(address, nodes[1]) as browser:
            entered = await browser.post("/y2sB7/enter", data=ANN)
            form = {"sign_in_email": "ann@example.org", "sign_in_password": "wrong"}
            signed = await browser.post("/admin/sign-in", data=form)
            told.append((entered.status_code, signed.status_code))
    assert told == [(429, 429), (303, 400)]


async def test_who_enters_too_often_at_one_server_waits_at_the_other(
    nodes: list[Starlette],
) -> None:
    async with await api_of(nodes[0]) as owner:
        await owner.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7"})
    await protection.wait(server_of(nodes[0]), ENTERING, "entering from", "9.9.9.9")
    # To use up 300 takes so long that it fills again meanwhile.
    await query_write(server_of(nodes[0]).database, "UPDATE limits SET full_at = full_at + 3600000")
    told = []
    for address in ("9.9.9.9", "9.9.9.8"):
        async with browser_from(address, nodes[1]) as browser:
            entered = await browser.post("/y2sB7/enter", data=ANN)
            told.append(entered.status_code)
    assert told == [429, 303]


async def test_a_restart_forgives_nothing(database_url: str) -> None:
    settings = Settings(database=database_url, public_url=PUBLIC_URL)
    burst, waits = range(SECOND_FACTORS.burst), []
    for _ in range(2):
        async with running(settings) as app:
            node = server_of(app)
            waits += [await protection.wait(node, SECOND_FACTORS, "code of", "1") for _ in burst]
    assert waits[: len(burst)] == [0] * len(burst)
    assert all(waits[len(burst) :])


async def test_a_bucket_fills_again_and_a_clock_that_was_ahead_locks_nobody_out(
    database: Database,
) -> None:
    now = now_ms()
    for _ in range(LIMIT.burst):
        assert await database.write(limits.wait, LIMIT, "ann", now + YEAR) == 0
    assert await database.write(limits.wait, LIMIT, "ann", now + YEAR) == pytest.approx(30)
    # Back in time, it waits for as long as for an empty bucket.
    assert await database.write(limits.wait, LIMIT, "ann", now) == pytest.approx(30)
    assert await database.write(limits.wait, LIMIT, "ben", now) == 0
    for _ in range(LIMIT.burst - 1):
        await database.write(limits.wait, LIMIT, "ben", now)
    assert await database.write(limits.wait, LIMIT, "ben", now + 29_999) > 0
    assert await database.write(limits.wait, LIMIT, "ben", now + 30_000) == 0


async def test_full_buckets_are_erased_and_those_that_a_wrong_clock_has_left(
    database: Database,
) -> None:
    now = now_ms()
    for name, at in (("full", now - 60_000), ("filling", now + 60_000), ("ahead", now + YEAR)):
        await database.write(limits.wait, LIMIT, name, at)
    await Retention(database, 0).work()
    assert [row["name"] for row in await query(database, "SELECT name FROM limits")] == ["filling"]


def test_only_limits_of_a_server_s_own_load_are_its_own() -> None:
    web = Path(trk.__file__).parent / "web"
    users = {
        str(file.relative_to(web))
        for file in web.rglob("*.py")
        if re.search(r"rates\.(wait|look|count)\(", file.read_text("utf-8"))
    }
    assert users == {"beacon.py", "api/guard.py", "protection.py"}

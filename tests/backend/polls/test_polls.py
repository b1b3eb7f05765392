"""A poll though nothing has changed: what it still does, whom it tells nothing, what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, VISITOR, bring, linked, make, new_ticket
from tests.backend.conftest import api_of, client_of
from tests.backend.polls.polling import STATUS, Page, unlock
from tests.backend.stored import NOW, campaign_with, enter, query, query_write, statements, visitor
from trk.core.keys import token_hash
from trk.services import status
from trk.services.status import StatusReader
from trk.store.database import Database
from trk.store.entrant_sessions import NOTED_EVERY
from trk.store.errors import Unavailable
from trk.store.program import Transaction
from trk.store.status import Poll, Session, rules, sessions
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_another_campaigns_session_and_etag_are_worth_nothing(
    app: Starlette, browser: httpx.AsyncClient, page: Page
) -> None:
    async with await api_of(app) as owner:
        await owner.post("/campaigns", json={"name": "Win a car", "key": "other1"})
    known = (await browser.get(STATUS)).headers["etag"]
    session = {"cookie": f"trk_other1={browser.cookies['trk_y2sB7']}"}
    async with client_of(app, if_none_match=known, **session) as other:
        answer = await other.get("/other1/status")
    assert (answer.status_code, answer.json()["entered"]) == (200, False)


async def test_a_poll_with_a_ticket_still_redeems_it_though_nothing_has_changed(
    app: Starlette, browser: httpx.AsyncClient, page: Page
) -> None:
    ticket = new_ticket()
    await browser.get(f"{PAGE}?visitor={ticket}")
    await page.same()
    await bring(app, ticket, "b" * 32)
    assert (await page.poll()).status_code == 200
    assert await linked(app) == [(VISITOR, "Ann"), ("b" * 32, "Ann")]
    await page.same()


async def test_a_poll_still_links_a_visitor_who_is_free_though_nothing_has_changed(
    app: Starlette, browser: httpx.AsyncClient, page: Page
) -> None:
    database = server_of(app).database
    await query_write(database, "DELETE FROM links")
    await page.poll()
    assert await linked(app) == [(VISITOR, "Ann")]
    await page.same()


async def test_a_poll_still_notes_once_a_day_that_the_session_is_used(
    app: Starlette, page: Page
) -> None:
    database = server_of(app).database
    aged = f"UPDATE entrant_sessions SET used_at = used_at - {NOTED_EVERY + 60_000}"
    await query_write(database, aged)
    [before] = await query(database, "SELECT used_at FROM entrant_sessions")
    await page.same()
    [after] = await query(database, "SELECT used_at FROM entrant_sessions")
    assert after["used_at"] - before["used_at"] > NOTED_EVERY


async def test_a_framed_page_is_told_by_its_session_alone(
    app: Starlette, browser: httpx.AsyncClient, page: Page, beside: Starlette
) -> None:
    bearer = {"authorization": f"Bearer {browser.cookies['trk_y2sB7']}"}
    async with client_of(app, **bearer, cookie="trk_y2sB7=somebody") as framed:
        opened = Page(framed)
        assert (await opened.changed())["entries"] == 0
        await opened.same()
        await unlock(beside)
        assert (await opened.changed())["entries"] == 5


async def test_a_draft_is_not_spoken_of(app: Starlette, browser: httpx.AsyncClient) -> None:
    """Not even to somebody who knows what the answer would be."""
    await make(app)
    await browser.post("/y2sB7/enter", data=ANN)
    opened = Page(browser)
    await opened.poll()
    await opened.same()
    sql = "UPDATE campaigns SET published_at = NULL"
    await query_write(server_of(app).database, sql)
    answer = await browser.get(STATUS, headers={"if-none-match": '"x"'})
    assert answer.json()["error"]["code"] == "unknown_campaign"


async def test_what_can_not_be_seen_at_a_glance_is_answered_the_whole_way(
    app: Starlette, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> list[Session]:
        raise Unavailable("the database is away")

    at_a_glance = (await page.poll()).headers
    monkeypatch.setattr(status, "sessions", away)
    answer = await page.poll()
    assert answer.status_code == 304
    each_has_its_own = {"x-request-id": ""}
    assert {**answer.headers, **each_has_its_own} == {**at_a_glance, **each_has_its_own}
    await unlock(app)
    assert (await page.changed())["entries"] == 5


async def test_polls_that_wait_together_are_one_statement_and_rules_are_not_read_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await campaign_with(database)
    for number in range(50):
        await enter(database, campaign, number)
    hashes = [token_hash(f"session {campaign.id} {number}") for number in range(50)]
    polls = [Poll("y2sB7", each, (visitor(n),), NOW) for n, each in enumerate(hashes)]
    groups: list[Sequence[Poll]] = []
    read: list[Collection[str]] = []

    async def asked(
        tx: Transaction, polls: Sequence[Poll], ids: Mapping[str, int]
    ) -> list[Session]:
        groups.append(polls)
        return await sessions(tx, polls, ids)

    async def read_anew(tx: Transaction, keys: Collection[str]) -> dict[str, Any]:
        read.append(keys)
        return await rules(tx, keys)

    monkeypatch.setattr(status, "_KEPT", 60.0)
    monkeypatch.setattr(status, "sessions", asked)
    monkeypatch.setattr(status, "rules", read_anew)
    reader = StatusReader(database)
    for _ in range(3):
        answers = await asyncio.gather(*[reader.glance(poll) for poll in polls])
        assert len({answer and answer[1].entrant_id for answer in answers} - {None}) == 50
    assert [len(group) for group in groups] == [50, 50, 50]
    assert read == [{"y2sB7"}]
    ids = {"y2sB7": campaign.id}
    assert len(await statements(database, lambda tx: sessions(tx, polls, ids))) == 1

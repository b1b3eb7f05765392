"""A poll that is told that nothing has changed: true at once of what the entrant has done, and
within a second of what an owner has changed beside this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import (
    ANN,
    PAGE,
    VISITOR,
    arrive,
    bring,
    linked,
    make,
    new_ticket,
)
from tests.backend.conftest import PUBLIC_URL, api_of, beacon, client_of, running
from tests.backend.stored import (
    NOW,
    campaign_with,
    enter,
    query,
    query_write,
    statements,
    visitor,
)
from trk.clock import now_ms
from trk.core.instant import iso
from trk.core.keys import token_hash
from trk.services import status
from trk.services.status import StatusReader
from trk.settings import Settings
from trk.store.database import Database
from trk.store.entrant_sessions import NOTED_EVERY
from trk.store.errors import Unavailable
from trk.store.program import Transaction
from trk.store.status import Poll, Session, rules, sessions
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

STATUS = "/y2sB7/status"


@pytest.fixture
async def beside(app: Starlette, database_url: str) -> AsyncIterator[Starlette]:
    """Another process of the server, or another server, on the same database."""
    async with running(Settings(database=database_url, public_url=PUBLIC_URL)) as started:
        yield started


class Page:
    """A campaign's page, as it polls."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self._browser = browser
        self._etag = ""

    async def poll(self) -> httpx.Response:
        """Ask once."""
        known = {"if-none-match": self._etag} if self._etag else {}
        answer = await self._browser.get(STATUS, headers=known)
        self._etag = answer.headers["etag"]
        return answer

    async def same(self) -> None:
        """Nothing has changed, also when that is known already."""
        for _ in range(2):
            assert (await self.poll()).status_code == 304

    async def changed(self) -> Any:
        """What there is to show now, which is another thing than a moment ago."""
        answer = await self.poll()
        assert answer.status_code == 200
        return answer.json()["status"]

    async def changed_soon(self) -> Any:
        """The same within a second, asking all the time."""
        until, asked = time.monotonic() + 1, 0.0
        while asked < until:
            asked = time.monotonic()
            if (answer := await self.poll()).status_code == 200:
                return answer.json()["status"]
        raise AssertionError("who asked after a second was told that nothing has changed")


@pytest.fixture
async def page(app: Starlette, browser: httpx.AsyncClient) -> Page:
    """The page of Ann, who has entered and has polled."""
    await make(app, timezone="Europe/Berlin")
    await arrive(app, browser)
    await browser.post("/y2sB7/enter", data=ANN)
    opened = Page(browser)
    await opened.poll()
    await opened.same()
    return opened


async def unlock(app: Starlette) -> None:
    async with client_of(app) as shop:
        answer = await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor=VISITOR))
        assert answer.json()["unlocked"] == ["VIP"]


async def the_completion(app: Starlette) -> int:
    [row] = await query(server_of(app).database, "SELECT id FROM completions")
    made: int = row["id"]
    return made


async def test_what_another_process_has_unlocked_and_taken_back_is_seen_by_the_next_poll(
    page: Page, beside: Starlette
) -> None:
    await unlock(beside)
    [done] = (await page.changed())["actions"]
    assert (done["state"], done["entries"]) == ("done", 5)
    await page.same()
    url = f"/campaigns/y2sB7/completions/{await the_completion(beside)}"
    async with await api_of(beside) as owner:
        await owner.post(f"{url}/invalidate", json={"reason": "copied"})
        assert (await page.changed())["entries"] == 0
        await page.same()
        await owner.post(f"{url}/restore", json={"reason": "a mistake"})
        assert (await page.changed())["entries"] == 5


async def close(owner: httpx.AsyncClient) -> httpx.Response:
    return await owner.post("/campaigns/y2sB7/close")


async def add(owner: httpx.AsyncClient) -> httpx.Response:
    more = {"title": "Buy", "tracking_name": "Purchase"}
    return await owner.post("/campaigns/y2sB7/actions", json=more)


async def delete_action(owner: httpx.AsyncClient) -> httpx.Response:
    [action] = (await owner.get("/campaigns/y2sB7/actions")).json()["data"]
    return await owner.delete(f"/campaigns/y2sB7/actions/{action['id']}")


CHANGES: list[tuple[Callable[[httpx.AsyncClient], Awaitable[httpx.Response]], str, int]] = [
    (close, "closed", 1),
    (add, "open", 2),
    (delete_action, "open", 0),
]


@pytest.mark.parametrize(("change", "state", "count"), CHANGES)
async def test_what_an_owner_changes_in_another_process_is_seen_within_a_second(
    page: Page,
    beside: Starlette,
    change: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]],
    state: str,
    count: int,
) -> None:
    async with await api_of(beside) as owner:
        await page.same()
        assert (await change(owner)).is_success
    status = await page.changed_soon()
    assert (status["state"], len(status["actions"])) == (state, count)
    await page.same()


@pytest.mark.parametrize(("change", "state", "count"), CHANGES)
async def test_what_an_owner_changes_here_is_seen_at_once(
    app: Starlette,
    page: Page,
    change: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]],
    state: str,
    count: int,
) -> None:
    async with await api_of(app) as owner:
        await page.same()
        assert (await change(owner)).is_success
    status = await page.changed()
    assert (status["state"], len(status["actions"])) == (state, count)


async def test_a_campaign_that_ends_by_itself_ends_on_the_page_within_a_second(
    app: Starlette, page: Page
) -> None:
    ends_at = now_ms() + 1_500
    async with await api_of(app) as owner:
        await owner.patch("/campaigns/y2sB7", json={"ends_at": iso(ends_at)})
    while now_ms() < ends_at:
        await page.same()
    assert (await page.changed_soon())["state"] == "ended"


async def test_who_is_erased_by_another_process_has_not_entered_at_the_next_poll(
    page: Page, beside: Starlette
) -> None:
    async with await api_of(beside) as owner:
        gone = await owner.delete("/entrants", params={"email": ANN["email"]})
        assert gone.is_success, gone.text
    answer = await page.poll()
    assert (answer.status_code, answer.json()["entered"]) == (200, False)


async def test_a_reward_that_another_process_has_given_is_seen_by_the_next_poll(
    page: Page, app: Starlette, beside: Starlette
) -> None:
    async with await api_of(app) as owner:
        reward = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
        await owner.patch("/campaigns/y2sB7", json=reward)
    await page.poll()
    await page.same()
    await unlock(beside)
    assert (await page.changed())["reward"] == "granted"


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

"""A poll that is told that nothing has changed: true at once of what the entrant has done, and
within a second of what an owner has changed beside this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN
from tests.backend.conftest import api_of
from tests.backend.polls.polling import Page, unlock
from tests.backend.stored import query
from trk.clock import now_ms
from trk.core.instant import iso
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


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

"""Who is no friend: oneself, one person twice, who was here before, and one friend too many."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, VISITOR, arrive
from tests.backend.confirming import link_to
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.referring import befriend, confirm, entered, friend, refer, rows
from tests.backend.stored import query
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize("leaves", [False, True])
async def test_nobody_refers_themselves_in_their_own_browser(
    leaves: bool, app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    if leaves:
        await browser.post("/y2sB7/leave")
    await browser.get(link)
    if not leaves:
        await browser.post("/y2sB7/leave")
    await browser.get(link)
    await entered(browser, "other@example.org")
    assert await rows(app) == []


@pytest.mark.parametrize(
    "email", ["ann+friend@example.org", "ANN@example.org", "a.nn+x@googlemail.com"]
)
async def test_nobody_refers_themselves_with_another_spelling_of_their_mailbox(
    email: str, app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser, "ann@gmail.com" if "google" in email else ANN["email"])
    async with client_of(app) as other:
        await other.get(link)
        await other.post("/y2sB7/enter", data={"name": "X", "email": email})
    assert await rows(app) == []


async def test_a_friend_counts_once_whatever_they_call_their_mailbox_and_for_the_last_link(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    async with client_of(app) as second, client_of(app) as third:
        others = await entered(second, "eve@example.org")
        await third.get(link)
        await third.get(others)
        await entered(third, "bob@example.org")
        await third.get(link)
        await entered(third, "bob@example.org")
    await befriend(app, link, "bob+1@example.org", "bob+2@example.org")
    assert [who for who, _, _ in await rows(app)] == ["eve@example.org"]


async def test_who_has_entered_already_is_no_friend(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    async with client_of(app) as bob:
        await entered(bob, "bob@example.org")
        await bob.get(link)
        await bob.post("/y2sB7/enter", data={"name": "Bob", "email": "bob@example.org"})
    async with client_of(app) as elsewhere:
        await elsewhere.get(link)
        await elsewhere.post("/y2sB7/enter", data={"name": "Bob", "email": "bob@example.org"})
    assert await rows(app) == []


async def test_a_browser_that_the_site_knows_as_the_referrers_brings_no_friend(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    await arrive(app, browser)
    link = await entered(browser)
    await browser.post("/y2sB7/leave")
    browser.cookies.delete("trk_browser_y2sB7")
    await browser.get(link)
    await entered(browser, "other@example.org")
    assert len(await query(server_of(app).database, "SELECT * FROM shared_visitors")) == 1
    assert len(await query(server_of(app).database, "SELECT * FROM referrals")) == 1
    assert await rows(app) == []


@pytest.mark.parametrize("before", [False, True])
async def test_a_browser_in_which_the_referrer_has_only_signed_in_brings_no_friend(
    before: bool, app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    async with client_of(app) as second:
        if before:
            await second.get(link)
        await second.post("/y2sB7/enter", data=ANN)
        answer = await second.post(await link_to(app))
        assert answer.status_code == 303
        await second.post("/y2sB7/leave")
        if not before:
            await second.get(link)
        await entered(second, "other@example.org")
    assert await rows(app) == []


@pytest.mark.parametrize("ref", ["0", "-1", "x", "9" * 30, "77", "1%00", "١"])
async def test_an_address_with_a_link_of_nobody_shows_the_page(
    ref: str, app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    await entered(browser)
    async with client_of(app) as other:
        answer = await other.get(f"{PAGE}?ref={ref}")
        assert answer.status_code in (302, 400)
        await entered(other, "bob@example.org")
    assert await rows(app) == []


async def test_of_many_friends_at_once_no_more_than_n_count(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    await asyncio.gather(*(befriend(app, link, f"f{n}@example.org") for n in range(8)))
    assert len(await rows(app)) == 2


async def test_of_two_names_of_one_mailbox_at_once_one_counts(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, settings={"friends": 10})
    link = await entered(browser)
    await asyncio.gather(*(befriend(app, link, f"bob+{n}@example.org") for n in range(6)))
    assert len(await rows(app)) == 1


async def test_after_the_end_no_friend_counts_and_a_push_or_an_answer_never_does(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    number = await refer(app, confirmed_only=True)
    await arrive(app, browser)
    link = await entered(browser)
    await browser.post("/y2sB7/beacon", json=beacon(["Refer"], visitor=VISITOR))
    assert (await browser.post(f"/y2sB7/answer/{number}")).status_code >= 400
    async with friend(app, link, "bob@example.org") as bob:
        async with await api_of(app) as owner:
            await owner.post("/campaigns/y2sB7/close")
        await confirm(app, bob, "bob@example.org")
    assert await rows(app) == []

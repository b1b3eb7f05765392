"""Refer a friend: who enters by an entrant's link completes that entrant's action, and no cheat."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import data, mistake
from tests.backend.campaign_pages import ANN, PAGE, VISITOR, arrive, make
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import query
from trk.web.server import server_of

REFER = {
    "title": "Refer a friend",
    "tracking_name": "Refer",
    "verification": "referral",
    "friends": 2,
    "worth": 3,
}


async def refer(app: Starlette, *, settings: Any = None, **fields: Any) -> int:
    """A campaign with an action that friends complete; its id."""
    await make(app, **fields)
    async with await api_of(app) as owner:
        answer = await owner.post("/campaigns/y2sB7/actions", json={**REFER, **(settings or {})})
        assert answer.status_code == 201, answer.text
        made: int = answer.json()["id"]
        return made


async def entered(browser: httpx.AsyncClient, email: str = ANN["email"]) -> str:
    """Enter, and give the path of the own link."""
    answer = await browser.post(
        "/y2sB7/enter", data={"name": email.split("@", maxsplit=1)[0], "email": email}
    )
    assert answer.status_code == 303, answer.text
    return own_link(await browser.get(PAGE))


def own_link(page: httpx.Response) -> str:
    [found] = re.findall(r'value="http[^"]*(/y2sB7/[\w-]+\?ref=\d+)"', page.text)
    assert isinstance(found, str)
    return found


@asynccontextmanager
async def friend(app: Starlette, link: str, email: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which somebody has opened the link and entered."""
    async with client_of(app) as browser:
        opened = await browser.get(link)
        assert (opened.status_code, opened.headers["location"]) == (302, PAGE)
        await entered(browser, email)
        yield browser


async def befriend(app: Starlette, link: str, *emails: str) -> None:
    for email in emails:
        async with friend(app, link, email):
            pass


async def rows(app: Starlette) -> list[tuple[str, str, bool]]:
    """Each referral that was counted: whose, which friend, and whether it is valid."""
    async with await api_of(app) as owner:
        return [
            (each["email"], each["details"], each["invalidated_at"] is None)
            for each in await data(owner, "completions")
            if each["source"] == "referral"
        ]


async def numbers(app: Starlette) -> dict[str, int]:
    found = await query(server_of(app).database, "SELECT id, email FROM entrants")
    return {row["email"]: row["id"] for row in found}


async def confirm(app: Starlette, browser: httpx.AsyncClient, email: str) -> None:
    mails = await query(server_of(app).database, "SELECT recipient, body FROM mails")
    [body] = [mail["body"] for mail in mails if mail["recipient"] == email]
    [path] = re.findall(r"https?://[^/\s]+(/\S+/confirm/\S+)", body)
    answer = await browser.post(path)
    assert answer.status_code == 303, answer.text


async def test_a_friend_who_enters_by_the_link_completes_the_action_up_to_n_times(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    number = await refer(app)
    link = await entered(browser)
    assert "0 of 2 friends" in (await browser.get(PAGE)).text
    await befriend(app, link, "bob@example.org")
    assert "1 of 2 friends" in (await browser.get(PAGE)).text
    status = (await browser.get("/y2sB7/status")).json()["status"]
    [state] = [each for each in status["actions"] if each["id"] == number]
    assert (state["state"], state["entries"], status["entries"]) == ("open", 3, 3)
    await befriend(app, link, "cem@example.org", "dee@example.org")
    status = (await browser.get("/y2sB7/status")).json()["status"]
    [state] = [each for each in status["actions"] if each["id"] == number]
    assert (state["state"], state["entries"]) == ("done", 6)
    who = await numbers(app)
    assert await rows(app) == [
        (ANN["email"], f"entrant {who['bob@example.org']}", True),
        (ANN["email"], f"entrant {who['cem@example.org']}", True),
    ]


async def test_where_only_confirmed_e_mails_count_a_friend_counts_when_they_confirm(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, confirmed_only=True)
    link = await entered(browser)
    assert "confirms their e-mail" in (await browser.get(PAGE)).text
    async with friend(app, link, "bob@example.org") as bob:
        assert await rows(app) == []
        await confirm(app, bob, "bob@example.org")
        assert len(await rows(app)) == 1


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


async def test_a_blocked_friend_takes_it_back_and_an_unblocked_one_gives_it_back(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    bob = (await numbers(app))["bob@example.org"]
    async with await api_of(app) as owner:
        at = f"/campaigns/y2sB7/entrants/{bob}"
        await owner.post(f"{at}/block", json={"reason": "A cheat."})
        assert [valid for _, _, valid in await rows(app)] == [False]
        status = (await browser.get("/y2sB7/status")).json()["status"]
        assert status["entries"] == 0
        await owner.post(f"{at}/unblock", json={"reason": "A mistake."})
        assert [valid for _, _, valid in await rows(app)] == [True]
        kinds = [each["kind"] for each in await data(owner, "corrections")]
        assert kinds == ["blocked", "invalidated", "unblocked", "restored"]
        await owner.post(
            "/campaigns/y2sB7/entrants/block", json={"ids": [bob], "reason": "A cheat."}
        )
    assert [valid for _, _, valid in await rows(app)] == [False]


@pytest.mark.parametrize("first_blocked", ["friend", "referrer"])
@pytest.mark.parametrize("first_back", ["friend", "referrer"])
@pytest.mark.parametrize("several", [True, False], ids=["several", "one"])
async def test_what_a_friend_did_counts_again_once_both_take_part_again(
    app: Starlette,
    browser: httpx.AsyncClient,
    first_blocked: str,
    first_back: str,
    several: bool,
) -> None:
    await refer(app)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    who = await numbers(app)
    both = {"friend": who["bob@example.org"], "referrer": who[ANN["email"]]}

    async with await api_of(app) as owner:

        async def correct(name: str, deed: str) -> None:
            at = "/campaigns/y2sB7/entrants"
            if several:
                path, body = f"{at}/{deed}", {"ids": [both[name]], "reason": "A mistake."}
            else:
                path, body = f"{at}/{both[name]}/{deed}", {"reason": "A mistake."}
            answer = await owner.post(path, json=body)
            assert answer.status_code == 200, answer.text

        for name in sorted(both, key=lambda each: each != first_blocked):
            await correct(name, "block")
        [first, second] = sorted(both, key=lambda each: each != first_back)
        await correct(first, "unblock")
        await correct(second, "unblock")
    assert [valid for _, _, valid in await rows(app)] == [True]


async def test_a_place_that_is_free_again_is_the_next_friends(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, settings={"friends": 1})
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    who = await numbers(app)
    async with await api_of(app) as owner:
        at = f"/campaigns/y2sB7/entrants/{who['bob@example.org']}"
        await owner.post(f"{at}/block", json={"reason": "A cheat."})
        await befriend(app, link, "cem@example.org")
        assert [valid for _, _, valid in await rows(app)] == [False, True]
        await owner.post(f"{at}/unblock", json={"reason": "A mistake."})
    assert [valid for _, _, valid in await rows(app)] == [False, True], "one at most"


async def test_what_was_invalidated_is_restored_only_where_the_friend_can_count(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, settings={"friends": 1})
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    bob = (await numbers(app))["bob@example.org"]
    async with await api_of(app) as owner:
        [one] = [each["id"] for each in await data(owner, "completions")]
        why = {"reason": "A mistake."}
        at = "/campaigns/y2sB7"
        restored = (
            (f"{at}/completions/{one}/restore", why),
            (f"{at}/completions/restore", {"ids": [one], **why}),
        )
        await owner.post(f"{at}/completions/{one}/invalidate", json=why)
        await owner.post(f"{at}/entrants/{bob}/block", json=why)
        for path, body in restored:
            refused = await owner.post(path, json=body)
            assert "does not take part" in mistake(refused, 409, "not_counted")
        await owner.post(f"{at}/entrants/{bob}/unblock", json=why)
        assert [valid for _, _, valid in await rows(app)] == [False], "for another reason"
        await befriend(app, link, "cem@example.org")
        for path, body in restored:
            refused = await owner.post(path, json=body)
            assert "one more than the friends who may count" in mistake(refused, 409, "not_counted")
        assert [valid for _, _, valid in await rows(app)] == [False, True]
        await owner.post(f"{at}/completions/{one + 1}/invalidate", json=why)
        assert (await owner.post(restored[0][0], json=why)).json() == {"valid": True}
        assert [valid for _, _, valid in await rows(app)] == [True, False]


async def test_who_is_erased_and_enters_again_counts_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    async with await api_of(app) as owner:
        answer = await owner.delete("/entrants", params={"email": "bob@example.org"})
        assert answer.status_code in (200, 204), answer.text
    assert await query(server_of(app).database, "SELECT * FROM referrals") == []
    await befriend(app, link, "bob@example.org")
    assert [valid for _, _, valid in await rows(app)] == [False, True]


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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "https://shop.test/"),
        ("frequency", "daily"),
        ("signed", True),
        ("unique_value", True),
        ("question", "Who?"),
        ("friends", 0),
        ("friends", 1_001),
    ],
)
async def test_what_goes_with_no_referral_is_refused(
    field: str, value: object, sqlite_app: Starlette
) -> None:
    await make(sqlite_app)
    async with await api_of(sqlite_app) as owner:
        answer = await owner.post("/campaigns/y2sB7/actions", json={**REFER, field: value})
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]


async def test_a_friend_brings_the_reward(app: Starlette, browser: httpx.AsyncClient) -> None:
    reward = {"reward_kind": "shared", "reward_value": "SAVE10", "reward_after": 1}
    await refer(app, kind="reward", **reward)
    link = await entered(browser)
    await befriend(app, link, "bob@example.org")
    assert "SAVE10" in (await browser.get(PAGE)).text


async def test_the_link_on_a_page_with_the_script_keeps_whose_it_is(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app)
    link = await entered(browser)
    async with client_of(app) as friends:
        opened = await friends.get(f"{link}&visitor={VISITOR}")
        assert opened.status_code == 302
        await entered(friends, "bob@example.org")
    assert [valid for *_, valid in await rows(app)] == [True]


async def test_whether_only_confirmed_e_mails_count_can_change_later(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await refer(app, confirmed_only=True)
    link = await entered(browser)
    await confirm(app, browser, ANN["email"])
    async with (
        friend(app, link, "bob@example.org") as bob,
        friend(app, link, "cem@example.org"),
        api_of_app(app) as owner,
    ):
        await confirm(app, bob, "bob@example.org")
        assert [who for _, who, _ in await rows(app)] == [await entrant(app, "bob@example.org")]
        await change(owner, confirmed_only=False)
        assert [valid for *_, valid in await rows(app)] == [True, True]
        # Addresses that nobody has shown to be theirs count for nobody again.
        await change(owner, confirmed_only=True)
        counted = {who: valid for _, who, valid in await rows(app)}
        assert counted == {
            await entrant(app, "bob@example.org"): True,
            await entrant(app, "cem@example.org"): False,
        }
        await change(owner, confirmed_only=False)
        assert [valid for *_, valid in await rows(app)] == [True, True]


async def entrant(app: Starlette, email: str) -> str:
    return f"entrant {(await numbers(app))[email]}"


@asynccontextmanager
async def api_of_app(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with await api_of(app) as owner:
        yield owner


async def change(owner: httpx.AsyncClient, **fields: Any) -> None:
    answer = await owner.patch("/campaigns/y2sB7", json=fields)
    assert answer.status_code == 200, answer.text

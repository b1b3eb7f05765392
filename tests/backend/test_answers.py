"""Answers and "I'll know" on the campaign's page, and the limits that keep guessers out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, data, end, made
from tests.backend.campaign_pages import arrive
from tests.backend.conftest import PUBLIC_URL, beacon, client_of
from trk.core.rate import WRONG_ANSWERS, Limit
from trk.store.program import select
from trk.web.http.rates import Rates
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ORDER = {
    "verification": "question",
    "question": "What is your order number?",
    "answer_pattern": r"\d{5}",
}


@asynccontextmanager
async def person(
    app: Starlette, email: str = "ann@example.org"
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser whose person has entered."""
    async with client_of(app) as client:
        answer = await client.post("/y2sB7/enter", data={"name": "Ann", "email": email})
        assert answer.status_code == 303, answer.text
        yield client


async def test_a_right_answer_unlocks_and_is_shown_as_details(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    number = await action(api, **ORDER)
    async with person(app) as client:
        page = await client.get("/y2sB7/win")
        assert "What is your order number?" in page.text
        wrong = await client.post(f"/y2sB7/answer/{number}", data={"answer": '"><b>4711'})
        assert wrong.status_code == 400
        assert "not the right answer" in wrong.text
        assert 'value="&#34;&gt;&lt;b&gt;4711"' in wrong.text
        assert await data(api, "completions") == []
        right = await client.post(f"/y2sB7/answer/{number}", data={"answer": " 04711 "})
        assert right.status_code == 303
        assert right.headers["location"] == f"/y2sB7/win#action-{number}"
        again = await client.post(f"/y2sB7/answer/{number}", data={"answer": "04712"})
        assert again.status_code == 303
        page = await client.get("/y2sB7/win")
        assert "What is your order number?" not in page.text
    [row] = await data(api, "completions")
    assert (row["details"], row["source"], row["email"]) == ("04711", "question", "ann@example.org")


async def test_ill_know_completes_by_saying_so(app: Starlette, api: httpx.AsyncClient) -> None:
    await made(api)
    number = await action(api, verification="ill_know")
    async with person(app) as client:
        assert "I did this" in (await client.get("/y2sB7/win")).text
        assert (await client.post(f"/y2sB7/answer/{number}")).status_code == 303
    [row] = await data(api, "completions")
    assert (row["details"], row["source"]) == (None, "ill_know")


async def test_question_or_tracking_is_unlocked_once_by_either(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    number = await action(api, verification="question_or_tracking", question="Order?")
    async with person(app) as client:
        await arrive(app, client)
        tracked, answered = await asyncio.gather(
            client.post("/y2sB7/beacon", json=beacon(["Purchase", "17"])),
            client.post(f"/y2sB7/answer/{number}", data={"answer": "17"}),
        )
        assert (tracked.status_code, answered.status_code) == (200, 303)
    assert len(await data(api, "completions")) == 1


async def test_one_order_number_answered_by_30_people_at_once_counts_for_one(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    number = await action(api, **ORDER, unique_value=True)
    async with AsyncExitStack() as browsers:
        people = [
            await browsers.enter_async_context(person(app, f"{n}@example.org")) for n in range(30)
        ]
        answers = await asyncio.gather(
            *[p.post(f"/y2sB7/answer/{number}", data={"answer": "04711"}) for p in people]
        )
    assert sorted(answer.status_code for answer in answers) == [303] + [403] * 29
    assert sum("Somebody else has already given this" in answer.text for answer in answers) == 29
    assert len(await data(api, "completions")) == 1


async def test_the_same_answer_sent_ten_times_at_once_completes_once(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    number = await action(api, verification="ill_know")
    async with person(app) as client:
        answers = await asyncio.gather(*[client.post(f"/y2sB7/answer/{number}") for _ in range(10)])
    assert {answer.status_code for answer in answers} == {303}
    assert len(await data(api, "completions")) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [({}, "An answer does not unlock this"), (ORDER, "campaign"), (ORDER, "Enter an answer")],
)
async def test_an_answer_that_unlocks_nothing_says_why(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, fields: dict[str, Any], said: str
) -> None:
    await made(sqlite_api)
    number = await action(sqlite_api, **fields)
    async with person(sqlite_app) as client:
        if said == "campaign":
            await end(sqlite_app)
        typed = "" if said == "Enter an answer" else "04711"
        answer = await client.post(f"/y2sB7/answer/{number}", data={"answer": typed})
    assert answer.status_code in (400, 403)
    assert await data(sqlite_api, "completions") == []
    if said == "Enter an answer":
        assert "Enter an answer." in answer.text


async def test_strangers_and_wrong_addresses_complete_nothing(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    number = await action(sqlite_api, verification="ill_know")
    async with client_of(sqlite_app) as stranger:
        answer = await stranger.post(f"/y2sB7/answer/{number}")
        assert answer.headers["location"].startswith("/y2sB7/win")
    async with person(sqlite_app) as client:
        for path in (f"/y2sB7/answer/{number + 1}", "/y2sB7/answer/x", "/other1/answer/1"):
            assert (await client.post(path)).status_code == 404
        assert (await client.get(f"/y2sB7/answer/{number}")).status_code == 405
        foreign = await client.post(
            f"/y2sB7/answer/{number}", headers={"sec-fetch-site": "cross-site"}
        )
        assert foreign.status_code == 403
    assert await data(sqlite_api, "completions") == []


async def test_guessing_an_answer_is_slowed_down_after_ten(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    number = await action(sqlite_api, **ORDER)
    async with person(sqlite_app) as client:
        statuses = [
            (await client.post(f"/y2sB7/answer/{number}", data={"answer": str(n)})).status_code
            for n in range(12)
        ]
    assert statuses == [400] * 10 + [429] * 2


def _at(app: Starlette, address: str) -> httpx.AsyncClient:
    """A browser at this address of the internet."""
    transport = httpx.ASGITransport(app=app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)


async def _guess(app: Starlette, address: str, number: int, who: int, *answers: str) -> list[int]:
    """Enter as a new entrant and give these answers: their statuses."""
    async with _at(app, address) as client:
        form = {"name": "Ann", "email": f"{who}@example.org"}
        assert (await client.post("/y2sB7/enter", data=form)).status_code == 303
        url = f"/y2sB7/answer/{number}"
        return [(await client.post(url, data={"answer": each})).status_code for each in answers]


@pytest.mark.parametrize("address", ["8.8.4.4", "2a00:1450::7", "127.0.0.1", "192.168.1.9"])
async def test_wrong_answers_are_counted_by_network_whoever_gives_them(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, address: str
) -> None:
    await made(sqlite_api)
    code = {**ORDER, "answer_pattern": "4711"}
    number, other = await action(sqlite_api, **code), await action(sqlite_api, "Other", **code)
    burst = WRONG_ANSWERS.burst
    statuses = []
    for who in range(burst // 10 + 2):
        wrong = [str(1_000 + 10 * who + n) for n in range(10)]
        statuses += await _guess(sqlite_app, address, number, who, *wrong)
    assert statuses == [400] * burst + [429] * (len(statuses) - burst)
    # The right one does not stand out; it is good from elsewhere, and other questions are open.
    assert await _guess(sqlite_app, address, number, 100, "4711") == [429]
    assert await _guess(sqlite_app, "203.0.113.9", number, 101, "4711") == [303]
    assert await _guess(sqlite_app, address, other, 102, "1", "4711") == [400, 303]
    assert len(await data(sqlite_api, "completions")) == 2


@pytest.mark.parametrize("address", ["2a00:1450:0:{:x}::7", "64:ff9b::8.8.4.4", "::ffff:8.8.4.4"])
async def test_a_household_has_one_network_and_so_has_who_comes_through_a_translator(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient, address: str
) -> None:
    await made(sqlite_api)
    number = await action(sqlite_api, **{**ORDER, "answer_pattern": "4711"})
    statuses = []
    for who in range(WRONG_ANSWERS.burst // 10 + 1):
        wrong = [str(1_000 + 10 * who + n) for n in range(10)]
        statuses += await _guess(sqlite_app, address.format(who), number, who, *wrong)
    assert statuses == [400] * WRONG_ANSWERS.burst + [429] * 10
    neighbour = "64:ff9b::8.8.4.5" if "ff" in address else "2a00:1450:0:100::7"
    assert await _guess(sqlite_app, neighbour, number, 101, "4711") == [303]


async def test_right_answers_of_a_whole_school_are_not_slowed_down(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    number = await action(sqlite_api, **ORDER)
    for who in range(WRONG_ANSWERS.burst + 10):
        given = ("", "x", "04711") if who < 20 else ("04711",)
        statuses = await _guess(sqlite_app, "8.8.4.4", number, who, *given)
        assert statuses == [400] * (len(given) - 1) + [303]


async def test_a_visitor_that_floods_is_told_to_wait_and_others_are_not(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    async with client_of(sqlite_app) as client:
        answers = await asyncio.gather(
            *[client.post("/y2sB7/beacon", json=beacon(["x"])) for _ in range(700)]
        )
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 1 <= len(refused) <= 100
        assert {answer.json()["error"]["code"] for answer in refused} == {"too_many"}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        other = await client.post("/y2sB7/beacon", json=beacon(["x"], visitor="b" * 32))
        assert other.status_code == 200
    rows = await server_of(sqlite_app).database.read(select, "SELECT COUNT(*) AS n FROM trackings")
    assert rows[0]["n"] == 701 - len(refused)


def test_no_address_is_kept_in_clear_and_the_memory_is_bounded() -> None:
    now = 0.0
    rates = Rates(capacity=10, clock=lambda: now)
    limit = Limit(1, 1)
    assert rates.wait(limit, "a", "203.0.113.7") == 0
    assert rates.wait(limit, "a", "203.0.113.7") == 1
    assert rates.wait(limit, "b", "203.0.113.7") == 0
    for n in range(15):
        rates.wait(limit, "a", f"198.51.100.{n}")
    assert rates.wait(limit, "a", "203.0.113.7") == 1  # in the older generation still
    for n in range(100):
        rates.wait(limit, "a", f"198.51.100.{n}")
    assert rates.wait(limit, "a", "203.0.113.7") == 0
    kept = repr([vars(memory) for memory in vars(rates)["_memories"].values()])
    assert "203.0.113" not in kept
    assert "198.51.100" not in kept
    assert 0 < kept.count(": 1.0") <= 21

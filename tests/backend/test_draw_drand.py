"""Draws with drand's public value: fetched over HTTP from a server of drand's, or typed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import competition, mistake, prize, settle
from tests.backend.conftest import PUBLIC_URL, api_of, running
from tests.backend.drand_rounds import RANDOMNESS, SIGNATURE
from tests.backend.drawing import (
    LEAGUE,
    ONE,
    DrandServer,
    drand_server,
    drawn,
    end_at,
    file_of,
    page_of,
    run_lines,
    sha,
    signature_of,
    words,
)
from trk.clock import now_ms
from trk.core.drand import WAIT, comes_at, path_of, round_for
from trk.core.draw import DrawError
from trk.services.draw_records import verify
from trk.services.jobs.list_fixer import ListFixer
from trk.settings import Settings
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

REAL = {"round": 1000, "randomness": RANDOMNESS, "signature": SIGNATURE}


@pytest.fixture
def drand(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[DrandServer, str]]:
    """A server of drand's; the key is that of its own League, which signs rounds to come."""
    monkeypatch.setattr("trk.core.drand.KEY", LEAGUE)
    with drand_server() as served:
        yield served


@pytest.fixture
async def fetching(database_url: str, drand: tuple[DrandServer, str]) -> AsyncIterator[Starlette]:
    """A server that may fetch from the test's own server of drand's."""
    settings = Settings(database=database_url, public_url=PUBLIC_URL, drand_url=drand[1])
    async with running(settings) as app:
        yield app


async def ended_at(app: Starlette, api: httpx.AsyncClient, instant: int) -> int:
    """A competition that has ended then (ms), to be drawn with drand's value: its round."""
    await competition(app, api, 4)
    await prize(api, "Bike", 2)
    await settle(api, "drand")
    await end_at(app, instant)
    await ListFixer(server_of(app).database).work()
    return round_for(instant)


async def test_the_value_is_fetched_checked_shown_and_part_of_the_seed(
    fetching: Starlette,
    drand: tuple[DrandServer, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with await api_of(fetching) as api:
        number = await ended_at(fetching, api, now_ms() - WAIT - 60_000)
        result = await drawn(api)
    assert drand[0].asked == [path_of(number)]
    proof = result["proof"]
    assert proof["signature"] == signature_of(number)
    fixed = proof["fixed"][0]["digest"]
    assert result["seed"] == sha(f"{proof['secret']}\n{fixed}\n{proof['value']}")
    page, file = await page_of(fetching), await file_of(fetching)
    assert f"https://api.drand.sh{path_of(number)}" in page
    assert proof["value"] in page
    said = verify(file.splitlines(keepends=True))
    assert f"round {number}" in said
    assert f"signed by drand, as its round {number}" in said
    assert "worked together in secret" in said
    printed = await run_lines(page, file, tmp_path)
    assert len(printed) == 6
    assert all(line.endswith("True") for line in printed)
    other = file.replace(proof["signature"], signature_of(number + 1))
    assert "The value: False" in await run_lines(page, other, tmp_path)
    # Everything fits together, and drand has not signed it.
    monkeypatch.undo()
    with pytest.raises(DrawError, match=f"is not drand’s for round {number}"):
        verify(file.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"status": 404}, "answered 404"),
        ({"status": 302}, "answered 302"),
        ({"fields": {"round": 7}}, "is from round 7"),
        ({"fields": {"randomness": "00" * 32}}, "its signature gives"),
        ({"fields": {"signature": None}}, "expected everything that"),
        ({"fields": {"signature": SIGNATURE}}, "is not drand's for round"),
        ({"padding": 100_000}, "more than 8192 bytes"),
    ],
)
async def test_what_is_no_answer_of_drands_draws_nothing_and_can_be_tried_again(
    fetching: Starlette, drand: tuple[DrandServer, str], told: dict[str, Any], said: str
) -> None:
    for name, value in told.items():
        setattr(drand[0], name, value)
    async with await api_of(fetching) as api:
        await ended_at(fetching, api, now_ms() - WAIT - 60_000)
        assert said in mistake(await api.post(f"{ONE}/draw"), 409, "not_drawn")
        mistake(await api.get(f"{ONE}/draw"), 404, "not_drawn")
        drand[0].status, drand[0].padding, drand[0].fields = 200, 0, {}
        await drawn(api)


async def test_a_server_of_drands_that_is_not_there_is_told(database_url: str) -> None:
    with drand_server() as (_, url):
        pass
    settings = Settings(database=database_url, public_url=PUBLIC_URL, drand_url=url)
    async with running(settings) as app, await api_of(app) as api:
        await ended_at(app, api, now_ms() - WAIT - 60_000)
        assert "can't be reached" in mistake(await api.post(f"{ONE}/draw"), 409, "not_drawn")


async def test_before_its_time_there_is_no_value(
    fetching: Starlette, drand: tuple[DrandServer, str]
) -> None:
    async with await api_of(fetching) as api:
        number = await ended_at(fetching, api, now_ms())
        early = mistake(await api.post(f"{ONE}/draw"), 409, "not_drawn")
        assert f"Round {number} of drand comes 15 minutes after the end" in early
        typed = {"round": number, "signature": SIGNATURE}
        again = await api.post(f"{ONE}/draw", json={"value": json.dumps(typed)})
        mistake(again, 409, "not_drawn")
    assert drand[0].asked == []
    assert comes_at(number) > now_ms()


async def test_a_server_that_may_not_fetch_asks_for_what_drand_shows(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    # The end with which drand's real round 1000 is drawn.
    assert await ended_at(app, api, comes_at(1000) - WAIT) == 1000
    assert (await api.get(f"{ONE}/draw/plan")).json()["drand_round"] == 1000
    missing = mistake(await api.post(f"{ONE}/draw"), 400, "invalid")
    assert f"expected everything that https://api.drand.sh{path_of(1000)} shows" in missing
    for wrong in (RANDOMNESS, json.dumps({**REAL, "round": 1001}), "{}", " "):
        mistake(await api.post(f"{ONE}/draw", json={"value": wrong}), 400, "invalid")
    result = await drawn(api, value=json.dumps(REAL))
    assert (result["proof"]["value"], result["proof"]["signature"]) == (RANDOMNESS, SIGNATURE)
    # It ended in 2023, and was fixed and committed long after that.
    for said in (verify((await file_of(app)).splitlines(keepends=True)), words(await page_of(app))):
        assert "only after the public value was known" in said


async def test_the_page_computes_the_round_before_the_end_and_after_it(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    await settle(api, "drand")
    assert "number" not in words(await page_of(app)).split("which one:")[1].split(".")[1]
    ends = 4_102_444_800_000
    await end_at(app, ends)
    assert f"If the campaign ends as planned, that will be number {round_for(ends)}" in words(
        await page_of(app)
    )
    plan = (await api.get(f"{ONE}/draw/plan")).json()
    assert plan["drand_round"] == (ends // 1000 + 900 - 1_692_803_367) // 3 + 1
    # Closed early: that is the end.
    assert (await api.post(f"{ONE}/close")).is_success
    await ListFixer(server_of(app).database).work()
    closed = (await api.get(f"{ONE}/draw/plan")).json()
    assert closed["drand_round"] < plan["drand_round"]
    assert f"That is number {closed['drand_round']}" in words(await page_of(app))

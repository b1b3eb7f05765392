"""What can be won or earned, as the campaign's page shows it in each state."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import end
from tests.backend.conftest import api_of, client_of
from trk.services.draw_records import verify

pytestmark = pytest.mark.by_turns

PAGE = "/y2sB7/win"
KNOW = {"verification": "ill_know"}


async def _make(app: Starlette, **fields: Any) -> list[int]:
    async with await api_of(app) as owner:
        made = await owner.post("/campaigns", json={"name": "Win", "key": "y2sB7", **fields})
        assert made.status_code == 201
        return [
            (
                await owner.post(
                    "/campaigns/y2sB7/actions", json={"title": name, "tracking_name": name, **KNOW}
                )
            ).json()["id"]
            for name in ("One", "Two", "Three")
        ]


async def _enter(browser: httpx.AsyncClient, name: str) -> None:
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    answer = await browser.post("/y2sB7/enter", data={"name": name, "email": email})
    assert answer.status_code == 303


async def test_a_competition_shows_its_prizes_and_once_drawn_its_winners_and_the_list(
    app: Starlette,
) -> None:
    [one, *_] = await _make(app)
    async with await api_of(app) as owner, client_of(app, accept="text/html") as ann:
        prize = {"title": "Bell <b>", "description": "Made of *brass*.", "winners": 2}
        await owner.post("/campaigns/y2sB7/prizes", json=prize)
        page = (await ann.get(PAGE)).text
        assert "What you can win" in page
        assert "2 × Bell &lt;b&gt;" in page
        assert "<em>brass</em>" in page
        assert (await ann.get("/y2sB7/draw.txt")).status_code == 404
        await _enter(ann, "Ann Barbara Smith")
        await ann.post(f"/y2sB7/answer/{one}")
        async with client_of(app, accept="text/html") as bob:
            await _enter(bob, "Bob <i>")
            await bob.post(f"/y2sB7/answer/{one}")
        await end(app)
        drawn = await owner.post("/campaigns/y2sB7/draw")
        assert drawn.status_code == 201
        page = (await ann.get(PAGE)).text
        assert "The winners have been drawn and are being checked." in page
        assert "have not been drawn" not in page
        assert "The prizes" in page
        assert "(you!)" not in page
        assert drawn.json()["seed"] not in page
        assert (await ann.get("/y2sB7/draw.txt")).status_code == 404
        assert (await owner.post("/campaigns/y2sB7/draw/announce")).is_success
        page = (await ann.get(PAGE)).text
        assert "being checked" not in page
        assert "The winners" in page
        assert "<bdi>Ann S.</bdi> <b>(you!)</b>" in page
        assert "Bob &lt;." in page
        # Her whole name is told to herself alone.
        assert "Smith" not in page.split("The winners")[1].split("</section>")[0]
        assert drawn.json()["seed"] in page
        exported = await ann.get("/y2sB7/draw.txt")
    assert "is correct" in verify(exported.text.splitlines())
    assert "Ann" not in exported.text
    assert "example.org" not in exported.text


async def test_a_winner_who_was_redrawn_is_not_announced_any_more(app: Starlette) -> None:
    [one, *_] = await _make(app)
    async with await api_of(app) as owner, client_of(app, accept="text/html") as someone:
        await owner.post("/campaigns/y2sB7/prizes", json={"title": "Bell"})
        for name in ("Ann", "Bob"):
            async with client_of(app, accept="text/html") as browser:
                await _enter(browser, name)
                await browser.post(f"/y2sB7/answer/{one}")
        await end(app)
        assert (await owner.post("/campaigns/y2sB7/draw")).status_code == 201
        assert (await owner.post("/campaigns/y2sB7/draw/announce")).is_success
        first = set(re.findall("<bdi>(Ann|Bob)</bdi>", (await someone.get(PAGE)).text))
        again = {"n": 0, "reason": "cannot be reached"}
        assert (await owner.post("/campaigns/y2sB7/draw/redraw", json=again)).is_success
        second = set(re.findall("<bdi>(Ann|Bob)</bdi>", (await someone.get(PAGE)).text))
    assert len(first) == len(second) == 1
    assert first != second


async def test_a_reward_is_promised_then_worked_for_then_given(app: Starlette) -> None:
    one, two, _ = await _make(
        app,
        kind="reward",
        reward_kind="shared",
        reward_value="<SAVE10>",
        reward_note="At the **checkout**.",
        reward_after=2,
    )
    async with client_of(app, accept="text/html") as ann:
        page = (await ann.get(PAGE)).text
        assert "Complete 2 actions and get a code." in page
        assert "SAVE10" not in page
        assert "checkout" not in page
        await _enter(ann, "Ann")
        await ann.post(f"/y2sB7/answer/{one}")
        page = (await ann.get(PAGE)).text
        assert '<strong id="towards" data-all="2">1 of 2</strong>' in page
        assert "Your entries" not in page  # of which a reward has none
        await ann.post(f"/y2sB7/answer/{two}")
        page = (await ann.get(PAGE)).text
        assert '<output id="code" dir="auto">&lt;SAVE10&gt;</output>' in page
        assert "<strong>checkout</strong>" in page
        assert (await ann.get("/y2sB7/status")).json()["status"]["reward"] == "granted"


async def test_a_list_of_codes_that_is_all_gone_is_said_kindly_and_the_next_code_comes(
    app: Starlette,
) -> None:
    one, *_ = await _make(app, kind="reward", reward_kind="codes")
    async with await api_of(app) as owner, client_of(app, accept="text/html") as ann:
        await owner.post("/campaigns/y2sB7/codes", content="FIRST")
        await _enter(ann, "Ann")
        await ann.post(f"/y2sB7/answer/{one}")
        assert "FIRST" in (await ann.get(PAGE)).text
        async with client_of(app, accept="text/html") as bob:
            assert "All codes have been given out" in (await bob.get(PAGE)).text
            await _enter(bob, "Bob")
            await bob.post(f"/y2sB7/answer/{one}")
            page = (await bob.get(PAGE)).text
            assert "you’re next" in page
            assert "FIRST" not in page
            await owner.post("/campaigns/y2sB7/codes", content="SECOND")
            assert "SECOND" in (await bob.get(PAGE)).text

"""The API of the draw: prizes, winners, the export that repeats it."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import competition, end, made, mistake, prize, settle
from tests.backend.drawing import file_of, page_of, run_lines
from trk.core.draw import DrawError, Tickets
from trk.services.draw_records import verify
from trk.services.people import erase
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_winners_are_drawn_published_verified_and_redrawn(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 6)
    await prize(api, "Bike", 1)
    await prize(api, "Bell", 2)
    await settle(api, "chosen")
    early = await api.post("/campaigns/y2sB7/draw")
    assert "is not over" in mistake(early, 409, "not_drawn")
    mistake(await api.get("/campaigns/y2sB7/draw"), 404, "not_drawn")
    await api.post("/campaigns/y2sB7/entrants/6/block", json={"reason": "robot"})
    await end(app)
    answer = await api.post("/campaigns/y2sB7/draw", json={"seed": "lottery 7 12 23"})
    assert answer.status_code == 201, answer.text
    drawn = answer.json()
    listed = "".join(f"{n} {n}\n" for n in range(1, 6))  # all but the blocked one
    assert (drawn["seed"], drawn["entrants"], drawn["entries"]) == ("lottery 7 12 23", 5, 15)
    assert drawn["digest"] == hashlib.sha256(listed.encode()).hexdigest()
    assert [win["prize"] for win in drawn["wins"]] == ["Bike", "Bell", "Bell"]
    assert len({win["entrant_id"] for win in drawn["wins"]}) == 3
    assert drawn["wins"][0]["email"] == f"{drawn['wins'][0]['entrant_id']}@example.org"
    again = await api.post("/campaigns/y2sB7/draw")
    assert "have been drawn" in mistake(again, 409, "not_drawn")
    added = await api.post("/campaigns/y2sB7/prizes", json={"title": "Car"})
    mistake(added, 409, "drawn")
    # What happens afterwards changes nothing of the list.
    await api.post("/campaigns/y2sB7/entrants/5/block", json={"reason": "late"})
    redrawn = await api.post("/campaigns/y2sB7/draw/redraw", json={"n": 0, "reason": "no answer"})
    assert redrawn.status_code == 201, redrawn.text
    wins = redrawn.json()["wins"]
    assert [(win["n"], win["prize"], win["replaces"]) for win in wins] == [
        (0, "Bike", None),
        (1, "Bell", None),
        (2, "Bell", None),
        (3, "Bike", 0),
        (4, "Bike", 3),
    ]
    assert (wins[3]["entrant_id"], wins[3]["reason"]) == (5, "blocked")
    assert wins[0]["reason"] == "no answer"
    assert wins[0]["taken_back_at"] is not None
    exported = await api.get("/campaigns/y2sB7/draw/export")
    assert exported.text.split("\n", 1)[1] == listed
    assert "@example.org" not in exported.text
    assert "its 5 wins among 5 entrants with 15 entries" in verify(exported.text.splitlines(True))
    forged = exported.text.replace("\n5 5\n", "\n5 6\n")
    with pytest.raises(DrawError, match="digest"):
        verify(forged.splitlines())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Line 1"),
        ("hello\n1 1\n", "Line 1"),
        ('{"campaign":"x"}\n', "missing required field"),
        ("@head@\n1 1\nx\n", "Line 3 is 'x"),
        ("@head@\n1 99999999999999999999\n", "Line 2"),
        ("@head@\n2 1\n1 1\n", "ascending"),
    ],
)
def test_what_is_no_export_is_refused_in_a_sentence(text: str, said: str) -> None:
    head = '{"campaign":"x","seed":"s","digest":"d","entrants":1,"entries":1,"wins":[]}'
    with pytest.raises(DrawError) as caught:
        verify(text.replace("@head@", head).splitlines(True))
    assert said in str(caught.value)


async def test_of_many_draws_at_once_one_is_made(app: Starlette, api: httpx.AsyncClient) -> None:
    await competition(app, api, 4)
    await prize(api, "Bell", 2)
    await end(app)
    answers = await asyncio.gather(*[api.post("/campaigns/y2sB7/draw") for _ in range(20)])
    assert {answer.status_code for answer in answers} <= {201, 409}
    seeds = {answer.json()["seed"] for answer in answers if answer.status_code == 201}
    assert len(seeds) == 1
    assert len((await api.get("/campaigns/y2sB7/draw")).json()["wins"]) == 2


async def test_of_many_redraws_of_one_win_one_is_made(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 5)
    await prize(api, "Bell", 2)
    await end(app)
    await api.post("/campaigns/y2sB7/draw")
    body = {"n": 1, "reason": "no answer"}
    answers = await asyncio.gather(
        *[api.post("/campaigns/y2sB7/draw/redraw", json=body) for _ in range(20)]
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    wins = (await api.get("/campaigns/y2sB7/draw")).json()["wins"]
    told = {mistake(each, 409, "not_drawn") for each in answers if each.status_code == 409}
    # Those that came a moment too late are told by what, as those that come now.
    told.add(mistake(await api.post("/campaigns/y2sB7/draw/redraw", json=body), 409, "not_drawn"))
    assert told == {
        f"Win 1 was already redrawn at {wins[1]['taken_back_at']}, with the reason 'no answer'; "
        "expected a win that stands."
    }
    assert [(win["n"], win["replaces"]) for win in wins] == [(0, None), (1, None), (2, 1)]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("draw/redraw", {"n": 0, "reason": "x"}, 409, "no draw yet"),
        ("draw/redraw", {"n": 0, "reason": ""}, 400, "reason is ''"),
        ("draw/redraw", {"n": "0", "reason": "x"}, 400, "Expected `int`"),
        ("draw", {"seed": "of mine"}, 409, "seed is 'of mine'; expected none"),
        ("draw", {"value": "of mine"}, 409, "value is 'of mine'; expected none"),
        ("draw", {"seeds": "x"}, 400, "unknown field"),
        ("draw", {}, 409, "no prize"),
        ("prizes", {"title": ""}, 400, "title is ''"),
        ("prizes", {"title": "Bell", "winners": 0}, 400, "winners is 0"),
        ("prizes", {"title": "Bell", "winners": 10**9}, 400, "expected 1 to 10000"),
    ],
)
async def test_what_cannot_be_drawn_says_why(
    sqlite_app: Starlette,
    sqlite_api: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    status: int,
    said: str,
) -> None:
    await made(sqlite_api)
    if "seed" in body or "value" in body:
        await prize(sqlite_api, "Bell", 1)
    await end(sqlite_app)
    answer = await sqlite_api.post(f"/campaigns/y2sB7/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["error"]["message"]


async def test_nobody_is_drawn_from_an_empty_list_and_somebody_once_it_is_not(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 1)
    await prize(api, "Bell", 3)
    await end(app)
    await api.post("/campaigns/y2sB7/entrants/1/block", json={"reason": "by mistake"})
    for _ in range(2):
        answer = await api.post("/campaigns/y2sB7/draw")
        assert "there is nobody to draw" in mistake(answer, 409, "not_drawn")
    mistake(await api.get("/campaigns/y2sB7/draw"), 404, "not_drawn")
    await api.post("/campaigns/y2sB7/entrants/1/unblock", json={"reason": "no robot"})
    drawn = await api.post("/campaigns/y2sB7/draw")
    assert drawn.status_code == 201, drawn.text
    assert [win["entrant_id"] for win in drawn.json()["wins"]] == [1]


async def _redraw(api: httpx.AsyncClient, n: int) -> httpx.Response:
    body = {"n": n, "reason": "no answer"}
    return await api.post("/campaigns/y2sB7/draw/redraw", json=body)


async def _leave_out(app: Starlette, api: httpx.AsyncClient, entrant: int, how: str) -> None:
    if how == "blocked":
        path = f"/campaigns/y2sB7/entrants/{entrant}/block"
        answer = await api.post(path, json={"reason": "robot"})
        assert answer.status_code == 200, answer.text
    else:
        await erase(server_of(app).database, f"{entrant}@example.org")


@pytest.mark.parametrize("how", ["blocked", "erased"])
async def test_a_redrawn_prize_goes_past_who_is_out_and_the_proof_still_holds(
    app: Starlette, api: httpx.AsyncClient, how: str, tmp_path: Path
) -> None:
    await competition(app, api, 5)
    await prize(api, "Bell", 1)
    await end(app)
    drawn = (await api.post("/campaigns/y2sB7/draw")).json()
    tickets = Tickets((n, n) for n in range(1, 6))
    order = list(tickets.order(drawn["seed"]))
    for entrant in order[1:3]:
        await _leave_out(app, api, entrant, how)
    redrawn = await _redraw(api, 0)
    assert redrawn.status_code == 201, redrawn.text
    assert [
        (win["n"], win["entrant_id"], win["replaces"], win["reason"], win["taken_back_at"] is None)
        for win in redrawn.json()["wins"]
    ] == [
        (0, order[0], None, "no answer", False),
        (1, order[1], 0, how, False),
        (2, order[2], 1, how, False),
        (3, order[3], 2, None, True),
    ]
    mistake(await _redraw(api, 2), 409, "not_drawn")
    announced = await api.post("/campaigns/y2sB7/draw/announce")
    assert announced.status_code == 200, announced.text
    file = await file_of(app)
    assert "its 4 wins among 5 entrants" in verify(file.splitlines(keepends=True))
    printed = await run_lines(await page_of(app), file, tmp_path)
    assert printed != []
    assert all(line.endswith("True") for line in printed)


@pytest.mark.parametrize("how", ["blocked", "erased"])
async def test_if_all_who_are_left_are_out_nothing_is_redrawn_and_it_can_be_announced(
    app: Starlette, api: httpx.AsyncClient, how: str
) -> None:
    await competition(app, api, 2)
    await prize(api, "Bell", 1)
    await end(app)
    [won] = (await api.post("/campaigns/y2sB7/draw")).json()["wins"]
    await _leave_out(app, api, 3 - won["entrant_id"], how)
    assert "nobody is left" in mistake(await _redraw(api, 0), 409, "not_drawn")
    [kept] = (await api.get("/campaigns/y2sB7/draw")).json()["wins"]
    assert kept == won
    # Nor does it keep the owner from announcing, if the winner is erased as well.
    await _leave_out(app, api, won["entrant_id"], "erased")
    assert (await api.post("/campaigns/y2sB7/draw/announce")).status_code == 200

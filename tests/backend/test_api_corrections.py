"""The API of an owner's corrections, with their reasons."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, call, data, entered, made
from tests.backend.in_parts import between
from tests.backend.stored import (
    NOW,
    campaign_in,
    visitor,
)
from trk.services import corrections
from trk.store import entrants
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_an_owner_invalidates_blocks_and_takes_it_back_with_reasons(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api, worth=5)
    entrant = await entered(app, 1)
    await api.post("/campaigns/y2sB7/beacons", json=call(1, ["Purchase"], visitor=visitor(1)))
    [completion] = await data(api, "completions")
    for path, reason, status in [
        (f"completions/{completion['id']}/invalidate", "copied", 200),
        (f"completions/{completion['id']}/invalidate", "copied", 409),
        (f"completions/{completion['id']}/restore", "a mistake", 200),
        (f"completions/{completion['id']}/restore", "a mistake", 409),
        (f"entrants/{entrant}/block", "robot", 200),
        (f"entrants/{entrant}/block", "robot", 409),
        (f"entrants/{entrant}/unblock", "a person", 200),
        (f"entrants/{entrant}/unblock", "a person", 409),
        (f"entrants/{entrant}/allow-browsers", "a school", 200),
        (f"entrants/{entrant}/allow-browsers", "a school", 409),
        (f"entrants/{entrant}/limit-browsers", "it is over", 200),
        (f"entrants/{entrant}/limit-browsers", "it is over", 409),
        ("completions/999/invalidate", "x", 409),
        ("completions/x/invalidate", "x", 404),
        (f"entrants/{entrant}/block", " ", 400),
        (f"entrants/{entrant}/allow-browsers", "", 400),
        ("entrants/999/allow-browsers", "x", 409),
    ]:
        answer = await api.post(f"/campaigns/y2sB7/{path}", json={"reason": reason})
        assert answer.status_code == status, (path, answer.text)
        entries = (await data(api, "entrants"))[0]["entries"]
        assert entries == (0 if reason == "copied" else 5)
    log = await data(api, "corrections")
    assert [(row["kind"], row["reason"]) for row in log] == [
        ("invalidated", "copied"),
        ("restored", "a mistake"),
        ("blocked", "robot"),
        ("unblocked", "a person"),
        ("browsers_allowed", "a school"),
        ("browsers_limited", "it is over"),
    ]


async def test_entrants_who_share_a_browser_are_flagged(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    mother, child, stranger = (await entered(app, 1), await entered(app, 2), await entered(app, 3))
    database = server_of(app).database
    campaign = await campaign_in(database)
    for _ in range(2):
        await database.write(entrants.link_visit, campaign, visitor(1), child, NOW)
    flags = {row["id"]: row["shares_browser_with"] for row in await data(api, "entrants")}
    assert flags == {mother: [child], child: [mother], stranger: []}


async def test_many_are_unblocked_a_part_at_a_time_and_it_can_be_done_again(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(api)
    people = [await entered(app, number) for number in range(5)]
    several = {"ids": [*reversed(people), people[0]], "reason": "so"}
    assert (await api.post("/campaigns/y2sB7/entrants/block", json=several)).is_success
    monkeypatch.setattr(corrections, "AT_ONCE", 2)
    still: list[int] = []

    async def look() -> None:
        still.append(sum(each["blocked_at"] is not None for each in await data(api, "entrants")))

    database = server_of(app).database
    with between(database, lambda program: program is corrections.each, look):
        answer = await api.post("/campaigns/y2sB7/entrants/unblock", json=several)
    assert answer.json() == {"changed": sorted(people)}
    assert still == [3, 1]
    again = await api.post("/campaigns/y2sB7/entrants/unblock", json=several)
    assert again.json() == {"changed": []}
    assert not any(each["blocked_at"] for each in await data(api, "entrants"))

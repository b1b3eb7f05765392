"""The API of rewards: codes, claims and mails."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

from tests.backend.calls import action, call, data, entered, made, mistake
from tests.backend.stored import (
    visitor,
)


async def test_codes_are_uploaded_claimed_and_the_owner_is_warned(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api, "reward", reward_kind="codes")
    await action(api)
    answer = await api.post("/campaigns/y2sB7/codes", content="A-1\nA-2\n\nA-1\n")
    assert answer.json() == {"added": 2, "total": 2, "left": 2, "low": False}
    for number in (1, 2, 3):
        await entered(app, number)
        body = call(number, ["Purchase"], visitor=visitor(number))
        await api.post("/campaigns/y2sB7/beacons", json=body)
    stock = (await api.get("/campaigns/y2sB7/codes")).json()
    assert stock == {"total": 2, "left": 0, "low": True}
    claims = await data(api, "claims")
    assert [(row["email"], row["value"]) for row in claims] == [
        ("1@example.org", "A-1"),
        ("2@example.org", "A-2"),
    ]
    assert [row["recipient"] for row in await data(api, "mails")] == [
        "1@example.org",
        "2@example.org",
    ]
    bad = await api.post("/campaigns/y2sB7/codes", content="x" * 300)
    assert "Line 1 is" in mistake(bad, 400, "invalid")


async def test_a_campaign_without_a_list_takes_no_codes(sqlite_api: httpx.AsyncClient) -> None:
    await made(sqlite_api, "reward", reward_kind="shared", reward_value="SAVE10")
    answer = await sqlite_api.post("/campaigns/y2sB7/codes", content="A-1")
    assert "reward_kind of campaign y2sB7 is shared" in mistake(answer, 409, "no_codes")

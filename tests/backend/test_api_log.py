"""The tracking log and the completions as the API tells them, page by page while they grow."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import ACTION, CAMPAIGN
from tests.backend.campaign_pages import arrive
from tests.backend.conftest import beacon, client_of

pytestmark = pytest.mark.by_turns


async def test_the_log_tells_each_pair_with_its_outcome(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    vip = (await api.post("/campaigns/y2sB7/actions", json=ACTION)).json()
    sent: Any = beacon(["VIP", "gold"], ["other"])
    async with client_of(app) as shop:
        await shop.post("/y2sB7/beacon", json=sent)
        await shop.post("/y2sB7/beacon", json=beacon(["VIP"], visitor="b" * 32))
    log = (await api.get("/campaigns/y2sB7/trackings")).json()
    first, second, third = log["data"]
    assert (first["name"], first["value"], first["outcome"]) == ("VIP", "gold", "waiting")
    assert (first["beacon"], first["n"], first["visitor"]) == (sent["id"], 0, "a" * 32)
    assert (first["action_id"], first["entrant_id"]) == (vip["id"], None)
    assert (second["name"], second["value"], second["outcome"]) == ("other", None, "unmatched")
    assert log["next"] is None
    of_b = await api.get("/campaigns/y2sB7/trackings", params={"visitor": "b" * 32})
    assert of_b.json()["data"] == [third]
    named = await api.get("/campaigns/y2sB7/trackings", params={"name": "other"})
    assert named.json()["data"] == [second]


async def test_a_completion_is_told_with_its_entrant_and_details(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    vip = (await api.post("/campaigns/y2sB7/actions", json=ACTION)).json()
    async with client_of(app) as browser:
        await arrive(app, browser)
        form = {"name": "Ann", "email": "ann@example.org"}
        assert (await browser.post("/y2sB7/enter", data=form)).status_code == 303
        await browser.post("/y2sB7/beacon", json=beacon(["vip", "gold"]))
    [done] = (await api.get("/campaigns/y2sB7/completions")).json()["data"]
    assert (done["entrant"], done["email"]) == ("Ann", "ann@example.org")
    assert (done["action_id"], done["tracking_name"]) == (vip["id"], "VIP")
    assert (done["worth"], done["details"], done["source"]) == (5, "gold", "tracking")
    assert done["completed_at"].endswith("Z")


async def test_a_list_read_page_by_page_while_it_grows_misses_nothing_and_repeats_nothing(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await api.post("/campaigns", json=CAMPAIGN)
    expected = {f"push {n}" for n in range(120)}
    growing = True

    async def push(shop: httpx.AsyncClient, first: int) -> None:
        for n in range(first, 120, 4):
            answer = await shop.post("/y2sB7/beacon", json=beacon([f"push {n}"]))
            assert answer.status_code == 200

    async def read() -> list[str]:
        names: list[str] = []
        cursor = "0"
        while True:
            last_round = not growing
            page = await api.get(
                "/campaigns/y2sB7/trackings", params={"limit": "7", "cursor": cursor}
            )
            rows = page.json()["data"]
            names += [row["name"] for row in rows]
            cursor = str(rows[-1]["id"]) if rows else cursor
            if last_round and not rows:
                return names

    async with client_of(app) as shop:
        reading = asyncio.create_task(read())
        await asyncio.gather(*(push(shop, first) for first in range(4)))
        growing = False
        names = await reading
    assert len(names) == len(expected)
    assert set(names) == expected


async def test_next_leads_through_a_list_to_its_end(api: httpx.AsyncClient) -> None:
    keys = [f"key{n:04d}" for n in range(5)]
    for key in keys:
        await api.post("/campaigns", json={"name": key, "key": key})
    found: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = (await api.get("/campaigns", params=query)).json()
        found += [campaign["key"] for campaign in page["data"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == keys

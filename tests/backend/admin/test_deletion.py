"""The end of a campaign: what goes with it, and what stays."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from sqlalchemy import Table
from starlette.applications import Starlette

from tests.backend.admin.owning import saved
from tests.backend.calls import competition
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.stored import query_write, visitor
from trk.store.belongings import BELOW
from trk.store.program import select
from trk.store.schema import metadata
from trk.web.server import server_of

PRIZE: dict[str, Any] = {"title": "Bike"}


def belongs(table: Table) -> bool:
    owned = {"campaign_id", "entrant_id", "action_id", "draw_id", "picture_id"}
    return bool(owned & set(table.columns.keys()))


def test_whatever_belongs_to_a_campaign_is_known_to_go_with_it() -> None:
    assert {name for name, _ in BELOW} == {
        name for name, table in metadata.tables.items() if belongs(table)
    }


async def test_deleting_asks_with_numbers_and_takes_all_of_this_campaign_and_nothing_of_others(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    async with await api_of(app) as api:
        await competition(app, api, 3)
        for kind in ("prizes", "draw"):
            if kind == "draw":
                await query_write(database, "UPDATE campaigns SET ends_at = 1 WHERE key = 'y2sB7'")
            answer = await api.post(
                f"/campaigns/y2sB7/{kind}", json=PRIZE if kind == "prizes" else {}
            )
            assert answer.status_code == 201, answer.text
    browser.base_url = httpx.URL("http://track.test/admin/campaigns/y2sB7")
    page = (await browser.get("/delete")).text
    for said in ("<dd>3</dd>", "<dd>6</dd>", "y2sB7"):
        assert said in page
    others = {
        name: len(await database.read(select, f"SELECT 1 AS one FROM {name}"))
        for name in ("campaigns", "actions", "prizes")
    }
    assert saved(await browser.post("/delete")) == "/admin/campaigns?deleted"
    for table, _ in BELOW:
        left = await database.read(select, f"SELECT 1 AS one FROM {table}")
        expected = {"actions": 1, "draw_plans": 1, "prizes": 1}.get(table, 0)
        assert len(left) == expected, table
    assert others == {"campaigns": 2, "actions": 4, "prizes": 2}
    assert (await browser.post("/delete")).status_code == 404


async def test_beacons_that_arrive_while_their_campaign_is_deleted_leave_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(app) as api:
        await competition(app, api, 3)
    browser.base_url = httpx.URL("http://track.test/admin/campaigns/y2sB7")

    seen: set[int] = set()

    async def push_until_it_is_gone(number: int) -> None:
        """Push again and again; refused for a moment (503) is to be sent again, as trk.js does."""
        async with client_of(app) as shop:
            while 404 not in seen:
                body: Any = beacon(["A1"], ["A2"], ["Other"], visitor=visitor(number))
                seen.add((await shop.post("/y2sB7/beacon", json=body)).status_code)

    await asyncio.gather(*map(push_until_it_is_gone, range(8)), browser.post("/delete"))
    assert seen <= {200, 404, 503}
    for table in ("trackings", "completions", "links", "entrants", "refusals"):
        assert await server_of(app).database.read(select, f"SELECT 1 AS one FROM {table}") == [], (
            table
        )

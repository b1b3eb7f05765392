"""HEAD only looks: it changes nothing, at no address, whoever asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.calls import competition, prize
from tests.backend.campaign_pages import ANN, PAGE, VISITOR, bring, make, new_ticket
from tests.backend.conftest import beacon, client_of
from tests.backend.drawing import ONE, drawn, end_now
from tests.backend.stored import campaign_in, query
from trk.clock import now_ms
from trk.services.tokens import make_token
from trk.store import ends
from trk.store.schema import metadata
from trk.web.server import server_of


def paths(routes: Sequence[BaseRoute], before: str = "") -> Iterator[str]:
    """The path of each route that takes HEAD."""
    for route in routes:
        if isinstance(route, Mount):
            yield from paths(route.routes or [], before + route.path)
        elif isinstance(route, Route) and "HEAD" in (route.methods or ()):
            yield before + route.path


async def everything(app: Starlette) -> dict[str, list[dict[str, Any]]]:
    """All that is stored."""
    database = server_of(app).database
    found = {}
    for table in metadata.sorted_tables:
        rows = [dict(row) for row in await query(database, f"SELECT * FROM {table.name}")]
        found[table.name] = sorted(rows, key=repr)
    return found


async def test_nothing_is_changed_at_any_address(app: Starlette) -> None:
    token = (await server_of(app).database.write(make_token, "tests")).token
    async with browser_of(app) as owner:
        await set_up(app, owner)
        action = await make(app)
        given = {
            "key": "y2sB7",
            "slug": PAGE.rpartition("/")[2],
            "action": str(action),
            "path": "campaign.css",
        }
        async with client_of(app) as shop:
            await shop.post("/y2sB7/beacon", json=beacon(["VIP"]))
        await owner.post("/y2sB7/enter", data=ANN)
        ticket, late = new_ticket(), new_ticket()
        await bring(app, ticket)
        await owner.get(f"{PAGE}?visitor={late}")
        await bring(app, late, "b" * 32)
        owner.cookies.set("trk_visitor_y2sB7", "c" * 32)
        before = await everything(app)
        tried = 0
        for path in paths(app.routes):
            name = re.compile(r"\{(\w+)(:\w+)?\}")
            url = name.sub(lambda found: given.get(found[1], "1"), path)
            headers = {"authorization": f"Bearer {token}"} if url.startswith("/api") else {}
            for asked in (url, f"{url}?visitor={ticket}"):
                answer = await owner.head(asked, headers=headers)
                assert answer.status_code < 500, asked
                tried += 1
        # Once for all: `late` is good for a minute.
        assert await everything(app) == before
        assert tried > 80
        # As GET, the same addresses would have.
        await owner.get(f"/y2sB7/go/{action}")
        await owner.get(PAGE)
        after = await everything(app)
    assert len(after["xrefs"]) == 1
    assert {row["visitor"] for row in after["links"]} >= {"b" * 32, "c" * 32}
    assert VISITOR not in {row["visitor"] for row in after["links"]}


async def ended(app: Starlette, api: httpx.AsyncClient) -> None:
    """A campaign that is over, with its draw. The server has told its owners, as it might do in the
    middle of a test."""
    await competition(app, api, 2)
    await prize(api, "Bike", 1)
    await end_now(app)
    await drawn(api)
    database = server_of(app).database
    await database.write(ends.tell, await campaign_in(database), "http://track.test", now_ms())


async def test_what_is_noted_of_who_reads_it_is_noted_once_it_is_read(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    """A secret, a person's data, a list, a draw."""
    await ended(app, api)
    database = server_of(app).database
    async with browser_of(app) as owner:
        await set_up(app, owner)
        campaign = "/admin/campaigns/y2sB7"
        reads: list[tuple[httpx.AsyncClient, str]] = [
            (api, f"{ONE}/secret"),
            (api, "/entrants?email=1@example.org"),
            (api, f"{ONE}/draw/export"),
            (api, f"{ONE}/draw/winners.csv"),
            (api, f"{ONE}/completions.csv"),
            (owner, f"{campaign}/install/secret"),
            (owner, f"{campaign}/entrants/1/export"),
            (owner, f"{campaign}/draw/winners.csv"),
            (owner, f"{campaign}/entries.csv"),
        ]
        before = await everything(app)
        for reader, path in reads:
            assert (await reader.head(path)).status_code == 200, path
        assert await everything(app) == before
        for n, (reader, path) in enumerate(reads, 1):
            assert (await reader.get(path)).status_code == 200, path
            rows = await query(database, "SELECT times FROM audit")
            known = sum(row["times"] for row in before["audit"])
            assert sum(row["times"] for row in rows) == known + n, path


async def test_whoever_reads_the_record_of_a_draw_leaves_no_trace(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await ended(app, api)
    before = await everything(app)
    for path in ("/y2sB7/draw.txt", "/y2sB7/draw"):
        for accept in ("text/html", "*/*"):
            for method in ("HEAD", "GET"):
                answer = await browser.request(method, path, headers={"accept": accept})
                assert answer.status_code == 200
    assert "seed" in answer.text
    assert await everything(app) == before

"""HEAD only looks: it changes nothing, at no address, whoever asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.campaign_pages import ANN, PAGE, VISITOR, bring, make, new_ticket
from tests.backend.conftest import beacon, client_of
from tests.backend.stored import query
from trk.services.tokens import make_token
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
    """All that is stored, but when API tokens were last used, and the audit, which notes who has
    asked for a secret, however they ask."""
    database = server_of(app).database
    found = {}
    for table in metadata.sorted_tables:
        rows = [dict(row) for row in await query(database, f"SELECT * FROM {table.name}")]
        for row in rows:
            row.pop("last_used_at", None)
        found[table.name] = sorted(rows, key=repr)
    del found["audit"]
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
            assert await everything(app) == before, url
        assert tried > 80
        # As GET, the same addresses would have.
        await owner.get(f"/y2sB7/go/{action}")
        await owner.get(PAGE)
        after = await everything(app)
    assert len(after["xrefs"]) == 1
    assert {row["visitor"] for row in after["links"]} >= {"b" * 32, "c" * 32}
    assert VISITOR not in {row["visitor"] for row in after["links"]}

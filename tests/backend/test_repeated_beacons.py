"""What else a beacon says (a ticket, a token, another id) when it is refused or comes again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import make
from tests.backend.conftest import beacon, client_of
from tests.backend.linking import minted, sent
from tests.backend.stored import (
    campaign_in,
    campaign_with,
    enter,
    query,
    visitor,
)
from trk.clock import now_ms
from trk.core.beacon import Answer
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.store import actions, xrefs
from trk.store.beacons import store
from trk.store.database import Database
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_what_a_beacon_that_is_refused_says_besides_does_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    database = server_of(app).database
    campaign = await campaign_in(database)
    entrant = await enter(database, campaign, 9, linked=False)
    [action] = await database.read(actions.of_campaign, campaign.id)
    await database.write(xrefs.mint, campaign, entrant, action.id, token_hash("token"), now_ms())
    first: dict[str, Any] = dict(beacon(["VIP", "1"]))  # type: ignore[call-overload]
    more = {"ticket": "1" * 32, "was": "d" * 32, "xref": "token"}
    async with client_of(app) as shop:
        assert (await shop.post("/y2sB7/beacon", json=first)).status_code == 200
        others: tuple[dict[str, Any], ...] = (
            {"pairs": [["VIP", "2"]]},
            {"pairs": []},
            {"visitor": "e" * 32},
        )
        for other in others:
            answer = await shop.post("/y2sB7/beacon", json={**first, **more, **other})
            assert answer.status_code == 409
    for table in ("tickets", "same_browsers", "links", "refusals"):
        assert await query(database, f"SELECT id FROM {table}") == [], table


@pytest.mark.parametrize("together", [True, False])
async def test_what_a_repetition_says_besides_counts_and_a_reused_id_does_not(
    together: bool, database: Database
) -> None:
    campaign = await campaign_with(database)
    entrant = await enter(database, campaign, 9, linked=False)
    await minted(database, campaign, entrant, "token")
    group = [
        sent(1, 1, ["Purchase"]),
        sent(1, 1, ["Purchase"], was=visitor(2)),
        sent(1, 1, ["Purchase", "other"], was=visitor(3), ticket="3" * 32, xref="token"),
        sent(1, 4, ["Purchase"], was=visitor(5), ticket="5" * 32),
        sent(1, 1, ["Purchase"], ticket="1" * 32, xref="nobody's"),
    ]
    if together:
        replies = await database.write(store, group)
    else:
        replies = [(await database.write(store, [each]))[0] for each in group]
    codes = [each.code if isinstance(each, Rejection) else each.pairs[0] for each in replies]
    assert codes == ["waiting", "waiting", "id_reused", "id_reused", "waiting"]
    assert [each.refused for each in replies if isinstance(each, Answer)] == [[], [], []]
    pairs = await query(database, "SELECT visitor FROM same_browsers ORDER BY visitor")
    assert [row["visitor"] for row in pairs] == [visitor(1), visitor(2)]
    kept = await query(database, "SELECT token_hash FROM tickets")
    assert [row["token_hash"] for row in kept] == [token_hash("1" * 32)]
    assert await query(database, "SELECT id FROM links") == []
    assert len(await query(database, "SELECT id FROM trackings")) == 1

"""A link that was given away and is then named by the customer's server earns its giver nothing
more than in a browser."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, call, data, entered, made
from tests.backend.linking import counting
from tests.backend.stored import beacon_id, campaign_in, query, visitor
from trk.clock import now_ms
from trk.core.beacon import Beacon
from trk.core.keys import token_hash
from trk.store import actions, xrefs
from trk.store.submissions import Submission
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

PATH = "/campaigns/y2sB7/beacons"


async def gift(app: Starlette, api: httpx.AsyncClient, **kind: Any) -> int:
    """A campaign and an entrant, who has a token `gift`."""
    await made(api)
    await action(api, **kind)
    giver = await entered(app, 9)
    database = server_of(app).database
    campaign = await campaign_in(database)
    [one] = await database.read(actions.of_campaign, campaign.id)
    await database.write(xrefs.mint, campaign, giver, one.id, token_hash("gift"), now_ms())
    return giver


async def opens(app: Starlette, number: int, by: int, *, direct: bool = False) -> None:
    """A browser opens the page with the token."""
    beacon = Beacon(beacon_id(number), visitor(by), [], xref="gift", direct=direct)
    await server_of(app).writer.submit(Submission("y2sB7", beacon, now_ms()))


async def says(api: httpx.AsyncClient, number: int, value: str) -> Any:
    answer = await api.post(PATH, json=call(number, ["Purchase", value], xref="gift"))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("opened", ["before", "after"])
@pytest.mark.parametrize("unique", [False, True])
async def test_the_strangers_order_is_theirs_once_they_enter(
    unique: bool, opened: str, app: Starlette, api: httpx.AsyncClient
) -> None:
    giver = await gift(app, api, unique_value=unique)
    if opened == "before":
        await opens(app, 1, 1)
    assert (await says(api, 2, "order-17"))["unlocked"] == ["Purchase"]
    database = server_of(app).database
    assert await counting(database) == [(giver, "order-17")]
    if opened == "after":
        await opens(app, 1, 1)
    again = await says(api, 2, "order-17")
    assert (again["unlocked"], again["duplicate"]) == (["Purchase"], True)
    person = await entered(app, 1)
    assert await counting(database) == [(person, "order-17")]
    assert (await says(api, 2, "order-17"))["duplicate"]
    assert {row["source"] for row in await data(api, "completions")} == {"api"}
    assert (await says(api, 3, "order-18"))["pairs"] == ["repeated"]
    assert await counting(database) == [(person, "order-17")]


@pytest.mark.parametrize("opened", ["before", "after"])
async def test_in_the_browser_of_somebody_who_has_entered_it_is_theirs_at_once(
    opened: str, app: Starlette, api: httpx.AsyncClient
) -> None:
    await gift(app, api)
    person = await entered(app, 1)
    if opened == "before":
        await opens(app, 1, 1)
    await says(api, 2, "order-17")
    if opened == "after":
        await opens(app, 1, 1)
    database = server_of(app).database
    assert await counting(database) == [(person, "order-17")]
    assert (await says(api, 2, "order-17"))["duplicate"]


@pytest.mark.parametrize("opened", ["before", "after"])
async def test_in_the_entrants_own_browser_it_is_theirs_for_good(
    opened: str, app: Starlette, api: httpx.AsyncClient
) -> None:
    giver = await gift(app, api)
    if opened == "before":
        await opens(app, 1, 2, direct=True)
    await says(api, 2, "order-17")
    if opened == "after":
        await opens(app, 1, 2, direct=True)
    database = server_of(app).database
    assert await query(database, "SELECT id FROM trackings WHERE provisional = 1") == []
    await entered(app, 2)
    assert await counting(database) == [(giver, "order-17")]


async def test_where_no_browser_has_opened_it_each_call_counts_provisionally(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    giver = await gift(app, api)
    await says(api, 1, "order-17")
    assert (await says(api, 2, "order-18"))["pairs"] == ["repeated"]
    database = server_of(app).database
    rows = await query(database, "SELECT entrant_id, provisional FROM trackings")
    assert [(row["entrant_id"], row["provisional"]) for row in rows] == [(giver, 1)] * 2

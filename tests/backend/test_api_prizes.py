"""The API's prizes, until the draw."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import competition, data, end, mistake, prize
from tests.backend.stored import query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ONE = "/campaigns/y2sB7"


async def test_a_prize_is_changed_until_the_draw(app: Starlette, api: httpx.AsyncClient) -> None:
    await competition(app, api, 2)
    path = f"{ONE}/prizes/{await prize(api, 'Bike', 1)}"
    changed = (await api.patch(path, json={"winners": 2})).json()
    assert (changed["title"], changed["winners"]) == ("Bike", 2)
    mistake(await api.patch(path, json={"winners": 0}), 400, "invalid")
    mistake(await api.patch(f"{ONE}/prizes/999", json={}), 404, "not_found")
    await query_write(server_of(app).database, "UPDATE campaigns SET ends_at = 1")
    assert (await api.post(f"{ONE}/draw")).status_code == 201
    mistake(await api.patch(path, json={"winners": 1}), 409, "drawn")


async def test_a_prize_can_be_removed_until_the_draw(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    wrong, right = await prize(api, "Car", 1), await prize(api, "Bell", 1)
    assert (await api.delete(f"/campaigns/y2sB7/prizes/{wrong}")).status_code == 204
    mistake(await api.delete(f"/campaigns/y2sB7/prizes/{wrong}"), 409, "not_done")
    assert [row["title"] for row in await data(api, "prizes")] == ["Bell"]
    await end(app)
    await api.post("/campaigns/y2sB7/draw")
    mistake(await api.delete(f"/campaigns/y2sB7/prizes/{right}"), 409, "not_done")

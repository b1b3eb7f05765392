"""The API's actions: changed, moved and deleted."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

from tests.backend.calls import action, call, data, entered, made, mistake
from tests.backend.stored import visitor

ONE = "/campaigns/y2sB7"


async def test_an_action_is_changed_moved_and_deleted_with_its_completions(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    first, second = await action(api, "First"), await action(api, "Second")
    path = f"{ONE}/actions/{second}"
    changed = (await api.patch(path, json={"worth": 7, "tracking_name": "Other"})).json()
    assert (changed["worth"], changed["tracking_name"], changed["title"]) == (7, "Other", "Second")
    answer = await api.patch(path, json={"tracking_name": "FIRST"})
    assert "is taken in this campaign" in mistake(answer, 409, "taken")
    order = (await api.post(f"{path}/move", json={"position": 0})).json()["data"]
    assert [each["id"] for each in order] == [second, first]
    answer = await api.post(f"{path}/move", json={"position": -1})
    assert "position is -1" in mistake(answer, 400, "invalid")
    await entered(app, 1)
    body = call(1, ["Other"], ["First"], visitor=visitor(1))
    assert (await api.post(f"{ONE}/beacons", json=body)).status_code == 200
    assert (await api.delete(path)).status_code == 204
    assert [row["action_id"] for row in await data(api, "completions")] == [first]
    for answer in (await api.delete(path), await api.patch(path, json={})):
        mistake(answer, 404, "not_found")

"""The API of what a form asks: fields are made, changed, moved, listed and deleted."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import mistake
from tests.backend.campaign_pages import ANN, make
from tests.backend.confirming import FRAMED, SHOP
from tests.backend.conftest import api_of, client_of
from tests.backend.form_fields import ENTER, EVERY, field

pytestmark = pytest.mark.by_turns


async def test_ten_fields_are_asked_at_most(app: Starlette, api: httpx.AsyncClient) -> None:
    await make(app, allowed_origins=[SHOP])
    ids = [await field(api, f"Asked {n}", required=True) for n in range(10)]
    said = mistake(
        await api.post("/campaigns/y2sB7/fields", json={"label": "One more"}), 400, "invalid"
    )
    assert "expected at most 10" in said
    async with client_of(app, accept="text/html") as browser:
        form = {**ANN, **FRAMED, "visitor": "a" * 32, "browser": "b" * 32, "lang": "en"}
        answers = {f"field-{each}": "x" for each in ids}
        assert (await browser.post(ENTER, data={**form, **answers})).status_code == 200
    await api.patch(f"/campaigns/y2sB7/fields/{ids[0]}", json={"asked": False})
    more = await field(api, "One more")
    again = await api.patch(f"/campaigns/y2sB7/fields/{ids[0]}", json={"asked": True})
    assert "expected at most 10" in mistake(again, 400, "invalid")
    assert (
        await api.patch(f"/campaigns/y2sB7/fields/{more}", json={"label": "x"})
    ).status_code == 200


async def test_the_api_makes_changes_moves_and_lists_fields(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await make(app)
    path = "/campaigns/y2sB7/fields"
    made = await api.post(path, json={**EVERY[1], "required": True})
    assert made.json() == {
        "id": made.json()["id"],
        "kind": "choice",
        "label": "Colour",
        "required": True,
        "options": ["Red", "Green & blue"],
        "minimum_age": 0,
        "asked": True,
        "version": 1,
    }
    one = f"{path}/{made.json()['id']}"
    assert (await api.get(one)).json() == made.json()
    changed = (await api.patch(one, json={"label": "Hue", "version": 1})).json()
    assert (changed["label"], changed["version"], changed["required"]) == ("Hue", 2, True)
    mistake(await api.patch(one, json={"label": "x", "version": 1}), 409, "changed")
    assert "it never changes" in mistake(
        await api.patch(one, json={"kind": "text"}), 400, "invalid"
    )
    second = await field(api, "Second")
    order = (await api.post(f"{path}/{second}/move", json={"position": 0})).json()["data"]
    assert [each["label"] for each in order] == ["Second", "Hue"]
    assert (await api.get(path)).json()["data"] == order
    for wrong in (
        {},
        {"label": ""},
        {"label": "x", "kind": "colour"},
        {"label": "x", "kind": "choice", "options": ["one"]},
        {"label": "x", "kind": "choice", "options": "S M"},
        {"label": "x", "options": ["S", "M"]},
        {"label": "x", "minimum_age": 18},
        {"label": "[x](javascript:alert(1))"},
        {"label": "x", "other": 1},
    ):
        mistake(await api.post(path, json=wrong), 400, "invalid")
    assert (await api.delete(one)).status_code == 204
    assert [each["id"] for each in (await api.get(path)).json()["data"]] == [second]
    async with await api_of(app) as other:
        await other.post("/campaigns", json={"name": "Other", "key": "other1"})
        for method, rest in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/move")):
            url = f"/campaigns/other1/fields/{second}{rest}"
            body = {"json": {"position": 0}} if rest else {"json": {}}
            mistake(await other.request(method, url, **body), 404, "not_found")  # type: ignore[arg-type]

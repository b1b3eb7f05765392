"""API: one person's data is exported and erased by e-mail."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import made, mistake
from tests.backend.stored import campaign_in, enter, query_write
from trk.services import people as privacy
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_the_api_exports_and_erases_by_email(app: Starlette, api: httpx.AsyncClient) -> None:
    await made(api)
    campaign = await campaign_in(server_of(app).database)
    entrant = await enter(server_of(app).database, campaign, 1)
    who: dict[str, Any] = {"params": {"email": "1@example.org"}}
    exported = await api.get("/entrants", **who)
    assert (exported.status_code, exported.headers["cache-control"]) == (200, "no-store")
    assert exported.json()["campaigns"][0]["entrant"]["email"] == "1@example.org"
    erased = await api.delete("/entrants", **who)
    assert erased.json() == {"erased": [{"campaign": "y2sB7", "entrant_id": entrant}]}
    assert "'1@example.org'" in mistake(
        await api.delete("/entrants", **who), 404, "unknown_entrant"
    )
    mistake(await api.get("/entrants", **who), 404, "unknown_entrant")
    [listed] = (await api.get("/campaigns/y2sB7/entrants")).json()["data"]
    assert (listed["name"], listed["email"]) == ("(erased)", "")
    assert listed["erased_at"] is not None
    url = f"/campaigns/y2sB7/entrants/{entrant}/unblock"
    mistake(await api.post(url, json={"reason": "x"}), 409, "not_done")


async def test_who_was_erased_after_the_draw_is_not_blocked_for_good(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    database = server_of(app).database
    entrant = await enter(database, await campaign_in(database), 1)
    await privacy.erase(database, "1@example.org")
    await query_write(database, "UPDATE entrants SET blocked_at = NULL")  # as after a draw
    url = f"/campaigns/y2sB7/entrants/{entrant}/block"
    mistake(await api.post(url, json={"reason": "x"}), 409, "not_done")


@pytest.mark.parametrize("query_string", ["", "?email=", "?email=%20", "?email=a%00b"])
async def test_an_export_without_an_email_is_refused(
    sqlite_api: httpx.AsyncClient, query_string: str
) -> None:
    mistake(await sqlite_api.get(f"/entrants{query_string}"), 400, "invalid")
    mistake(await sqlite_api.delete(f"/entrants{query_string}"), 400, "invalid")

"""A campaign that is deleted between the look for it and the change of it."""

from __future__ import annotations

from types import ModuleType

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import made, mistake
from tests.backend.stored import campaign_in
from trk.core.campaign import Campaign
from trk.web.api import actions, campaigns, prizes, webhooks
from trk.web.server import server_of

CALLS = {
    "prizes": (prizes, "POST", "/prizes", {"title": "A bike", "winners": 1}),
    "actions": (actions, "POST", "/actions", {"title": "Buy", "tracking_name": "Purchase"}),
    "webhooks": (webhooks, "POST", "/webhooks", {"url": "https://shop.example/hooks"}),
    "settings": (campaigns, "PATCH", "", {"name": "Win two bikes"}),
}


@pytest.mark.parametrize(("module", "method", "path", "body"), CALLS.values(), ids=CALLS)
async def test_it_is_not_found_and_no_fault_of_the_database(
    app: Starlette,
    api: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    method: str,
    path: str,
    body: object,
) -> None:
    await made(api)
    seen = await campaign_in(server_of(app).database)
    assert (await api.delete("/campaigns/y2sB7")).status_code == 204

    looks = [seen]
    look_again = module.campaign_of

    async def seen_before(request: object) -> Campaign:
        found: Campaign = looks.pop() if looks else await look_again(request)
        return found

    monkeypatch.setattr(module, "campaign_of", seen_before)
    answer = await api.request(method, f"/campaigns/y2sB7{path}", json=body)
    # Who looks again before it gives up finds no such campaign.
    code = answer.json()["error"]["code"]
    assert code in ("not_found", "unknown_campaign")
    assert mistake(answer, 404, code)

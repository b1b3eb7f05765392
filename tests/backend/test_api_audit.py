"""The API of the audit."""

from __future__ import annotations

from starlette.applications import Starlette

from tests.backend.calls import api_with
from trk.core.drafts import CampaignDraft
from trk.services.campaigns import make_campaign
from trk.web.server import server_of


async def test_the_api_reads_the_audit_with_a_scope_of_its_own(app: Starlette) -> None:
    async with await api_with(app, "audit") as api:
        answer = await api.get("/audit", params={"limit": 1, "order": "newest"})
        assert answer.headers["cache-control"] == "no-store"
        [entry] = answer.json()["data"]
        assert entry["deed"] == "made"
        assert entry["thing"] == "token"
        assert (await api.get("/audit", params={"deed": "drew"})).json()["data"] == []
        assert (await api.get("/audit", params={"deed": "danced"})).status_code == 400
        assert (await api.get("/campaigns")).status_code == 403
    async with await api_with(app, "read", "personal", "write", "draw", "accounts") as other:
        assert (await other.get("/audit")).status_code == 403
    await server_of(app).database.write(make_campaign, CampaignDraft("Boat", key="y2sB7"))
    async with await api_with(app, "audit", campaign_key="y2sB7") as bound:
        assert (await bound.get("/audit")).json()["error"]["code"] == "other_campaign"

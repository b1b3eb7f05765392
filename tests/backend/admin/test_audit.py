"""The owner's page of the audit."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, saved
from tests.backend.conftest import PUBLIC_URL

ADMIN = f"{PUBLIC_URL}/admin"


async def test_the_page_filters_and_escapes(app: Starlette, browser: httpx.AsyncClient) -> None:
    token = {"name": HOSTILE, "read": "on", "days": "7", "campaign": ""}
    await browser.post(f"{ADMIN}/tokens", data=token)
    saved(await browser.post("/close"))
    page = (await browser.get(f"{ADMIN}/audit")).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Win a bike" in page
    closed = (await browser.get(f"{ADMIN}/audit", params={"deed": "closed"})).text
    assert "<strong>Closed</strong>" in closed
    assert "<strong>Created</strong>" not in closed
    assert "No entry matches" in (await browser.get(f"{ADMIN}/audit", params={"by": "token"})).text
    found = (
        await browser.get(f"{ADMIN}/audit", params={"search": "BIKE", "thing": "campaign"})
    ).text
    assert "<strong>Closed</strong>" in found
    for nonsense in ({"deed": "x' OR 1=1"}, {"after": "-1"}, {"search": "a\0%_"}, {"by": "\0"}):
        assert (await browser.get(f"{ADMIN}/audit", params=nonsense)).status_code == 200

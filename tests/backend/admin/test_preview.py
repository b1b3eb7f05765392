"""The preview of a campaign's settings, before they are saved."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import campaign_at, form_at

pytestmark = pytest.mark.once


async def test_the_preview_shows_what_is_typed_stores_nothing_and_is_sandboxed(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    before = await campaign_at(sqlite_app, sqlite_browser)
    form = await form_at(sqlite_browser, "/settings")
    typed = {**form, "name": "Not stored", "accent": "#ffd400", "description": "**Bold**"}
    page = await sqlite_browser.post("/preview", data=typed)
    for said in (">Not stored</h1>", "<strong>Bold</strong>", "#ffd400", "Visit our shop"):
        assert said in page.text
    policy = page.headers["content-security-policy"]
    assert policy.endswith("; sandbox")
    assert "frame-ancestors 'self'" in policy
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    # A mistake leaves the rest to be seen.
    page = await sqlite_browser.post("/preview", data={**typed, "accent": "re", "ends_at": "x"})
    assert page.status_code == 200
    assert "Not stored" in page.text
    assert (await sqlite_browser.post("/preview", data={})).status_code == 200
    assert await campaign_at(sqlite_app, sqlite_browser) == before

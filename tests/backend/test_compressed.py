"""What is sent compressed: what entrants load, and nothing of what owners see."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import api_of

pytestmark = pytest.mark.once

LONG = {"description": "Do what you like in our shop. " * 40}


async def test_what_entrants_load_is_compressed_for_whoever_takes_that(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, allowed_origins=["https://shop.test"], **LONG)
    page = await sqlite_browser.get(PAGE)
    start = page.text.index("/static/campaign.css?v=")
    sheet = page.text[start : page.text.index('"', start)]
    for path in (PAGE, "/y2sB7/frame?origin=https://shop.test", "/y2sB7/draw", sheet):
        zipped = await sqlite_browser.get(path, headers={"accept-encoding": "gzip"})
        plain = await sqlite_browser.get(path, headers={"accept-encoding": "identity"})
        assert zipped.headers["content-encoding"] == "gzip", path
        assert "content-encoding" not in plain.headers
        assert "accept-encoding" in zipped.headers["vary"].lower()
        assert zipped.num_bytes_downloaded < len(plain.content) * 0.6
        assert zipped.headers["x-content-type-options"] == "nosniff"
    entered = await sqlite_browser.post("/y2sB7/enter", data={"name": "Ann", "email": "no"})
    assert (entered.status_code, entered.headers["content-encoding"]) == (400, "gzip")


async def test_nothing_that_has_secrets_beside_what_a_link_can_put_there_is_compressed(
    sqlite_app: Starlette,
) -> None:
    await make(sqlite_app, **LONG)
    taken = {"accept-encoding": "gzip, br"}
    async with await api_of(sqlite_app) as owner:
        answer = await owner.get("/campaigns", headers=taken)
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers
    async with signed_in(sqlite_app) as owner:
        for path in ("/settings", "/entrants?search=abc", "/install"):
            page = await owner.get(path, headers=taken)
            assert page.status_code == 200
            assert "content-encoding" not in page.headers


async def test_the_page_weighs_under_15_kilobytes_with_all_it_loads(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    await make(sqlite_app, accent="#0f7b4f")
    await sqlite_browser.post("/y2sB7/enter", data=ANN)
    page = await sqlite_browser.get(PAGE)
    weight = page.num_bytes_downloaded
    for name in ("campaign.css", "campaign.js", "countdown.js"):
        start = page.text.index(f"/static/{name}?v=")
        asset = await sqlite_browser.get(page.text[start : page.text.index('"', start)])
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        weight += asset.num_bytes_downloaded
    assert weight < 15_000

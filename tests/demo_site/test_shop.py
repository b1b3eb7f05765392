"""The shop's pages."""

from __future__ import annotations

import httpx
import pytest

from demo_site.app import Shop, create_app
from demo_site.uses import USES, Use


async def get(path: str) -> httpx.Response:
    app = create_app(Shop("http://track.example", "y2sB7"))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
        return await client.get(path)


@pytest.mark.parametrize("use", USES, ids=[use.path for use in USES])
async def test_each_use_has_a_page_with_the_script_and_its_push(use: Use) -> None:
    answer = await get(f"/{use.path}")
    assert answer.status_code == 200
    assert "var key = 'y2sB7';" in answer.text
    assert f'Gleam.push(["{use.tracking_name}", "{use.value}"]' in answer.text


async def test_the_home_page_leads_to_all_eight_uses() -> None:
    answer = await get("/")
    assert len(USES) == 8
    assert all(f'href="/{use.path}"' in answer.text for use in USES)


async def test_an_unknown_page_says_so() -> None:
    answer = await get("/nothing")
    assert answer.status_code == 404

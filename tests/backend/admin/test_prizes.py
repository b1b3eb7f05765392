"""A campaign's prizes, until its draw."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import campaign_at, form_at, mistakes, saved, values
from trk.store import draws, prizes
from trk.web.server import server_of

pytestmark = pytest.mark.once


async def test_prizes_are_added_changed_and_removed_until_the_draw(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database, campaign = server_of(app).database, await campaign_at(app, browser)
    for fields in ({}, {"title": "", "winners": "many"}, {"title": "x" * 201, "winners": "0"}):
        answer = await browser.post("/prizes", data=fields)
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == {"title", "winners"}
    saved(await browser.post("/prizes", data={"title": "Bell", "winners": "5"}))
    first, second = await database.read(prizes.of_campaign, campaign)
    path = f"/prizes/{second['id']}"
    mine = await form_at(browser, path)
    saved(await browser.post(path, data={**mine, "title": "Theirs"}))
    answer = await browser.post(path, data={**mine, "title": "Mine"})
    assert answer.status_code == 409
    assert "<q>Theirs</q>" in answer.text
    saved(await browser.post(path, data=values(answer.text)))
    saved(await browser.post(f"/prizes/{first['id']}/delete"))
    [left] = await database.read(prizes.of_campaign, campaign)
    assert (left["title"], left["winners"]) == ("Mine", 5)
    await database.write(draws.freeze, campaign, "seed", 1)
    for late in ("/prizes", path):
        answer = await browser.post(late, data={"title": "Late", "winners": "1"})
        assert answer.status_code == 400
        assert "Winners have been drawn" in answer.text
    await browser.post(f"{path}/delete")
    assert len(await database.read(prizes.of_campaign, campaign)) == 1
    for missing in ("/prizes/999", "/prizes/x", "/prizes/²"):
        assert (await browser.get(missing)).status_code == 404

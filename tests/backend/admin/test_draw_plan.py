"""The owner's page of the draw, before the end: what the seed will be made of."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, mistakes, saved, signed_in, values
from tests.backend.calls import competition, prize, settle
from tests.backend.conftest import api_of
from tests.backend.drawing import ONE, end_at, end_now, words
from tests.backend.stored import query
from trk.core.drand import WAIT, comes_at, path_of
from trk.services.jobs.list_fixer import ListFixer
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

SURE = {"sure": "on"}


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, whose server has the competition y2sB7 with three entrants."""
    async with await api_of(app) as client:
        await competition(app, client, 3)
        await prize(client, "Bike", 1)
        yield client


@pytest.fixture
async def browser(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in; its base is the campaign y2sB7."""
    async with signed_in(app, "y2sB7") as client:
        yield client


async def settled(api: httpx.AsyncClient) -> tuple[str, str]:
    plan = (await api.get(f"{ONE}/draw/plan")).json()
    return plan["kind"], plan["source"]


async def test_an_owner_chooses_before_the_end_what_the_seed_is_made_of(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/draw")).text
    assert values(page)["kind"] == "committed"
    for kind in ("drand", "chosen", "committed"):
        # What was typed for the third kind is not meant.
        form = {"kind": kind, "source": "the lottery"}
        assert saved(await browser.post("/draw/plan", data=form)).endswith("/draw?settled")
        assert await settled(api) == (kind, "")
    named = {"kind": "announced", "source": f" {HOSTILE} "}
    saved(await browser.post("/draw/plan", data=named))
    page = (await browser.get("/draw?settled")).text
    assert "Saved." in page
    assert values(page)["source"] == HOSTILE
    assert "<script>alert" not in page
    assert await settled(api) == ("announced", HOSTILE)


async def test_what_can_not_be_settled_is_said_beside_its_field(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    for form, wrong in (
        ({"kind": "announced", "source": " "}, "source"),
        ({"kind": "announced", "source": "x" * 201}, "source"),
        ({"kind": "announced", "source": "a\nb"}, "source"),
        ({"kind": "best", "source": ""}, "kind"),
        ({}, "kind"),
    ):
        answer = await browser.post("/draw/plan", data=form)
        assert answer.status_code == 400
        assert "Nothing was saved" in answer.text
        assert set(mistakes(answer.text)) == {wrong}
        assert values(answer.text).get("source", "") == form.get("source", "")
    assert await settled(api) == ("committed", "")


@pytest.mark.parametrize("again", [False, True])
async def test_after_the_end_nothing_is_settled_any_more_and_the_page_says_why(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient, again: bool
) -> None:
    await settle(api, "announced", HOSTILE)
    await end_now(app)
    if again:
        await ListFixer(server_of(app).database).work()
        await api.patch(ONE, json={"ends_at": "2199-01-01T00:00:00Z"})
    for kind in ("committed", "drand", "chosen"):
        answer = await browser.post("/draw/plan", data={"kind": kind, "source": ""})
        assert answer.status_code == 409
        assert "anyone who knows the list could pick what suits them" in words(answer.text)
    page = (await browser.get("/draw")).text
    assert "This can no longer be changed" in words(page)
    assert "&lt;script&gt;alert" in page
    assert 'name="kind"' not in page
    assert await settled(api) == ("announced", HOSTILE)


async def test_the_form_of_the_draw_asks_for_what_the_kind_needs(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await settle(api, "announced", "the <lottery>")
    await end_now(app)
    page = (await browser.get("/draw")).text
    assert "You chose: the &lt;lottery&gt;" in page
    assert 'name="seed"' not in page
    answer = await browser.post("/draw", data={**SURE, "value": " "})
    assert (answer.status_code, set(mistakes(answer.text))) == (400, {"value"})
    saved(await browser.post("/draw", data={**SURE, "value": "4 8"}))
    assert (await api.get(f"{ONE}/draw")).json()["proof"]["value"] == "4 8"


async def test_a_value_of_drands_is_copied_from_the_page_that_is_named(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await settle(api, "drand")
    await end_at(app, comes_at(1000) - WAIT)
    page = (await browser.get("/draw")).text
    assert f'href="https://api.drand.sh{path_of(1000)}"' in page
    answer = await browser.post("/draw", data={**SURE, "value": "{}"})
    assert (answer.status_code, set(mistakes(answer.text))) == (400, {"value"})
    assert values(answer.text)["value"] == "{}"


async def test_a_committed_draw_asks_for_nothing_but_the_tick(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await end_now(app)
    page = (await browser.get("/draw")).text
    assert re.findall(r'name="(seed|value)"', page) == []
    refused = await browser.post("/draw", data={**SURE, "seed": "of mine"})
    assert refused.status_code == 409
    assert "expected none" in refused.text
    saved(await browser.post("/draw", data=SURE))
    sql = "SELECT p.secret FROM draw_plans AS p JOIN campaigns AS c ON c.id = p.campaign_id "
    [row] = await query(server_of(app).database, f"{sql} WHERE c.key = 'y2sB7'")
    proof = (await api.get(f"{ONE}/draw")).json()["proof"]
    assert proof["secret"] == row["secret"]

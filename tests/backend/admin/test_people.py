"""One person's data from the owner's pages: found by e-mail, exported, and erased after a word."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, SIGN_IN, browser_of, mistakes, saved, set_up, values
from tests.backend.calls import action, call, competition, data, end, entered, made, prize
from tests.backend.conftest import api_of
from tests.backend.stored import query_write, visitor
from trk.services import people
from trk.web.server import server_of

pytestmark = pytest.mark.once

ADMIN = "http://track.test/admin"
ONE = f"{ADMIN}/campaigns/y2sB7/entrants/1"
WHO = {"email": "1@example.org"}


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API."""
    async with await api_of(app) as client:
        yield client


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases."""
    async with browser_of(app) as client:
        await set_up(app, client)
        yield client


async def second_campaign(app: Starlette, api: httpx.AsyncClient) -> None:
    """The first entrant is in another campaign too."""
    answer = await api.post("/campaigns", json={"name": "Other", "key": "other1", "kind": "reward"})
    assert answer.status_code == 201, answer.text
    await query_write(
        server_of(app).database,
        "INSERT INTO entrants (campaign_id, name, email, email_folded, created_at) "
        "SELECT id, 'Annie', '1@Example.org', '1@example.org', 1790000000000 FROM campaigns "
        "WHERE key = 'other1'",
    )


def text_of(page: str) -> str:
    """What a page's main part says, in one line."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


async def everything_of(app: Starlette) -> dict[str, Any]:
    found = await people.export(server_of(app).database, "1@example.org")
    assert found is not None
    return found


async def test_a_person_is_found_by_email_in_all_campaigns(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await entered(app, 1)
    await second_campaign(app, api)
    assert 'href="/admin/persons"' in (await browser.get(f"{ADMIN}/campaigns")).text
    empty = await browser.get(f"{ADMIN}/persons")
    assert (empty.status_code, "Nobody" in empty.text) == (200, False)
    page = (await browser.get(f"{ADMIN}/persons", params={"email": " 1@EXAMPLE.org "})).text
    assert "has entered 2 campaigns" in text_of(page)
    links = re.findall(r'href="(/admin/campaigns/\w+/entrants/[^"]+)"', page)
    assert links == [
        "/admin/campaigns/y2sB7/entrants/1",
        "/admin/campaigns/other1/entrants/2",
        "/admin/campaigns/y2sB7/entrants/1/export",
        "/admin/campaigns/y2sB7/entrants/1/erase",
    ]


@pytest.mark.parametrize("email", ["nobody@example.org", HOSTILE, "a\0b", "x" * 300, "ERASED 1"])
async def test_who_is_not_known_is_said_to_be_so_and_nothing_runs(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient, email: str
) -> None:
    await made(api)
    await entered(app, 1)
    await api.delete("/entrants", params=WHO)
    answer = await browser.get(f"{ADMIN}/persons", params={"email": email})
    assert answer.status_code == 200
    assert "Nobody has entered as" in answer.text
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text


async def test_the_export_is_the_apis_as_a_file_that_no_cache_keeps(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    await second_campaign(app, api)
    answer = await browser.get(f"{ONE}/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="person-y2sB7-1.json"'
    assert answer.headers["cache-control"] == "private, no-store"
    found, wanted = json.loads(answer.text), (await api.get("/entrants", params=WHO)).json()
    for each in (found, wanted):
        each.pop("exported_at")
    assert found == wanted
    assert [each["campaign"]["key"] for each in found["campaigns"]] == ["y2sB7", "other1"]


async def test_the_page_that_asks_says_what_goes_and_what_stays_in_each_campaign(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await competition(app, api, 3)
    page = text_of((await browser.get(f"{ONE}/erase")).text)
    assert "every campaign that 1@example.org has entered:" in page
    assert "Win: 1 entry will no longer count." in page
    await second_campaign(app, api)
    await query_write(
        server_of(app).database,
        "INSERT INTO claims (campaign_id, entrant_id, kind, value, claimed_at) "
        "SELECT campaign_id, id, 'shared', 'T', 1790000000000 FROM entrants WHERE name = 'Annie'",
    )
    await prize(api, HOSTILE, 3)
    await end(app)
    assert (await api.post("/campaigns/y2sB7/draw")).status_code == 201
    answer = await browser.get(f"{ONE}/erase")
    page = text_of(answer.text)
    assert "has entered, not just this one:" in page
    assert "Win: Winners have been drawn. Their 1 entry stays in the draw, under a number." in page
    assert "Other: They keep the reward they got." in page
    assert "<script>alert" not in answer.text
    assert "They won &lt;script&gt;alert" in answer.text
    three = text_of((await browser.get(f"{ADMIN}/campaigns/y2sB7/entrants/3/erase")).text)
    assert "Their 3 entries stay in the draw, under a number." in three


async def test_once_the_email_was_typed_the_person_is_erased_in_every_campaign(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    await second_campaign(app, api)
    page = (await browser.get(ONE)).text
    assert f'href="{ONE.removeprefix("http://track.test")}/export"' in page
    assert f'href="{ONE.removeprefix("http://track.test")}/erase"' in page
    location = saved(await browser.post(f"{ONE}/erase", data={"email": " 1@EXAMPLE.ORG "}))
    assert location == "/admin/campaigns/y2sB7/entrants/1"
    page = (await browser.get(ONE)).text
    assert "data was erased" in page
    assert "Erase this person" not in page
    assert await people.export(server_of(app).database, "1@example.org") is None
    rows = {row["id"]: row["name"] for row in await data(api, "entrants")}
    assert rows == {1: "(erased)", 2: "Entrant 2"}
    # Pressed twice, it is no mistake; and there is nothing to export any more.
    saved(await browser.post(f"{ONE}/erase", data={"email": "1@example.org"}))
    for path in ("/export", "/erase"):
        assert (await browser.get(f"{ONE}{path}")).status_code == 404


@pytest.mark.parametrize("typed", ["", "2@example.org", "1@example.or", HOSTILE, "\0"])
async def test_without_their_email_nobody_is_erased(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient, typed: str
) -> None:
    await competition(app, api, 2)
    before = await everything_of(app)
    answer = await browser.post(f"{ONE}/erase", data={"email": typed})
    assert answer.status_code == 400
    assert mistakes(answer.text) == {
        "email": "Type 1@example.org to confirm that this is the right person."
    }
    assert values(answer.text)["email"] == typed
    assert "<script>alert" not in answer.text
    assert {**await everything_of(app), "exported_at": ""} == {**before, "exported_at": ""}


async def test_a_form_that_comes_after_its_session_has_ended_erases_nobody_yet(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await competition(app, api, 1)
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post(f"{ONE}/erase", data=WHO)
    again = await browser.post(f"{ONE}/erase", data={**values(asked.text), **SIGN_IN})
    assert again.status_code == 200
    assert values(again.text)["email"] == "1@example.org"
    await everything_of(app)
    saved(await browser.post(f"{ONE}/erase", data=WHO))
    assert await people.export(server_of(app).database, "1@example.org") is None


async def test_nobody_but_owners_finds_exports_or_erases_anybody(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await competition(app, api, 1)
    async with browser_of(app) as stranger:
        for path in (f"{ADMIN}/persons?email=1%40example.org", f"{ONE}/export", f"{ONE}/erase"):
            answer = await stranger.get(path)
            assert answer.status_code == 303
            assert "/admin/sign-in" in answer.headers["location"]
        assert (await stranger.post(f"{ONE}/erase", data=WHO)).status_code == 403
    other = f"{ADMIN}/campaigns/other1/entrants/1"
    await second_campaign(app, api)
    for path in ("/export", "/erase"):
        assert (await browser.get(f"{other}{path}")).status_code == 404
    assert (await browser.post(f"{other}/erase", data=WHO)).status_code == 404
    await everything_of(app)


async def test_what_an_entrant_has_left_since_goes_with_them(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    body = call(1, ["Purchase", "order-of-one"], visitor=visitor(1))
    assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
    assert "order-of-one" in (await browser.get(f"{ONE}/export")).text
    saved(await browser.post(f"{ONE}/erase", data=WHO))
    assert "order-of-one" not in (await api.get("/campaigns/y2sB7/trackings")).text
    assert "order-of-one" not in (await api.get("/campaigns/y2sB7/completions")).text

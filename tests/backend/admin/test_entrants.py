"""The owner's entrants: found, looked at with everything about them, blocked and unblocked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    SIGN_IN,
    mistakes,
    saved,
    signed_in,
    values,
)
from tests.backend.calls import action, call, competition, data, end, entered, made, prize
from tests.backend.conftest import api_of
from tests.backend.stored import query_write, visitor
from trk.web.server import server_of

pytestmark = pytest.mark.once

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API."""
    async with await api_of(app) as client:
        yield client


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is the campaign y2sB7."""
    async with signed_in(app, "y2sB7") as client:
        yield client


def found(page: str) -> list[str]:
    return re.findall(r'href="/admin/campaigns/y2sB7/entrants/(\d+)"', page)


async def test_entrants_are_listed_newest_first_and_found(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    assert "Nobody has entered yet" in (await browser.get("/entrants")).text
    for number in (1, 2, 3):
        await entered(app, number)
    await api.post("/campaigns/y2sB7/entrants/2/block", json={"reason": HOSTILE})
    page = (await browser.get("/entrants")).text
    assert found(page) == ["3", "2", "1"]
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    for query, ids in {
        "search=entrant+2": ["2"],
        "search=3%40EXAMPLE.org": ["3"],
        "search=nobody%40example.org": [],
        "state=blocked": ["2"],
        "state=active": ["3", "1"],
        "state=x&search=%00&after=x": ["3", "2", "1"],
        "after=2": ["1"],
    }.items():
        answer = await browser.get(f"/entrants?{query}")
        assert answer.status_code == 200
        assert found(answer.text) == ids, query


async def test_one_entrants_page_has_everything_about_them(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    await prize(api, HOSTILE, 2)
    await api.post("/campaigns/y2sB7/completions/1/invalidate", json={"reason": "robot"})
    await end(app)
    assert (await api.post("/campaigns/y2sB7/draw")).status_code == 201
    await query_write(server_of(app).database, f"UPDATE entrants SET name = '{HOSTILE}'")
    page = (await browser.get("/entrants/2")).text
    for said in ("2@example.org", "A1", "A2", "Your server", "Prizes and rewards", visitor(2)[:8]):
        assert said in page
    assert "robot" not in page
    assert page.count("&lt;script&gt;alert") >= 3
    assert "<script>alert" not in page
    assert "<img" not in page
    other = (await browser.get("/entrants/1")).text
    assert "Entry invalidated" in other
    assert "robot" in other
    log = (await browser.get("/log?entrant=2")).text
    assert log.count('data-label="Received"') == 2


async def test_entrants_who_share_a_browser_are_flagged(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    await entered(app, 2, linked=False)
    await query_write(
        server_of(app).database,
        "INSERT INTO shared_visitors (campaign_id, visitor, entrant_id, seen_at) "
        f"SELECT campaign_id, '{visitor(1)}', 2, 1790000000000 FROM entrants WHERE id = 2",
    )
    assert (await browser.get("/entrants")).text.count("Shares a browser") == 2
    page = (await browser.get("/entrants/1")).text
    assert "Shares a browser with" in page
    assert found(page) == ["2"]


async def test_an_entrant_is_blocked_and_unblocked_with_a_reason(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    saved(await browser.post("/entrants/1", data={"what": "block", "reason": HOSTILE}))
    body = call(1, ["Purchase"], visitor=visitor(1))
    await api.post("/campaigns/y2sB7/beacons", json=body)
    assert await data(api, "completions") == []
    page = (await browser.get("/entrants/1")).text
    assert "Unblock this entrant" in page
    assert "<script>alert" not in page
    saved(await browser.post("/entrants/1", data={"what": "unblock", "reason": "a mistake"}))
    kinds = [(row["kind"], row["reason"]) for row in await data(api, "corrections")]
    assert kinds == [("blocked", HOSTILE), ("unblocked", "a mistake")]
    page = (await browser.get("/entrants/1")).text
    assert "Block this entrant" in page
    assert "a mistake" in page


async def test_an_entrants_browsers_are_listed_with_how_they_were_linked(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await entered(app, 1)
    page = (await browser.get("/entrants/1")).text
    assert "Signed in, in this browser" in page
    assert "Provisional" not in page
    columns = "INSERT INTO links (campaign_id, visitor, entrant_id, source, proof, made_at) "
    for number, (source, proof) in enumerate(
        (("xref", "token"), ("browser", "token"), ("xref", "direct"), ("visit", "click")), 2
    ):
        await query_write(
            server_of(app).database,
            f"{columns} SELECT campaign_id, '{visitor(number)[::-1]}', 1, '{source}', '{proof}', "
            "1790000000000 FROM entrants WHERE id = 1",
        )
    page = (await browser.get("/entrants/1")).text
    table = page[page.index('id="browsers"') :]
    table = table[: table.index("</table>")]
    assert re.findall(r"<code>(.*?)</code>", table) == [
        visitor(1)[:8],
        *[visitor(number)[::-1][:8] for number in (2, 3, 4, 5)],
    ]
    assert re.findall(r">(Certain|Provisional)<", table) == [
        "Certain",
        "Provisional",
        "Provisional",
        "Certain",
        "Certain",
    ]
    for said in (
        "By an action’s link, opened from elsewhere",
        "Another ID of a browser in this list",
        "By an action’s link, straight from the campaign’s page",
        "By a click on the site, signed in here",
    ):
        assert said in table
    assert "Then it all goes to that person" in page
    assert "<dt>Browsers</dt><dd>4</dd>" in page


async def test_an_entrant_is_allowed_more_than_ten_browsers_and_ten_again(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await entered(app, 1)
    assert "Allow more than 10" in (await browser.get("/entrants/1")).text
    wrong = await browser.post("/entrants/1", data={"what": "allow", "browsers_reason": " "})
    assert wrong.status_code == 400
    assert set(mistakes(wrong.text)) == {"browsers_reason"}
    form = {"what": "allow", "browsers_reason": HOSTILE}
    saved(await browser.post("/entrants/1", data=form))
    page = (await browser.get("/entrants/1")).text
    assert "Allow at most 10" in page
    assert "More than 10 browsers allowed" in page
    assert "<script>alert" not in page
    assert (await data(api, "entrants"))[0]["many_browsers_at"] is not None
    saved(await browser.post("/entrants/1", data={"what": "limit", "browsers_reason": "over"}))
    assert "Allow more than 10" in (await browser.get("/entrants/1")).text
    kinds = [(row["kind"], row["reason"]) for row in await data(api, "corrections")]
    assert kinds == [("browsers_allowed", HOSTILE), ("browsers_limited", "over")]


async def test_nobody_is_blocked_without_a_reason_or_before_the_owner_is_back(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await entered(app, 1)
    for form in (
        {"what": "block", "reason": ""},
        {"what": "block", "reason": "x" * 1_001},
        {"what": "erase", "reason": "x"},
        {},
    ):
        answer = await browser.post("/entrants/1", data=form)
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == {"reason"}
        assert values(answer.text).get("reason", "") == form.get("reason", "")
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    form = {"what": "block", "reason": "robot"}
    asked = await browser.post("/entrants/1", data=form)
    again = await browser.post("/entrants/1", data={**values(asked.text), **SIGN_IN})
    assert again.status_code == 200
    assert values(again.text)["reason"] == "robot"
    assert await data(api, "corrections") == []


async def test_an_entrant_of_another_campaign_is_not_found(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await entered(app, 1)
    await api.post("/campaigns", json={"name": "Other", "key": "other1", "kind": "competition"})
    other = "http://track.test/admin/campaigns/other1/entrants/1"
    assert (await browser.get(other)).status_code == 404
    form = {"what": "block", "reason": "x"}
    assert (await browser.post(other, data=form)).status_code == 404
    for wrong in ("0", "99", "x", "²", "9" * 30):
        assert (await browser.get(f"/entrants/{wrong}")).status_code == 404
    assert await data(api, "corrections") == []


async def test_who_was_erased_is_shown_as_such_and_can_not_be_blocked(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await made(api)
    await entered(app, 1)
    answer = await api.delete("/entrants", params={"email": "1@example.org"})
    assert answer.status_code in (200, 204), answer.text
    page = (await browser.get("/entrants/1")).text
    assert "data was erased" in page
    assert "1@example.org" not in page
    assert "Block this entrant" not in page
    assert "(erased)" in (await browser.get("/entrants")).text

"""From which site a beacon came: the host of its Origin is stored with it, shown, and erased."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.calls import action, call, data, entered, made
from tests.backend.conftest import PUBLIC_URL, beacon, client_of
from tests.backend.stored import query, query_write, visitor
from trk.services import people
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

HOSTILE = b"https://<script>alert(1)</script>"


@pytest.fixture
async def owner(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in; its base is the campaign y2sB7, with the action VIP."""
    async with browser_of(app) as client:
        await set_up(app, client)
        await made(api)
        await action(api, "VIP")
        client.base_url = httpx.URL(f"{PUBLIC_URL}/admin/campaigns/y2sB7")
        yield client


async def push(
    app: Starlette, origin: str | bytes | None, *pairs: list[str | None], **fields: Any
) -> None:
    if isinstance(origin, str):
        origin = origin.encode()
    headers = {} if origin is None else {b"Origin": origin}
    async with client_of(app) as shop:
        body = beacon(*pairs, **fields)
        answer = await shop.post("/y2sB7/beacon", json=body, headers=headers)
        assert answer.status_code == 200, answer.text


async def hosts(api: httpx.AsyncClient, path: str) -> list[str | None]:
    return [row["origin_host"] for row in await data(api, path)]


async def test_the_host_of_the_page_is_stored_with_each_tracking_and_each_refusal(
    app: Starlette, api: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    await push(app, "https://shop.example", ["VIP"], ["Nothing"], xref="nonsense")
    await push(app, "http://other.example:8001", ["VIP"])
    assert await hosts(api, "trackings") == ["shop.example"] * 2 + ["other.example:8001"]
    assert await hosts(api, "refusals") == ["shop.example"]
    exported = (await api.get("/campaigns/y2sB7/trackings.csv")).text.splitlines()
    assert exported[0].split(",")[-1] == "origin_host"
    assert [line.split(",")[-1] for line in exported[1:]] == [
        *["shop.example"] * 2,
        "other.example:8001",
    ]


async def test_what_names_no_site_is_stored_as_nothing_and_the_beacon_counts_all_the_same(
    app: Starlette, api: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    for origin in (None, "null", "nonsense", "https://" + "a" * 300, HOSTILE, b"https://\xff\xfe"):
        await push(app, origin, ["VIP"], xref="nonsense")
    assert await hosts(api, "trackings") == [None] * 6
    assert await hosts(api, "refusals") == [None] * 6


async def test_a_customers_server_comes_from_no_site(
    app: Starlette, api: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    body = call(1, ["VIP"], visitor=visitor(1))
    headers = {"Origin": "https://shop.example"}
    answer = await api.post("/campaigns/y2sB7/beacons", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert await hosts(api, "trackings") == [None]


async def test_the_owner_reads_from_which_site_each_push_and_each_refused_link_came(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await push(app, "https://shop.example", ["VIP"])
    await push(app, "https://www.shop.example", xref="nonsense")
    await push(app, None, ["VIP"])
    seen = (await owner.get("/install/seen")).json()["seen"]
    assert [row["origin_host"] for row in seen] == [None, "www.shop.example", "shop.example"]
    page = (await owner.get("/install")).text
    assert 'from <bdi class="code">shop.example</bdi>: name <bdi class="code">VIP</bdi>' in page
    assert 'from <bdi class="code">www.shop.example</bdi>: an entrant’s link' in page
    assert " s ago: name" in page
    log = (await owner.get("/log")).text
    assert re.search(r'data-label="From"[^>]*>shop.example</td>', log)
    assert re.search(r'data-label="From"[^>]*><span class="[^"]*">–</span></td>', log)


async def test_a_host_that_no_browser_sends_is_escaped_where_it_is_shown(
    app: Starlette, owner: httpx.AsyncClient
) -> None:
    await push(app, "https://shop.example", ["VIP"])
    # None can come in by a beacon; a database may be restored from anywhere.
    await query_write(
        server_of(app).database, f"UPDATE trackings SET origin_host = '{HOSTILE.decode()}'"
    )
    for path in ("/install", "/log"):
        page = (await owner.get(path)).text
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


async def test_the_host_is_in_a_persons_export_and_goes_with_their_data(
    app: Starlette, api: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    await entered(app, 1)
    origin = "https://ann.example"
    await push(app, origin, ["VIP"], ["Nothing"], visitor=visitor(1), xref="nonsense")
    found = await people.export(database, "1@example.org")
    assert found is not None
    [record] = found["campaigns"]
    for part in ("trackings", "refusals"):
        assert {row["origin_host"] for row in record[part]} == {"ann.example"}
    await people.erase(database, "1@example.org")
    assert await hosts(api, "trackings") == [None]
    assert await query(database, "SELECT id FROM refusals") == []

"""How far the owner's download of entries has come, told while it goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from tests.backend.admin.owning import browser_of, set_up
from tests.backend.calls import competition
from tests.backend.conftest import api_of
from tests.backend.stored import query_write
from trk.services.downloads import Downloads, Progress
from trk.services.exports import person_cell
from trk.web.admin import downloads
from trk.web.server import server_of

pytestmark = pytest.mark.once

NAME = "k3x9q0a1"


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in; its base is a campaign with 2,501 entries of one person."""
    async with await api_of(app) as api, browser_of(app) as client:
        await competition(app, api, 1)
        await set_up(app, client)
        await query_write(
            server_of(app).database,
            "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, source, "
            "happened_at, completed_at) WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL "
            "SELECT n + 1 FROM numbers WHERE n < 2500) SELECT c.campaign_id, c.entrant_id, "
            "c.action_id, 'day ' || n, 1, c.source, c.happened_at, c.completed_at "
            "FROM completions AS c CROSS JOIN numbers",
        )
        client.base_url = httpx.URL("http://track.test/admin/campaigns/y2sB7")
        yield client


async def told(browser: httpx.AsyncClient) -> Any:
    answer = await browser.get(f"/downloads/{NAME}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_download_that_has_come_to_its_end_says_so(browser: httpx.AsyncClient) -> None:
    assert (await browser.get(f"/downloads/{NAME}")).status_code == 404
    answer = await browser.get(f"/entries.csv?download={NAME}")
    assert answer.text.count("\n") == 2_502
    assert await told(browser) == {"rows": 2_501, "percent": 100, "state": "complete"}


async def test_beacons_do_not_wait_while_cells_are_made(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers = set()

    def made(value: Any) -> str:
        if value == "day 7":
            makers.add(threading.current_thread())
        return person_cell(value)

    monkeypatch.setattr(downloads, "person_cell", made)
    answer = await browser.get("/entries.csv")
    assert ",day 7," in answer.text
    assert makers
    assert threading.current_thread() not in makers


async def test_a_name_of_another_shape_begins_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    for name in ("short", "../../etc/passwd", "x" * 41, "Ab345678", ""):
        answer = await browser.get("/entries.csv", params={"download": name})
        assert answer.status_code == 200
        assert server_of(app).downloads.find(1, name) is None


async def test_under_way_it_tells_how_far_it_is_and_afterwards_that_it_was_broken_off(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    seen = []

    async def send(message: Message) -> None:
        """Takes the head and the first thousand rows; then the browser has gone."""
        if message["type"] == "http.response.body" and message["body"].count(b"\n") > 500:
            seen.append(await told(browser))
            if len(seen) == 2:
                raise OSError("the browser has gone")

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    request = browser.build_request("GET", f"/entries.csv?download={NAME}")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("track.test", 80),
        "state": {},
    }
    await app(scope, receive, send)
    assert [each["rows"] for each in seen] == [0, 1_000]
    assert [each["state"] for each in seen] == ["running"] * 2
    assert seen[0]["percent"] == 0
    assert 39 <= seen[1]["percent"] <= 41
    assert (await told(browser))["state"] == "broken"


async def test_another_owner_is_told_nothing(app: Starlette, browser: httpx.AsyncClient) -> None:
    await browser.get(f"/entries.csv?download={NAME}")
    assert server_of(app).downloads.find(1, NAME) is not None
    assert server_of(app).downloads.find(2, NAME) is None


async def test_a_download_of_nothing_is_complete(browser: httpx.AsyncClient) -> None:
    await browser.get(f"/entries.csv?search=nobody@example.org&download={NAME}")
    assert await told(browser) == {"rows": 0, "percent": 100, "state": "complete"}


def test_only_the_latest_downloads_are_remembered() -> None:
    downloads = Downloads()
    for number in range(201):
        downloads.begin(1, str(number), (0, 1))
    assert downloads.find(1, "0") is None
    assert downloads.find(1, "1") is not None


@pytest.mark.parametrize(("upto", "percent"), [(0, 0), (99, 0), (150, 50), (199, 99), (500, 99)])
def test_the_percentage_is_that_of_the_ids_and_full_only_at_the_end(
    upto: int, percent: int
) -> None:
    downloads = Downloads()
    downloads.begin(1, NAME, (100, 200)).reached(10, upto)
    assert downloads.find(1, NAME) == Progress(10, percent, "running")


def test_a_process_that_is_forked_sees_how_far_it_is() -> None:
    downloads = Downloads()
    pid = os.fork()
    if pid == 0:
        downloads.begin(1, NAME, (100, 200)).reached(10, None)
        os._exit(0)
    os.waitpid(pid, 0)
    assert downloads.find(1, NAME) == Progress(10, 100, "complete")

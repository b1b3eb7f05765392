"""Codes that run out, on the owner's pages: how many are left, and how many people wait."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import data, earn
from tests.backend.stored import query_write
from trk.store.program import select
from trk.web.server import server_of

pytestmark = pytest.mark.once

ADMIN = "http://track.test/admin"
ONE = f"{ADMIN}/campaigns/y2sB7"
_WAITING = "SELECT id FROM mails WHERE due_at IS NOT NULL LIMIT 1"
WARNED = ("/codes", "/claims", "")
"""The pages of a campaign that show how many codes are left."""


async def add(api: httpx.AsyncClient, name: str, count: int) -> None:
    listed = "\n".join(f"{name}-{n}" for n in range(count))
    answer = await api.post("/campaigns/y2sB7/codes", content=listed)
    assert answer.status_code == 201, answer.text


async def notes(browser: httpx.AsyncClient, path: str) -> list[str]:
    """What a page warns of."""
    page = (await browser.get(f"{ONE}{path}")).text
    found = re.findall(r'<p class="note bad">(.*?)</p>', page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", "", each)).split()) for each in found]


async def in_the_list(browser: httpx.AsyncClient) -> list[str]:
    page = (await browser.get(f"{ADMIN}/campaigns")).text
    return re.findall(r'<span class="state bad">(.*?)</span>', page)


async def test_every_page_with_codes_warns_before_they_run_out_and_says_who_waits(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    assert await in_the_list(browser) == ["No codes yet"]
    assert (await notes(browser, "/codes"))[0].startswith(
        "There are no codes yet. Anyone who earns one"
    )
    assert "Without codes, anyone who earns one has to wait" in (await browser.get(ONE)).text
    await add(api, "FIRST", 20)
    await earn(app, api, *range(1, 18))
    assert await in_the_list(browser) == []
    for path in WARNED:
        assert await notes(browser, path) == [], path
    await earn(app, api, 18)
    assert await in_the_list(browser) == ["2 codes left"]
    for path in WARNED:
        [note] = await notes(browser, path)
        assert note.startswith("Codes are running out: 2 of 20 left."), path
    await earn(app, api, 19)
    assert await in_the_list(browser) == ["1 code left"]
    await earn(app, api, 20)
    assert await in_the_list(browser) == ["No codes left"]
    for path in WARNED:
        [note] = await notes(browser, path)
        assert note.startswith("There are no codes left. Anyone who earns one now has to wait"), (
            path
        )
    await earn(app, api, 21)
    for path in WARNED:
        [note] = await notes(browser, path)
        assert note.startswith(
            "There are no codes left. One person has earned one and is waiting"
        ), path
    await earn(app, api, 22, 23)
    for path in WARNED:
        [note] = await notes(browser, path)
        assert "3 people have earned one and are waiting for you to add more." in note, path
    for path in ("/claims", ""):
        assert f'<a href="{ONE.removeprefix("http://track.test")}/codes">Add codes</a>' in (
            (await browser.get(f"{ONE}{path}")).text
        )
    await add(api, "SECOND", 30)
    assert await in_the_list(browser) == []
    for path in WARNED:
        assert await notes(browser, path) == [], path


async def test_a_campaign_that_is_over_is_not_pointed_at_in_the_list(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    assert await in_the_list(browser) == ["No codes yet"]
    await query_write(
        server_of(app).database, "UPDATE campaigns SET ends_at = 1 WHERE key = 'y2sB7'"
    )
    assert await in_the_list(browser) == []


async def test_the_mail_is_in_the_outbox_and_without_a_mail_server_in_the_log(
    app: Starlette,
    api: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "trk.services.jobs.mailer")
    await add(api, "CODE", 10)
    await earn(app, api, *range(1, 10))
    server_of(app).mailer.wake()
    async with asyncio.timeout(20):
        while True:
            if not await server_of(app).database.read(select, _WAITING):
                break
            await asyncio.sleep(0)
    [mail] = [row for row in await data(api, "mails") if row["recipient"] == "ann@example.org"]
    assert mail["subject"] == "Codes are running out: Win"
    assert mail["entrant_id"] is None
    assert "No mail server is set" in mail["error"]
    assert "E-mail to ann@example.org: Codes are running out: Win" in caplog.text
    assert "“Win” has 1 of its 10 codes left" in caplog.text

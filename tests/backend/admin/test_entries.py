"""The owner's list of entries: searched, filtered, exported, taken back and given back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    HOSTILE,
    SIGN_IN,
    mistakes,
    saved,
    signed_in,
    values,
)
from tests.backend.calls import action, call, data, entered, made
from tests.backend.conftest import api_of
from tests.backend.stored import query_write, visitor
from trk.store import pages
from trk.web.admin import listing
from trk.web.server import server_of

pytestmark = pytest.mark.once


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, whose server has the campaign y2sB7 and Ann for its owner."""
    async with await api_of(app) as client:
        await made(client, timezone="Europe/Berlin")
        yield client


@pytest.fixture
async def browser(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is the campaign y2sB7."""
    async with signed_in(app, "y2sB7") as client:
        yield client


async def complete(api: httpx.AsyncClient, number: int, *pairs: list[str | None]) -> None:
    body = call(number, *pairs, visitor=visitor(number))
    answer = await api.post("/campaigns/y2sB7/beacons", json=body)
    assert answer.status_code == 200, answer.text


def rows(page: str) -> list[str]:
    return re.findall(r'name="(entry-\d+)"', page)


async def test_an_empty_list_says_what_to_do_next(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    assert "Add an action" in (await browser.get("/entries")).text
    await action(api)
    page = (await browser.get("/entries")).text
    assert "Nobody has completed an action yet" in page
    assert 'href="/y2sB7"' in page


async def test_entries_are_found_by_search_and_filters_and_shown_in_the_campaigns_zone(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    first = await action(api)
    await action(api, "Sign-up")
    for number in (1, 2):
        await entered(app, number)
        await complete(api, number, ["Purchase", f"order {number}"], ["Sign-up"])
    await query_write(
        server_of(app).database, "UPDATE completions SET completed_at = 1790000000000"
    )
    page = (await browser.get("/entries")).text
    numbers = [int(row.removeprefix("entry-")) for row in rows(page)]
    assert len(numbers) == 4
    assert numbers == sorted(numbers, reverse=True)
    # 13:33:20 in UTC
    assert '<time datetime="2026-09-21T14:13:20.000Z">21 September 2026, 16:13</time>' in page
    for query, found in {
        f"action={first}": 2,
        "search=ORDER+2": 1,
        "search=1%40example.org": 2,
        f"search=entrant+1&action={first}": 1,
        "search=nothing": 0,
        "source=question": 0,
        "state=valid": 4,
        "state=invalidated": 0,
        "action=²&source=x&state=%00&search=%00&after=x": 4,
    }.items():
        answer = await browser.get(f"/entries?{query}")
        assert answer.status_code == 200
        assert len(rows(answer.text)) == found, query
    assert "Nothing matches" in (await browser.get("/entries?search=nothing")).text


async def test_a_long_list_is_read_part_by_part(
    app: Starlette,
    api: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "SIZE", 2)
    await action(api)
    for number in range(1, 6):
        await entered(app, number)
        await complete(api, number, ["Purchase"])
    seen: list[str] = []
    path = "/admin/campaigns/y2sB7/entries?state=valid"
    while path:
        page = (await browser.get(f"http://track.test{path}")).text
        seen += rows(page)
        onward = re.search(r'href="([^"]*)">Next</a>', page)
        path = unescape(onward[1]) if onward else ""
    assert len(seen) == len(set(seen)) == 5
    assert "First</a>" in page


async def test_what_is_rare_is_looked_for_further_back(
    app: Starlette,
    api: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "MOST_ROWS", 3)
    await action(api)
    for number in range(1, 6):
        await entered(app, number)
        await complete(api, number, ["Purchase", f"order {number}"])
    page = (await browser.get("/entries?search=order+1")).text
    assert rows(page) == []
    assert "Nothing matches in the part searched so far" in page
    [further] = re.findall(r'href="([^"]*)">Keep searching</a>', page)
    page = (await browser.get(f"http://track.test{further.replace('&amp;', '&')}")).text
    assert len(rows(page)) == 1
    assert "Keep searching" not in page


async def test_the_list_is_read_from_its_other_end(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient, monkeypatch: Any
) -> None:
    monkeypatch.setattr(listing, "SIZE", 2)
    await action(api)
    for number in range(1, 6):
        await entered(app, number)
        await complete(api, number, ["Purchase"])
    seen, path = [], "/entries?order=oldest"
    while path:
        page = (await browser.get(path)).text
        seen += re.findall(r"Purchase, Entrant (\d)", page)
        onward = re.findall(r'href="[^"]*?(/entries\?[^"]*)">Next<', page)
        path = unescape(onward[0]) if onward else ""
    assert seen == list("12345")
    assert 'href="/admin/campaigns/y2sB7/entries?order=oldest">First<' in page


async def test_several_entries_are_taken_back_with_a_reason_and_given_back(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await action(api)
    for number in (1, 2, 3):
        await entered(app, number)
        await complete(api, number, ["Purchase"])
    ticked = dict.fromkeys(rows((await browser.get("/entries")).text)[:2], "on")
    form = {**ticked, "reason": HOSTILE, "what": "invalidate"}
    location = saved(await browser.post("/entries?state=valid", data=form))
    assert "/entries?state=valid&done=2&step=" in location
    states = [row["invalidated_reason"] for row in await data(api, "completions?order=newest")]
    assert states == [HOSTILE, HOSTILE, None]
    page = (await browser.get("/entries?done=2")).text
    assert "2 entries were changed" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    form |= {"reason": "a mistake", "what": "restore"}
    saved(await browser.post("/entries", data=form))
    assert saved(await browser.post("/entries", data=form)).endswith("done=0")
    assert {row["invalidated_at"] for row in await data(api, "completions")} == {None}
    kinds = [(row["kind"], row["reason"]) for row in await data(api, "corrections")]
    assert kinds == [("invalidated", HOSTILE)] * 2 + [("restored", "a mistake")] * 2


async def test_a_correction_without_a_reason_or_a_tick_changes_nothing_and_keeps_the_form(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await action(api)
    await entered(app, 1)
    await complete(api, 1, ["Purchase"])
    [tick] = rows((await browser.get("/entries")).text)
    for form, wrong in (
        ({tick: "on", "reason": " "}, {"reason"}),
        ({tick: "on", "reason": "x" * 1_001}, {"reason"}),
        ({tick: "on", "reason": "a\0b"}, {"reason"}),
        ({"reason": "robot"}, {"chosen"}),
        ({}, {"reason", "chosen"}),
    ):
        answer = await browser.post("/entries", data={"what": "invalidate", **form})
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == wrong
        kept = values(answer.text)
        assert kept.get(tick) == form.get(tick)
        assert kept["reason"].strip() == form.get("reason", "").strip()
    unknown = await browser.post("/entries", data={tick: "on", "reason": "x", "what": "delete"})
    assert unknown.status_code == 400
    assert [row["invalidated_at"] for row in await data(api, "completions")] == [None]


async def test_a_value_that_another_has_used_since_can_not_be_given_back(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await action(api, unique_value=True)
    for number in (1, 2):
        await entered(app, number)
    await complete(api, 1, ["Purchase", "A1"])
    form = {rows((await browser.get("/entries")).text)[0]: "on", "reason": "not theirs"}
    saved(await browser.post("/entries", data={**form, "what": "invalidate"}))
    await complete(api, 2, ["Purchase", "A1"])
    answer = await browser.post("/entries", data={**form, "what": "restore"})
    assert answer.status_code == 400
    assert (
        "the value of one of these has since unlocked its action again"
        in mistakes(answer.text)["chosen"]
    )


async def test_ticks_and_reason_outlive_the_end_of_the_session(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await action(api)
    await entered(app, 1)
    await complete(api, 1, ["Purchase"])
    [tick] = rows((await browser.get("/entries")).text)
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    form = {tick: "on", "reason": "robot", "what": "invalidate"}
    asked = await browser.post("/entries", data=form)
    again = await browser.post("/entries", data={**values(asked.text), **SIGN_IN})
    assert again.status_code == 200
    assert [row["invalidated_at"] for row in await data(api, "completions")] == [None]
    assert (values(again.text)[tick], values(again.text)["reason"]) == ("on", "robot")


async def test_what_visitors_send_is_shown_and_runs_nowhere(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await action(api, HOSTILE)
    await entered(app, 1)
    await query_write(
        server_of(app).database, "UPDATE entrants SET name = '<img src=x onerror=alert(1)>'"
    )
    await complete(api, 1, [HOSTILE, HOSTILE])
    page = (await browser.get("/entries")).text
    assert page.count("&lt;script&gt;alert") >= 3
    assert "<script>alert" not in page
    assert "<img" not in page


async def test_the_download_has_the_filtered_entries_and_no_formula(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await action(api)
    for number in (1, 2):
        await entered(app, number)
        await complete(api, number, ["Purchase", f"=1+{number}"])
    page = (await browser.get("/entries?search=%3D1%2B2")).text
    path, _ = re.findall(r'href="([^"]*entries\.csv[^"]*)"', page)
    answer = await browser.get(f"http://track.test{path}")
    assert answer.headers["content-disposition"] == ('attachment; filename="completions-y2sB7.csv"')
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["entrant"], row["details"]) for row in found] == [("Entrant 2", "'=1+2")]


async def test_the_box_that_ticks_all_waits_for_its_script_and_is_sent_with_no_form(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await action(api)
    for number in (1, 2):
        await entered(app, number)
        await complete(api, number, ["Purchase"])
    page = (await browser.get("/entries")).text
    assert re.search(r"<label[^>]* data-all hidden><input type=\"checkbox\"><span>Select all", page)
    form = {"what": "invalidate", "reason": "a robot", **dict.fromkeys(rows(page), "on")}
    location = saved(await browser.post("/entries", data=form))
    assert "done=2&step=" in location
    reasons = [row["invalidated_reason"] for row in await data(api, "completions")]
    assert reasons == ["a robot", "a robot"]

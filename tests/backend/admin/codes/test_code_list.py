"""The owner's list of all codes: who got them, removing those that are left, and undoing that."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.crowded import link, range_of
from tests.backend.admin.owning import HOSTILE, SIGN_IN, mistakes, signed_in, values
from tests.backend.calls import data, earn
from tests.backend.stored import query, query_write
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ORIGIN = "http://track.test"
CODES = [f"C{n * 37 % 101:03d}" for n in range(101)]
"""In another order than that of their letters."""


@pytest.fixture
async def browser(browser: httpx.AsyncClient, api: httpx.AsyncClient) -> httpx.AsyncClient:
    """Ann's browser; its base is the campaign y2sB7, whose codes are CODES in a list "spring"."""
    await add(api, *CODES, name="spring")
    return browser


async def add(api: httpx.AsyncClient, *codes: str, name: str = "") -> None:
    text = "\n".join(codes)
    answer = await api.post("/campaigns/y2sB7/codes", params={"name": name}, content=text)
    assert answer.status_code == 201, answer.text


def shown(page: str) -> list[str]:
    return re.findall(r'<code dir="auto">(.*?)</code>', page)


async def stored(app: Starlette) -> list[tuple[Any, ...]]:
    sql = "SELECT id, code, entrant_id, upload_id FROM reward_codes ORDER BY id"
    return [tuple(dict(row).values()) for row in await query(server_of(app).database, sql)]


async def total(api: httpx.AsyncClient) -> int:
    found: int = (await api.get("/campaigns/y2sB7/codes")).json()["total"]
    return found


async def remove(browser: httpx.AsyncClient, app: Starlette, *codes: str) -> str:
    numbers = {row[1]: row[0] for row in await stored(app)}
    form = {f"code-{numbers[code]}": "on" for code in codes}
    answer = await browser.post("/codes/list", data=form)
    assert answer.status_code == 200, answer.text
    return answer.text


async def undo(browser: httpx.AsyncClient, page: str) -> str:
    [target] = re.findall(r'action="([^"]*/codes/list/undo[^"]*)"', page)
    fields = {name: values(page)[name] for name in ("codes", "seal")}
    answer = await browser.post(ORIGIN + unescape(target), data=fields)
    assert answer.status_code == 200
    return answer.text


async def test_codes_are_listed_by_code_and_by_when_they_came(
    browser: httpx.AsyncClient,
) -> None:
    for order, expected in (
        ("", CODES[::-1]),
        ("oldest", CODES),
        ("code", sorted(CODES)),
        ("code_desc", sorted(CODES)[::-1]),
    ):
        page = (await browser.get(f"/codes/list?order={order}")).text
        assert (shown(page), range_of(page)) == (expected[:50], "1–50 of 101")
        seen = shown(page)
        while path := link(page, "Next"):
            page = (await browser.get(ORIGIN + path)).text
            seen += shown(page)
        assert seen == expected
        assert range_of(page) == "101 of 101"
        page = (await browser.get(ORIGIN + str(link(page, "Previous")))).text
        assert (shown(page), range_of(page)) == (expected[50:100], "51–100 of 101")


@pytest.mark.parametrize("order", ["code", "code_desc"])
async def test_where_the_code_is_gone_beside_which_a_page_begins_the_list_begins_anew(
    app: Starlette, browser: httpx.AsyncClient, order: str
) -> None:
    first = (await browser.get(f"/codes/list?order={order}")).text
    second = (await browser.get(ORIGIN + str(link(first, "Next")))).text
    third = (await browser.get(ORIGIN + str(link(second, "Next")))).text
    await remove(browser, app, shown(first)[-1], shown(third)[0])
    left = sorted(CODES, reverse=order == "code_desc")
    left = [code for code in left if code not in (shown(first)[-1], shown(third)[0])]
    for lost in (link(first, "Next"), link(third, "Previous")):
        page = (await browser.get(ORIGIN + str(lost))).text
        assert (shown(page), range_of(page)) == (left[:50], "1–50 of 99")
        assert link(page, "Previous") is None


async def test_codes_are_found_by_code_entrant_state_and_list(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await add(api, "X-1", "X-10", HOSTILE, name="summer")
    await earn(app, api, 1, 2)
    assert shown((await browser.get("/codes")).text) == []
    [summer] = re.findall(r'/codes/list\?upload=(\d+)">3<', (await browser.get("/codes")).text)
    for query_string, found in {
        "search=X-1": ["X-1"],
        "search=x-1": ["X-10", "X-1"],
        "search=Entrant+2": [CODES[1]],
        "search=2%40example.org": [CODES[1]],
        "state=given": [CODES[1], CODES[0]],
        f"upload={summer}&order=code_desc": ["X-10", "X-1"],
        f"upload={summer}&state=given": [],
    }.items():
        page = (await browser.get(f"/codes/list?{query_string}")).text
        assert [each for each in shown(page) if "&lt;" not in each] == found, query_string
        assert "<script>alert" not in page
        answer = await browser.get(f"/codes.csv?{query_string}&separator=semicolon")
        text = answer.content.decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
        assert {row["code"] for row in rows} - {HOSTILE} == set(found)
    assert (
        "Remove the filter </span>List: <bdi>summer"
        in (await browser.get(f"/codes/list?upload={summer}")).text
    )


async def test_removed_codes_are_given_to_nobody_and_put_back_exactly(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await earn(app, api, 1)
    before = await stored(app)
    for codes in ((CODES[1], CODES[7], CODES[50]), (CODES[99], CODES[100])):
        page = await remove(browser, app, *codes)
        assert f"{len(codes)} codes were removed" in page
        assert await total(api) == 101 - len(codes)
        assert not set(codes) & {row[1] for row in await stored(app)}
        page = await undo(browser, page)
        assert f"Undone: {len(codes)} codes are back" in page
        assert await total(api) == 101
        assert [row[1:] for row in await stored(app)] == [row[1:] for row in before]
    sql = "SELECT deed, about FROM audit WHERE thing = 'codes' ORDER BY id"
    noted = [tuple(dict(row).values()) for row in await query(server_of(app).database, sql)]
    assert noted[-2:] == [("deleted", "2"), ("made", "Undone: 2")]


async def test_who_waited_meanwhile_gets_what_is_put_back(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await remove(browser, app, *CODES[1:90])
    page = await remove(browser, app, *CODES[90:])
    await earn(app, api, 1, 2)
    assert len(await data(api, "claims")) == 1
    await undo(browser, page)
    assert [row["value"] for row in await data(api, "claims")] == [CODES[0], CODES[90]]


async def test_given_codes_stay_and_undoing_twice_adds_nothing_twice(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await earn(app, api, 1)
    assert "Nothing was removed" in await remove(browser, app, CODES[0])
    page = await remove(browser, app, CODES[0], CODES[1])
    assert "1 code was removed" in page
    await add(api, CODES[1])
    assert "nothing left to undo" in await undo(browser, page)
    assert await total(api) == 101
    answer = await browser.post("/codes/list", data={"what": "remove"})
    assert (answer.status_code, set(mistakes(answer.text))) == (400, {"chosen"})


async def test_codes_that_nobody_removed_are_not_put_back(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await remove(browser, app, CODES[5])
    fields = values(page)
    before = await stored(app)
    for codes, seal in (
        ('[[1,"MADE-UP",null]]', fields["seal"]),
        (fields["codes"], "0" * 64),
        (fields["codes"], "é"),
        ("", ""),
    ):
        answer = await browser.post("/codes/list/undo", data={"codes": codes, "seal": seal})
        assert answer.status_code == 200
        assert await stored(app) == before


@pytest.mark.parametrize("wrong_first", [False, True])
async def test_undoing_outlives_the_end_of_the_session(
    wrong_first: bool, app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await remove(browser, app, CODES[3], CODES[4])
    [target] = re.findall(r'action="([^"]*/codes/list/undo[^"]*)"', page)
    target = ORIGIN + unescape(target)
    fields = {name: values(page)[name] for name in ("codes", "seal")}
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post(target, data=fields)
    assert asked.status_code == 403
    if wrong_first:
        wrong = {**SIGN_IN, "sign_in_password": "wrong"}
        asked = await browser.post(target, data={**values(asked.text), **wrong})
        assert asked.status_code == 400
    again = await browser.post(target, data={**values(asked.text), **SIGN_IN})
    assert again.status_code == 200
    assert "2 codes were removed" in again.text
    assert not {CODES[3], CODES[4]} & {row[1] for row in await stored(app)}, "nobody pressed Undo"
    assert "Undone: 2 codes are back" in await undo(browser, again.text)
    assert {CODES[3], CODES[4]} <= {row[1] for row in await stored(app)}


async def test_what_nobody_removed_is_not_offered_after_signing_in(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    fields = values(await remove(browser, app, CODES[3]))
    made_up = '[[1,"MADE-UP",null]]'
    for codes, seal in (
        (made_up, "0" * 64),
        (made_up, fields["seal"]),
        (fields["codes"], "é"),
        ("", ""),
    ):
        await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
        form = {"codes": codes, "seal": seal, **SIGN_IN}
        answer = await browser.post("/codes/list/undo", data=form)
        assert answer.status_code == 200
        assert not {"MADE-UP", CODES[3]} & set(re.findall(r"[\w-]+", answer.text))
        assert 'class="note good"' not in answer.text, "nothing was removed, nor put back"


async def test_another_sites_page_puts_nothing_back_and_signs_nobody_in(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    fields = values(await remove(browser, app, CODES[3]))
    form = {"codes": fields["codes"], "seal": fields["seal"]}
    elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    for sent in (form, {**form, **SIGN_IN}):
        answer = await browser.post("/codes/list/undo", data=sent, headers=elsewhere)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    assert CODES[3] not in {row[1] for row in await stored(app)}


async def test_an_empty_list_says_what_to_do(app: Starlette, api: httpx.AsyncClient) -> None:
    async with signed_in(app, "y2sB7") as browser:
        assert "No codes yet" in (await browser.get("/codes/list")).text

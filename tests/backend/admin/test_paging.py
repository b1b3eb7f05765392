"""The owner's long lists page by page: their order, which rows are shown of how many, and the way
to the first, the last and each page between."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.crowded import crowd, crowded, link, range_of, shown
from tests.backend.stored import query_write
from trk.store import counters
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

LISTS = ("entries", "entrants", "log", "claims")
FIRST, SECOND, LAST = "1–50 of 120", "51–100 of 120", "101–120 of 120"


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser; its base is the campaign y2sB7, with 120 entrants."""
    async with crowded(app, 120) as client:
        yield client


async def follow(browser: httpx.AsyncClient, page: str, words: str) -> str:
    path = link(page, words)
    assert path is not None, words
    answer = await browser.get(f"http://track.test{path}")
    assert answer.status_code == 200
    return answer.text


async def test_every_list_is_numbered_and_walked_from_end_to_end(
    browser: httpx.AsyncClient,
) -> None:
    newest = list(range(120, 0, -1))
    for name in LISTS:
        for query, order in (("", newest), ("?order=oldest", newest[::-1])):
            page = (await browser.get(f"/{name}{query}")).text
            assert (range_of(page), shown(page)) == (FIRST, order[:50]), name
            assert (link(page, "First"), link(page, "Previous")) == (None, None)
            page = await follow(browser, page, "Next")
            assert (range_of(page), shown(page)) == (SECOND, order[50:100]), name
            page = await follow(browser, page, "Next")
            assert (range_of(page), shown(page)) == (LAST, order[100:]), name
            assert (link(page, "Next"), link(page, "Last")) == (None, None)
            page = await follow(browser, page, "Previous")
            assert (range_of(page), shown(page)) == (SECOND, order[50:100]), name
            page = await follow(browser, page, "Previous")
            assert (range_of(page), shown(page)) == (FIRST, order[:50]), name
            assert link(page, "First") is None
            page = await follow(browser, page, "Last")
            assert (range_of(page), shown(page)) == (LAST, order[100:]), name
            assert (link(page, "Next"), link(page, "Last")) == (None, None)
            page = await follow(browser, page, "Previous")
            assert (range_of(page), shown(page)) == (SECOND, order[50:100]), name
            page = await follow(browser, page, "Next")
            assert (range_of(page), shown(page)) == (LAST, order[100:]), name
            page = await follow(browser, page, "First")
            assert (range_of(page), shown(page)) == (FIRST, order[:50]), name


async def test_entrants_are_sorted_by_e_mail_both_ways_and_filtered_in_that_order(
    browser: httpx.AsyncClient,
) -> None:
    by_mail = sorted(range(1, 121), key=lambda n: f"{n * 7 % 101:03d}.{n:03d}")
    for order, expected in (("email", by_mail), ("email_desc", by_mail[::-1])):
        seen, page = [], (await browser.get(f"/entrants?order={order}")).text
        assert f'<option value="{order}" selected>' in page
        while True:
            seen += shown(page)
            if link(page, "Next") is None:
                break
            page = await follow(browser, page, "Next")
        assert seen == expected
        assert range_of(page) == LAST
        page = await follow(browser, page, "Previous")
        assert (range_of(page), shown(page)) == (SECOND, expected[50:100])
        found = (await browser.get(f"/entrants?order={order}&search=Entrant+11")).text
        assert shown(found) == [n for n in expected if str(n).startswith("11")]


async def test_a_heading_sorts_by_its_column_and_says_how_the_list_is_sorted(
    browser: httpx.AsyncClient,
) -> None:
    for name in LISTS:
        page = (await browser.get(f"/{name}?search=1")).text
        [head] = re.findall(r'<th scope="col" aria-sort="descending"><a href="([^"]*)"', page)
        assert "order=oldest" in head
        page = (await browser.get(f"http://track.test{head.replace('&amp;', '&')}")).text
        assert 'aria-sort="ascending"' in page
        assert page.count("aria-sort") == 1
    page = (await browser.get("/entrants?order=email")).text
    assert re.search(r'aria-sort="ascending"><a href="[^"]*order=email_desc">Entrant', page)
    assert re.search(r'<th scope="col"><a href="/admin/campaigns/y2sB7/entrants">Entered', page)


async def test_rows_that_come_or_go_meanwhile_leave_no_gap_and_the_ends_are_numbered_anew(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/claims")).text
    await crowd(app, "y2sB7", 3, first=121)
    page = await follow(browser, page, "Next")
    assert shown(page) == list(range(70, 20, -1))
    page = await follow(browser, page, "Next")
    assert (range_of(page), shown(page)) == ("104–123 of 123", list(range(20, 0, -1)))
    await query_write(server_of(app).database, "DELETE FROM claims WHERE id IN (5, 20, 70)")
    page = await follow(browser, page, "Previous")
    assert shown(page) == [n for n in range(71, 20, -1) if n != 70]
    page = await follow(browser, page, "First")
    assert (range_of(page), shown(page)) == ("1–50 of 120", list(range(123, 73, -1)))


async def test_the_row_beside_which_a_page_begins_may_be_gone(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/claims")).text
    await query_write(server_of(app).database, "DELETE FROM claims WHERE id IN (70, 71)")
    page = await follow(browser, page, "Next")
    assert shown(page)[0] == 69
    answer = await browser.get("/entrants?order=email&after=999&at=50")
    assert answer.status_code == 200
    assert len(shown(answer.text)) == 50


async def test_a_part_of_a_list_is_counted_where_that_is_kept_or_all_of_it_is_seen(
    browser: httpx.AsyncClient,
) -> None:
    assert range_of((await browser.get("/entries?action=1")).text) == FIRST
    assert range_of((await browser.get("/entrants?search=Entrant+11")).text) == "1–11 of 11"
    page = (await browser.get("/entrants?state=active")).text
    assert range_of(page) == "1–50"
    page = await follow(browser, page, "Next")
    assert range_of(page) == "51–100"
    page = await follow(browser, page, "Next")
    assert range_of(page) == "101–120 of 120"
    page = await follow(browser, page, "Previous")
    assert (range_of(page), len(shown(page))) == ("51–100", 50)
    page = await follow(browser, page, "Previous")
    assert (range_of(page), link(page, "First")) == ("1–50", None)
    page = await follow(browser, page, "Last")
    assert shown(page) == list(range(50, 0, -1))


async def test_what_is_written_into_a_link_by_hand_is_ignored_or_clamped(
    browser: httpx.AsyncClient,
) -> None:
    for query in (
        *("after=x&at=y", "before=-1", "last=2", "at=99999999999999999", "after=²&before=%00"),
        *("order=email_desc&before=60&at=1", "last=1&after=4&before=9&at=7", "order=name"),
        *("after=0", "before=0&at=5", "after=9999&at=3", "before=1", "after=50&at=999999"),
    ):
        for name in LISTS:
            answer = await browser.get(f"/{name}?{query}")
            assert answer.status_code == 200, (name, query)


async def test_claims_are_counted_like_other_lists(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    assert await database.read(counters.total, "claims", 1) == 120
    while await database.write(counters.fold, "claims", 70):
        pass
    await crowd(app, "y2sB7", 5, first=121)
    assert await database.read(counters.total, "claims", 1) == 125
    assert range_of((await browser.get("/claims")).text) == "1–50 of 125"

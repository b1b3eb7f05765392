"""The overview's charts: the last days as bars, as numbers, and in words."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, browser_of, set_up
from tests.backend.calls import action, call, entered, made
from tests.backend.conftest import api_of
from tests.backend.stored import query_write, visitor
from trk.web.admin.charts import BASE, HEIGHT, chart
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

PAGE = "/admin/campaigns/y2sB7"
ZONE = ZoneInfo("Pacific/Auckland")


@pytest.mark.parametrize(
    ("most", "top", "half"),
    [
        (0, 1, None),
        (1, 1, None),
        (2, 2, 1),
        (3, 4, 2),
        (5, 6, 3),
        (9, 10, 5),
        (11, 20, 10),
        (61, 80, 40),
        (1_000, 1_000, 500),
        (1_000_001, 2_000_000, 1_000_000),
    ],
)
def test_the_axis_goes_to_a_round_number(most: int, top: int, half: int | None) -> None:
    made = chart("trackings", "Trackings", [date(2026, 11, 30)], Counter({"2026-11-30": most}))
    assert (made.top, made.half) == (top, half)


def test_bars_are_as_high_as_the_axis_says_and_a_single_one_can_be_seen() -> None:
    days = [date(2026, 11, day) for day in (27, 28, 29, 30)]
    counts = Counter({"2026-11-27": 1_000, "2026-11-28": 500, "2026-11-29": 1})
    made = chart("trackings", "Trackings", days, counts)
    assert [bar.height for bar in made.bars] == [HEIGHT, HEIGHT // 2, 2, 0]
    assert made.path.count("M") == 3
    assert chart("trackings", "Trackings", days, Counter()).path == ""


def test_the_axis_has_the_first_the_middle_and_the_last_day() -> None:
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(30)]
    made = chart("trackings", "Trackings", days, Counter())
    assert made.marks == ["1 Nov", "15 Nov", "30 Nov"]


async def test_the_overview_counts_the_last_days_in_the_campaigns_zone(app: Starlette) -> None:
    async with await api_of(app) as api, browser_of(app) as browser:
        await set_up(app, browser)
        await made(api, timezone=ZONE.key)
        await action(api)
        await action(api, "Sign-up")
        assert "<svg" not in (await browser.get(PAGE)).text
        await entered(app, 1)
        body = call(1, ["Purchase"], ["Sign-up"], ["Nothing"], visitor=visitor(1))
        assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
        today = datetime.now(UTC).astimezone(ZONE).date()
        # Half past midnight there, which in UTC is still the day before.
        wanted = today - timedelta(days=3)
        at = int(datetime(wanted.year, wanted.month, wanted.day, 0, 30, tzinfo=ZONE).timestamp())
        for table, column in (
            ("trackings", "received_at"),
            ("completions", "completed_at"),
            ("entrants", "created_at"),
        ):
            await query_write(server_of(app).database, f"UPDATE {table} SET {column} = {at * 1000}")
        page = (await browser.get(PAGE)).text
        rows = re.findall(r'<tr><td data-label="Day">(.*?)</td>(.*?)</tr>', page)
        counts = {day: re.findall(r'class="number">(\d+)<', cells) for day, cells in rows}
        assert len(counts) == 30
        assert counts.pop(wanted.isoformat()) == ["3", "2", "1"]
        assert set(map(tuple, counts.values())) == {("0", "0", "0")}
        assert f"3 in total; the highest was 3 on {wanted.isoformat()}" in page
        # Three of everything, and one of each action: each chart with a scale of its own.
        assert len(re.findall(rf'd="M\d+ {BASE}v-{HEIGHT}h8', page)) == 4
        assert len(re.findall(rf'd="M\d+ {BASE}v-{HEIGHT * 3 // 4}h8', page)) == 1
        assert page.count('class="bars"') == 5


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("?days=7", 7), ("?days=90", 90), ("", 30), ("?days=8", 30), ("?days=x", 30)],
)
async def test_an_owner_chooses_how_many_days(app: Starlette, asked: str, shown: int) -> None:
    async with await api_of(app) as api, browser_of(app) as browser:
        await set_up(app, browser)
        await made(api, timezone=ZONE.key)
        await action(api)
        await entered(app, 1)
        page = (await browser.get(PAGE + asked)).text
        assert page.count('<td data-label="Day">') == shown
        [current] = re.findall(r'<a href="\?days=(\d+)#lately" aria-current="true">', page)
        assert int(current) == shown


async def test_the_overview_counts_by_action_and_names_that_no_action_has(app: Starlette) -> None:
    async with await api_of(app) as api, browser_of(app) as browser:
        await set_up(app, browser)
        await made(api)
        await action(api, HOSTILE)
        await action(api, "Sign-up")
        for number in (1, 2):
            await entered(app, number)
        for number, names in enumerate([["Sign-up", "Typo"], ["Sign-up"], ["Typo"]]):
            pairs: list[list[str | None]] = [[name] for name in names]
            body = call(number, *pairs, visitor=visitor(1 + number % 2))
            assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
        page = (await browser.get(PAGE)).text
        rows = re.findall(
            r'<a href="([^"]*)">([^<]*)</a></td>\s*<td data-label="Trackings" class="number">(\d+)<'
            r'.*?data-label="Completed" class="number">(?:<[^>]*>)?([^<]*)<',
            page,
            re.DOTALL,
        )
        assert [
            (path.partition("?")[0], unescape(name), *counts) for path, name, *counts in rows
        ] == [
            (f"{PAGE}/entries", HOSTILE, "0", "0"),
            (f"{PAGE}/entries", "Sign-up", "2", "2"),
            (f"{PAGE}/log", "Names that match no action", "2", "–"),
        ]
        for path, *_ in rows:
            assert (await browser.get(unescape(path))).status_code == 200
        assert "Sign-up, completed per day" in page
        assert "<script>alert" not in page

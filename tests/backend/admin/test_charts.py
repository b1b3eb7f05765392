"""The overview's charts: the last days as bars, as numbers, and in words."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, browser_of, set_up
from tests.backend.calls import action, call, entered, made
from tests.backend.conftest import api_of
from tests.backend.stored import query_write, visitor
from trk.web.admin.charts import DAYS, HEIGHT, bars
from trk.web.server import server_of

PAGE = "/admin/campaigns/y2sB7"
ZONE = ZoneInfo("Pacific/Auckland")


def test_the_highest_bar_fills_the_chart_and_a_single_one_can_be_seen() -> None:
    made = bars(["a", "b", "c", "d"], Counter(a=1_000, b=500, c=1))
    assert [bar.height for bar in made] == [HEIGHT, HEIGHT // 2, 2, 0]
    assert [bar.height for bar in bars(["a", "b"], Counter())] == [0, 0]


def test_charts_of_one_scale_compare() -> None:
    made = bars(["a", "b"], Counter(a=500), most=1_000)
    assert [bar.height for bar in made] == [HEIGHT // 2, 0]


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
        assert len(counts) == DAYS
        assert counts.pop(wanted.isoformat()) == ["3", "2", "1"]
        assert set(map(tuple, counts.values())) == {("0", "0", "0")}
        assert f"3 in total; the highest was 3 on {wanted.isoformat()}" in page
        # Three of everything, and one of each action.
        assert len(re.findall(f'<rect [^>]*height="{HEIGHT}"', page)) == 5
        assert page.count("<rect") == 5


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

"""Ages of beacons: what they claim of the past, and what comes in late after the end."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.calls import action, data, entered, made
from tests.backend.conftest import PUBLIC_URL, beacon, client_of
from tests.backend.stored import query, query_write, visitor
from trk.clock import now_ms
from trk.core.days import day_at
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

HOUR = 3_600_000
DAY = 24 * HOUR
WEEK = 7 * DAY


async def _send(app: Starlette, *pairs: list[str | None], by: int = 1, **fields: Any) -> Any:
    async with client_of(app) as page:
        sent = beacon(*pairs, visitor=visitor(by), **fields)
        return (await page.post("/y2sB7/beacon", json=sent)).json()


async def _since(app: Starlette, table: str, at: int) -> None:
    published = f", published_at = {at}" if table == "campaigns" else ""
    await query_write(server_of(app).database, f"UPDATE {table} SET created_at = {at}{published}")


@pytest.mark.parametrize("newest", ["campaigns", "actions", "entrants"])
async def test_a_daily_action_is_claimed_for_no_day_before_there_was_a_campaign_action_or_entrant(
    app: Starlette, api: httpx.AsyncClient, newest: str
) -> None:
    await made(api)
    await action(api, "Daily", frequency="daily")
    await entered(app, 1)
    now = now_ms()
    for table in ("campaigns", "actions", "entrants"):
        await _since(app, table, now if table == newest else now - 30 * DAY)
    for days in range(7):
        await _send(app, ["Daily"], age=days * DAY)
    rows = await data(api, "completions")
    assert len(rows) <= 2  # two if midnight passes meanwhile
    assert {row["day"] for row in rows} <= {day_at("UTC", now), day_at("UTC", now_ms())}


async def test_a_late_beacon_of_somebody_who_was_there_counts_for_its_own_day(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api, "Daily", frequency="daily")
    await entered(app, 1)
    now = now_ms()
    for table in ("campaigns", "actions", "entrants"):
        await _since(app, table, now - 30 * DAY)
    for days in (0, 2, 2, 5):
        await _send(app, ["Daily"], age=days * DAY)
    assert len(await data(api, "completions")) == 3


async def test_with_debug_a_day_before_entering_is_told(
    sqlite_app: Starlette, sqlite_api: httpx.AsyncClient
) -> None:
    await made(sqlite_api)
    await action(sqlite_api, "Daily", frequency="daily")
    await entered(sqlite_app, 1)
    now = now_ms()
    for table, at in (("campaigns", now - WEEK), ("actions", now - WEEK), ("entrants", now)):
        await _since(sqlite_app, table, at)
    answer = await _send(sqlite_app, ["Daily"], age=2 * DAY, debug=True)
    assert answer["pairs"] == ["expired"]
    assert "its day ended before the visitor entered" in answer["notes"][0]


async def _over(app: Starlette, ago: int) -> None:
    """A campaign that was over so long ago, and began a month before."""
    now = now_ms()
    for table in ("campaigns", "actions", "entrants"):
        await _since(app, table, now - 30 * DAY)
    await query_write(server_of(app).database, f"UPDATE campaigns SET ends_at = {now - ago}")


async def _late(app: Starlette, api: httpx.AsyncClient, **fields: Any) -> None:
    """A campaign in which two entrants' beacons came an hour after its end, though they happened
    before it."""
    await made(api)
    await action(api, **fields)
    await entered(app, 1)
    await entered(app, 2)
    await _over(app, HOUR)
    for number in (1, 2):
        answer = await _send(app, ["Purchase", "17"], ["x"], by=number, age=2 * HOUR)
        assert answer["error"]["code"] == "late"


async def test_within_ten_minutes_of_the_end_what_happened_before_it_counts(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    await _over(app, 9 * 60_000)
    answer = await _send(app, ["Purchase"], age=0)
    assert answer["error"]["code"] == "campaign_ended"
    answer = await _send(app, ["Purchase"], age=10 * 60_000)
    assert answer["unlocked"] == ["Purchase"]


async def test_what_comes_later_is_stored_as_late_and_counts_on_the_owners_word(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await _late(app, api)
    assert await data(api, "completions") == []
    rows = await query(
        server_of(app).database, "SELECT id, name, refusal FROM trackings ORDER BY id"
    )
    assert {row["refusal"].partition(":")[0] for row in rows} == {"late"}
    one = rows[0]["id"]
    async with signed_in(app) as owner:
        log = f"{PUBLIC_URL}/admin/campaigns/y2sB7/log"
        assert "Count it" in (await owner.get(log)).text
        assert "you counted it" not in (await owner.get(log)).text
        for said in ("the action is completed", "it already counts"):
            done = await owner.post(f"{log}/{one}/count")
            assert done.status_code == 303
            assert said in (await owner.get(f"{PUBLIC_URL}{done.headers['location']}")).text
        assert "you counted it" in (await owner.get(log)).text
        done = await owner.post(f"{log}/{rows[1]['id']}/count")
        assert done.headers["location"].endswith("counted=unmatched")
        for wrong in ("0", "x", "9" * 30):
            done = await owner.post(f"{log}/{wrong}/count")
            assert done.headers["location"].endswith("counted=gone")
    [row] = await data(api, "completions")
    assert (row["email"], row["details"]) == ("1@example.org", "17")
    assert [(r["outcome"], r["name"]) for r in await data(api, "trackings")] == [
        ("unlocked", "Purchase"),
        ("refused", "x"),
        ("refused", "Purchase"),
        ("refused", "x"),
    ]


async def test_late_trackings_that_are_ticked_count_together_by_the_same_rules(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await _late(app, api, unique_value=True)
    async with signed_in(app) as owner:
        log = f"{PUBLIC_URL}/admin/campaigns/y2sB7/log"
        page = (await owner.get(f"{log}?outcome=refused")).text
        ticked = re.findall(r'name="(tracking-\d+)"', page)
        assert len(ticked) == 4
        form = dict.fromkeys([*ticked, "tracking-999", "tracking-x"], "on")
        done = await owner.post(f"{log}?outcome=refused", data=form)
        where = done.headers["location"]
        assert re.search(r"/log\?outcome=refused&step=\w+&counted=1&selected=5$", where)
        said = (await owner.get(f"{PUBLIC_URL}{done.headers['location']}")).text
        assert "1 of 5 selected trackings were counted" in said
        again = await owner.post(log, data=form)
        assert again.headers["location"].endswith("counted=0&selected=5")
        nothing = await owner.post(log, data={"what": "count"})
        assert nothing.status_code == 400
        assert "Select at least one tracking" in nothing.text
    assert len(await data(api, "completions")) == 1


async def test_on_the_owners_word_all_other_rules_hold(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await _late(app, api, unique_value=True)
    rows = await query(server_of(app).database, "SELECT id FROM trackings WHERE n = 0 ORDER BY id")
    async with signed_in(app) as owner:
        became = []
        for row in rows:
            done = await owner.post(f"{PUBLIC_URL}/admin/campaigns/y2sB7/log/{row['id']}/count")
            became.append(done.headers["location"].rpartition("=")[2])
    assert became == ["unlocked", "refused"]
    assert len(await data(api, "completions")) == 1
    refused = [row["refusal"] for row in await data(api, "trackings")]
    assert refused[2].startswith("value_used: ")


async def test_a_late_beacon_that_comes_again_gets_the_same_answer(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await entered(app, 1)
    await _over(app, HOUR)
    body = beacon(["Purchase"], visitor=visitor(1), age=2 * HOUR)
    async with client_of(app) as page:
        first = await page.post("/y2sB7/beacon", json=body)
        [row] = await query(server_of(app).database, "SELECT id FROM trackings")
        async with signed_in(app) as owner:
            await owner.post(f"{PUBLIC_URL}/admin/campaigns/y2sB7/log/{row['id']}/count")
        again = await page.post("/y2sB7/beacon", json=body)
    assert (first.status_code, first.json()["error"]["code"]) == (403, "late")
    assert again.json() == first.json()
    assert len(await data(api, "completions")) == 1


async def test_a_visitor_who_has_not_entered_stays_late(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api)
    await _over(app, HOUR)
    await _send(app, ["Purchase"], by=9, age=2 * HOUR)
    [row] = await query(server_of(app).database, "SELECT id FROM trackings")
    async with signed_in(app) as owner:
        url = f"{PUBLIC_URL}/admin/campaigns/y2sB7/log/{row['id']}/count"
        assert (await owner.post(url)).headers["location"].endswith("counted=waiting")
        await entered(app, 9)
        assert await data(api, "completions") == []
        assert (await owner.post(url)).headers["location"].endswith("counted=unlocked")
    assert len(await data(api, "completions")) == 1

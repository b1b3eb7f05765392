"""What was changed on a list's page is undone exactly, as far as nobody has changed it since."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.crowded import crowd, crowded
from tests.backend.admin.owning import SIGN_IN, mistakes, saved, values
from tests.backend.calls import action, call, data, entered, made
from tests.backend.stored import campaign_in, query, query_write, visitor
from trk.clock import now_ms
from trk.store import referrals
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ORIGIN = "http://track.test"


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser; its base is the campaign y2sB7, with 6 entrants."""
    async with crowded(app, 6) as client:
        yield client


async def change(
    browser: httpx.AsyncClient, path: str, kind: str, what: str, *numbers: int, why: str = "x"
) -> str:
    """Correct these rows by their page; the page that follows."""
    form = {**{f"{kind}-{n}": "on" for n in numbers}, "reason": why, "what": what}
    answer = await browser.get(ORIGIN + saved(await browser.post(path, data=form)))
    assert answer.status_code == 200
    return answer.text


async def undo(browser: httpx.AsyncClient, page: str) -> str:
    """Press the button Undo; the page that follows."""
    [target] = re.findall(r'<form method="post" action="([^"]*/undo\?[^"]*)"', page)
    step = values(page)["step"]
    answer = await browser.post(ORIGIN + unescape(target), data={"step": step})
    followed = await browser.get(ORIGIN + saved(answer))
    assert followed.status_code == 200
    return followed.text


async def stored(app: Starlette) -> dict[str, Any]:
    """What corrections change, of every entrant and completion."""
    database = server_of(app).database
    tables = {}
    for table, columns in (
        ("completions", "id, invalidated_at, invalidated_reason"),
        ("entrants", "id, blocked_at, blocked_reason"),
        ("unique_values", "action_id, value_hash, entrant_id"),
    ):
        rows = await query(database, f"SELECT {columns} FROM {table} ORDER BY 1, 2")
        tables[table] = [tuple(row.values()) for row in map(dict, rows)]
    return tables


async def noted(app: Starlette) -> list[Mapping[str, Any]]:
    rows = await query(server_of(app).database, "SELECT * FROM audit ORDER BY id")
    return [row for row in rows if str(row["about"]).startswith("Undone")]


async def test_every_change_of_the_bars_is_put_back_exactly(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await change(browser, "/entries", "entry", "invalidate", 1, 2, why="an old reason")
    await change(browser, "/entries", "entry", "invalidate", 3, why="another")
    await change(browser, "/entrants", "entrant", "block", 4, 5, why="together")
    await change(browser, "/entrants", "entrant", "block", 6, why="alone")
    before = await stored(app)
    for path, kind, what, numbers, changed in (
        ("/entries", "entry", "invalidate", (4, 5), 2),
        ("/entries?state=invalidated&order=oldest", "entry", "restore", (1, 2, 3), 3),
        ("/entries", "entry", "restore", (1, 4, 99), 1),
        ("/entrants", "entrant", "block", (1, 2, 4), 2),
        ("/entrants?state=blocked", "entrant", "unblock", (4, 5, 6), 3),
        ("/entrants?email=unconfirmed", "entrant", "unconfirmed", (), 3),
        ("/claims?order=oldest", "entrant", "block", (1, 2), 2),
    ):
        page = await change(browser, path, kind, what, *numbers, why="by mistake")
        assert re.search(rf">{changed} entr\w+ (was|were) changed", page), (path, what)
        assert await stored(app) != before
        count = len(await noted(app))
        page = await undo(browser, page)
        assert "as before" in page, (path, what)
        assert await stored(app) == before, (path, what)
        assert len(await noted(app)) == count + 1
        assert ">Undo<" not in page
        for name, value in parse_qs(urlsplit(path).query).items():
            assert f'<option value="{value[0]}" selected>' in page, (path, name)


async def test_those_who_were_unblocked_together_are_blocked_together_again(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await change(
        browser, "/entrants?state=active", "entrant", "block", 1, 2, 3, why="robots"
    )
    before = await stored(app)
    page = (await browser.get("/entrants?state=blocked")).text
    at = values(page)["at"]
    answer = await browser.post("/entrants/take-back", data={"at": at})
    page = (await browser.get(ORIGIN + saved(answer))).text
    await undo(browser, page)
    assert await stored(app) == before
    assert "3 entrants" in (await browser.get("/entrants?state=blocked")).text


async def test_what_was_changed_again_since_stays_as_it_is(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await change(browser, "/entries", "entry", "invalidate", 1, 2, 3)
    await change(browser, "/entries", "entry", "restore", 1, 2)
    await change(browser, "/entries", "entry", "invalidate", 2, why="x")
    two = (await stored(app))["completions"][1]
    page = await undo(browser, page)
    assert "Undone: 1 entry is as before" in page
    states = (await stored(app))["completions"]
    assert [row[1] is None for row in states] == [True, False, True, True, True, True]
    assert states[1] == two, "who invalidated it anew may have had a reason"


async def test_undoing_twice_at_once_or_later_changes_nothing_more(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    before = await stored(app)
    page = await change(browser, "/entrants", "entrant", "block", 1, 2)
    answers = await asyncio.gather(*(undo(browser, page) for _ in range(3)))
    assert sum("are as before" in each for each in answers) == 1
    assert sum("nothing left to undo" in each for each in answers) == 2
    assert await stored(app) == before
    await change(browser, "/entrants", "entrant", "block", 1, why="again")
    assert "nothing left to undo" in await undo(browser, page)
    assert len(await noted(app)) == 1


async def test_a_value_that_another_has_used_since_keeps_all_of_it_as_it_is(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    first = await action(api, "Order", unique_value=True)
    for number in (101, 102):
        await entered(app, number)
    body = call(101, ["Order", "A1"], ["Purchase"], visitor=visitor(101))
    assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
    mine = [row["id"] for row in await data(api, f"completions?action={first}")]
    rest = [row["id"] for row in await data(api, "completions?order=newest")][:2]
    page = await change(browser, "/entries", "entry", "invalidate", *mine, *rest)
    body = call(102, ["Order", "A1"], visitor=visitor(102))
    assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
    before = await stored(app)
    page = await undo(browser, page)
    assert "the value of one of these has since unlocked its action again" in page
    assert await stored(app) == before
    assert await noted(app) == []


async def test_a_friend_who_can_not_count_any_more_keeps_all_of_it_as_it_is(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    action = {"title": "Refer", "tracking_name": "Refer", "verification": "referral", "friends": 1}
    number = (await api.post("/campaigns/y2sB7/actions", json=action)).json()["id"]
    campaign = await campaign_in(database)
    for friend in (2, 3):
        sql = "INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) VALUES "
        await query_write(database, f"{sql} ({friend}, {campaign.id}, 1, 1)")
    await database.write(referrals.count, campaign, [2], now_ms())
    page = await change(browser, "/entries", "entry", "invalidate", 7, 6)

    async def valid() -> list[int]:
        sql = "SELECT id FROM completions WHERE id >= 6 AND invalidated_at IS NULL ORDER BY id"
        return [row["id"] for row in await query(database, sql)]

    await database.write(referrals.count, campaign, [3], now_ms())
    assert await valid() == [8]
    said = "for one of these, as many friends count already as its action allows"
    assert said in await undo(browser, page)
    answer = await browser.post(
        "/entries", data={"entry-7": "on", "reason": "x", "what": "restore"}
    )
    assert said in mistakes(answer.text)["chosen"]
    assert await valid() == [8]
    await query_write(database, f"UPDATE actions SET friends = 2 WHERE id = {number}")
    assert "Undone: 2 entries are as before" in await undo(browser, page)
    assert await valid() == [6, 7, 8]


async def test_a_step_that_nobody_made_or_of_another_campaign_undoes_nothing(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    page = await change(browser, "/entrants", "entrant", "block", 1)
    step = values(page)["step"]
    before = await stored(app)
    await made(api, key="other")
    for path, name in (
        ("/undo?list=entrants", "0" * 16),
        ("/undo?list=entrants", "x\0"),
        ("/undo?list=../../x&step=1", "' OR 1=1"),
        (f"{ORIGIN}/admin/campaigns/other/undo?list=entries", step),
        ("/undo", ""),
    ):
        answer = await browser.post(path, data={"step": name})
        assert saved(answer).endswith("undone=0"), (path, name)
        assert urlsplit(saved(answer)).path.rsplit("/", 1)[1] in ("entries", "entrants")
    assert await stored(app) == before
    for query_string in ("done=2&step=x", f"done=1&step={'0' * 16}", "undone=-1", "step=%00"):
        answer = await browser.get(f"/entrants?{query_string}")
        assert answer.status_code == 200
        assert ">Undo<" not in answer.text


async def test_the_page_that_follows_keeps_the_lists_part_and_its_place(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await crowd(app, "y2sB7", 60, first=7)
    path = "/entries?state=valid&order=oldest&after=50&at=50"
    page = await change(browser, path, "entry", "invalidate", 51, 52)
    assert values(page)["state"] == "valid"
    assert 'name="entry-53"' in page
    page = await undo(browser, page)
    assert (values(page)["state"], values(page)["order"]) == ("valid", "oldest")
    assert "51–66 of 66" in page


@pytest.mark.parametrize("path", ["/entries?state=valid&order=oldest", "/entrants?search=Entrant"])
async def test_after_the_session_has_ended_it_is_offered_again(
    app: Starlette, browser: httpx.AsyncClient, path: str
) -> None:
    kind, what = ("entry", "invalidate") if "entries" in path else ("entrant", "block")
    page = await change(browser, path, kind, what, 1, 2)
    [target] = re.findall(r'<form method="post" action="([^"]*/undo\?[^"]*)"', page)
    await query_write(server_of(app).database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post(ORIGIN + unescape(target), data={"step": values(page)["step"]})
    assert asked.status_code == 403
    signed = await browser.post(ORIGIN + unescape(target), data={**values(asked.text), **SIGN_IN})
    back = saved(signed)
    assert urlsplit(back).path.endswith(urlsplit(path).path)
    assert parse_qs(urlsplit(path).query).items() <= parse_qs(urlsplit(back).query).items()
    page = (await browser.get(ORIGIN + back)).text
    assert re.search(r"2 \w+ were changed", page)
    assert re.search(r"Undone: 2 \w+ are as before", await undo(browser, page))


async def test_who_is_erased_or_gone_meanwhile_is_left_alone(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = await change(browser, "/entrants", "entrant", "block", 1, 2)
    erased = "UPDATE entrants SET erased_at = 5 WHERE id = 1"
    await query_write(server_of(app).database, erased)
    assert "1 entrant is as before" in await undo(browser, page)
    page = await change(browser, "/entries", "entry", "invalidate", 3, 4)
    await query_write(server_of(app).database, "DELETE FROM completions WHERE id = 3")
    assert "1 entry is as before" in await undo(browser, page)
    [blocked] = [row for row in (await stored(app))["entrants"] if row[1] is not None]
    assert blocked[0] == 1


async def test_claimants_are_blocked_with_a_reason_and_only_who_is_ticked(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    for form in ({"entrant-1": "on"}, {"reason": "x"}):
        answer = await browser.post("/claims", data={**form, "what": "block"})
        assert answer.status_code == 400
        assert "Nothing was changed" in answer.text
        assert values(answer.text).get("entrant-1") == form.get("entrant-1")
    page = await change(browser, "/claims", "entrant", "block", 2, 3, why="bots")
    assert "2 entrants were changed" in page
    blocked = [row for row in (await stored(app))["entrants"] if row[1] is not None]
    assert [(row[0], row[2]) for row in blocked] == [(2, "bots"), (3, "bots")]

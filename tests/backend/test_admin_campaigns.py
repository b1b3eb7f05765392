"""The owner's campaigns: made, changed with every setting, copied, closed and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Table
from starlette.applications import Starlette

from backend.changing import draft_of
from backend.core.campaign import Campaign, iso
from backend.store import campaigns, draws, rewards
from backend.store.changes import BELOW
from backend.store.pages import Span
from backend.store.program import select
from backend.store.schema import metadata
from backend.web import admin
from tests.backend.calls import competition
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.owning import SIGN_IN, browser_of, form_at, mistakes, saved, set_up, values
from tests.backend.stored import query_write, visitor

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
ALL: dict[str, str] = {
    "name": "Win a boat",
    "kind": "reward",
    "description": "**Row** it\n\nand more",
    "timezone": "Europe/Berlin",
    "starts_at": "2026-03-28T18:30",
    "ends_at": "2026-10-25T02:30",
    "accent": "#8A1C7C",
    "terms": "Be nice.",
    "allowed_origins": "https://Shop.example/\nhttp://localhost:8001",
    "ask_consent": "on",
    "honour_gpc": "on",
    "reward_kind": "shared",
    "reward_value": "SAVE10",
    "reward_note": "At the checkout.",
    "reward_after": "3",
    "tab_text": "Win a boat",
    "tab_position": "bottom_left",
}
EMPTY = dict.fromkeys((*ALL, "show_entries"), "")


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, signed in, on both databases; its base is her first campaign."""
    async with browser_of(app) as client:
        client.base_url = httpx.URL("http://track.test" + await set_up(app, client))
        yield client


@pytest.fixture
async def sqlite_browser(sqlite_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(sqlite_app) as client:
        client.base_url = httpx.URL("http://track.test" + await set_up(sqlite_app, client))
        yield client


async def stored(app: Starlette, browser: httpx.AsyncClient) -> Campaign:
    found: Campaign | None = await app.state.database.read(campaigns.by_key(key_of(browser)))
    assert found is not None
    return found


def overview(browser: httpx.AsyncClient) -> str:
    return str(browser.base_url).rstrip("/")


def key_of(browser: httpx.AsyncClient) -> str:
    return browser.base_url.path.strip("/").rsplit("/", 1)[1]


async def with_settings(browser: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Send the settings' form with these fields changed."""
    return await browser.post("/settings", data={**await form_at(browser, "/settings"), **fields})


async def test_every_setting_can_be_changed_and_comes_back_as_it_was_typed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    form = {"version": (await form_at(browser, "/settings"))["version"], **ALL}
    assert saved(await browser.post("/settings", data=form)).endswith("/settings?saved")
    campaign = await stored(app, browser)
    assert (campaign.slug, campaign.show_entries, campaign.ask_consent) == (
        "win-a-boat",
        False,
        True,
    )
    assert campaign.starts_at is not None
    assert campaign.ends_at is not None
    assert iso(campaign.starts_at) == "2026-03-28T17:30:00.000Z"
    # Clocks go back in that night: of the two the first, which is still summer time.
    assert iso(campaign.ends_at) == "2026-10-25T00:30:00.000Z"
    assert campaign.allowed_origins == ("https://shop.example", "http://localhost:8001")
    again = await form_at(browser, "/settings")
    expected = {**ALL, "accent": "#8a1c7c", "version": "2"}
    expected["allowed_origins"] = "https://shop.example\nhttp://localhost:8001"
    assert again == expected
    # Sent again untouched, it changes nothing.
    before = draft_of(campaign)
    saved(await browser.post("/settings", data=again))
    assert draft_of(await stored(app, browser)) == before


async def test_an_instant_that_was_not_touched_stays_what_it_is_to_the_millisecond(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    # 02:30 in Berlin for the second time that night, and some seconds.
    second = 1_792_891_845_678
    await query_write(app.state.database, f"UPDATE campaigns SET ends_at = {second}")
    form = await form_at(browser, "/settings")
    assert form["ends_at"] == "2026-10-25T02:30"
    saved(await browser.post("/settings", data={**form, "name": "Another"}))
    assert (await stored(app, browser)).ends_at == second


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, {"name": "Please fill this in."}),
        ({"name": "x" * 201}, {"name": "at most 200 characters"}),
        ({"name": "a\0b"}, {"name": "NUL"}),
        ({"kind": "raffle"}, {"kind": "choose one"}),
        ({"description": "x" * 10_001}, {"description": "at most 10000"}),
        ({"terms": "x" * 50_001}, {"terms": "at most 50000"}),
        ({"timezone": "Mars/Olympus"}, {"timezone": "Europe/Berlin"}),
        ({"timezone": "../etc/passwd"}, {"timezone": "Europe/Berlin"}),
        ({"starts_at": "soon"}, {"starts_at": "a day and a time"}),
        ({"starts_at": "0001-01-01T00:00"}, {"starts_at": "1971"}),
        ({"starts_at": "9999-12-31T23:59"}, {"starts_at": "1971"}),
        ({"starts_at": "2026-03-29T02:30"}, {"starts_at": "does not exist"}),
        (
            {"starts_at": "2026-06-02T10:00", "ends_at": "2026-06-02T10:00"},
            {"ends_at": "later than the start"},
        ),
        ({"accent": "red"}, {"accent": "a colour such as"}),
        (
            {"allowed_origins": "https://a.example/path"},
            {"allowed_origins": "'https://a.example/p"},
        ),
        ({"allowed_origins": "*"}, {"allowed_origins": "an origin"}),
        ({"reward_kind": "shared", "reward_value": "X"}, {"reward_kind": "the kind Reward"}),
        ({"reward_value": "X"}, {"reward_value": "leave it empty"}),
        ({"kind": "reward", "reward_kind": "shared"}, {"reward_value": "fill this in"}),
        (
            {"kind": "reward", "reward_kind": "link", "reward_value": "javascript:alert(1)"},
            {"reward_value": "https://"},
        ),
        ({"reward_after": "0"}, {"reward_after": "1 to 1000"}),
        ({"reward_after": "two"}, {"reward_after": "a whole number"}),
        ({"reward_after": "9" * 400}, {"reward_after": "a whole number"}),
        (
            {"name": "", "accent": "x", "reward_after": "", "starts_at": "x"},
            {"name": "", "accent": "", "reward_after": "", "starts_at": ""},
        ),
        (
            EMPTY,
            dict.fromkeys(
                ("name", "kind", "timezone", "reward_kind", "reward_after", "tab_position"), ""
            ),
        ),
    ],
    ids=str,
)
async def test_every_mistake_is_told_at_its_field_and_nothing_typed_is_lost(
    sqlite_app: Starlette,
    sqlite_browser: httpx.AsyncClient,
    fields: dict[str, str],
    wrong: dict[str, str],
) -> None:
    before = await stored(sqlite_app, sqlite_browser)
    answer = await with_settings(sqlite_browser, **fields)
    assert answer.status_code == 400
    said = mistakes(answer.text)
    assert set(said) == set(wrong)
    for field, part in wrong.items():
        assert part in said[field]
    shown = values(answer.text) if "kind" not in wrong else fields
    for field, text in fields.items():
        assert shown.get(field, "") == text.replace("\0", "\0")
    assert await stored(sqlite_app, sqlite_browser) == before


async def test_hostile_text_is_shown_and_runs_nowhere(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    saved(await with_settings(sqlite_browser, name=HOSTILE, description=HOSTILE, terms=HOSTILE))
    pages = [
        await sqlite_browser.get(path)
        for path in (
            overview(sqlite_browser),
            "/settings",
            "/actions",
            "/prizes",
            "/delete",
            "/actions/new",
        )
    ]
    pages.append(await sqlite_browser.get("http://track.test/admin/campaigns"))
    pages.append(
        await sqlite_browser.post("/preview", data=await form_at(sqlite_browser, "/settings"))
    )
    for page in pages:
        assert page.status_code == 200
        assert "&lt;script&gt;alert" in page.text
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "unsafe" not in page.headers["content-security-policy"]


async def test_two_who_edit_at_once_are_told_and_neither_loses_anything(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    mine = await form_at(browser, "/settings")
    theirs = dict(mine)
    saved(await browser.post("/settings", data={**theirs, "name": "Theirs", "accent": "#0a7cff"}))
    answer = await browser.post("/settings", data={**mine, "name": "Mine"})
    assert answer.status_code == 409
    assert "Somebody else has changed this campaign" in answer.text
    assert "<q>Theirs</q>" in answer.text
    assert "<q>#0a7cff</q>" in answer.text
    assert (await stored(app, browser)).name == "Theirs"
    shown = values(answer.text)
    assert shown["name"] == "Mine"
    # Knowing what the other has stored, one may put one's own in its place.
    saved(await browser.post("/settings", data=shown))
    campaign = await stored(app, browser)
    assert (campaign.name, campaign.accent, campaign.version) == ("Mine", "", 3)


async def test_a_form_whose_session_has_ended_comes_back_filled_in_and_is_not_carried_out(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    form = {**await form_at(browser, "/settings"), **ALL, "description": "\nTwo\n\nlines"}
    del form["show_entries"]
    await query_write(app.state.database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post("/settings", data=form)
    assert asked.status_code == 403
    assert "Your session has ended" in asked.text
    carried = values(asked.text)
    assert carried["description"] == form["description"]
    wrong = await browser.post(
        "/settings", data={**carried, **SIGN_IN, "sign_in_password": "wrong"}
    )
    assert wrong.status_code == 400
    again = await browser.post("/settings", data={**values(wrong.text), **SIGN_IN})
    assert again.status_code == 200
    assert "Nothing was saved yet" in again.text
    shown = values(again.text)
    assert shown == form
    assert (await stored(app, browser)).name == "Win a bike"
    saved(await browser.post("/settings", data=shown))
    assert (await stored(app, browser)).name == "Win a boat"


async def test_a_button_that_is_pressed_too_late_does_nothing_but_lead_back(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await query_write(app.state.database, "UPDATE owner_sessions SET expires_at = 1")
    for button in ("/close", "/delete", "/copy"):
        async with browser_of(app) as late:
            late.base_url = browser.base_url
            asked = await late.post(button, data={})
            assert asked.status_code == 403
            answer = await late.post(button, data={**values(asked.text), **SIGN_IN})
            assert saved(answer).startswith(browser.base_url.path.rstrip("/"))
            assert (await late.get("/settings")).status_code == 200
    assert (await stored(app, browser)).closed_at is None
    rows = await app.state.database.read(select("SELECT id FROM campaigns"))
    assert len(rows) == 1


async def test_without_a_session_no_page_of_an_owner_is_shown(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    opened = ("/", "/sign-in", "/sign-out", "/link/{token}", "/setup")
    paths = {
        route.path.replace("{key}", key_of(sqlite_browser)).replace("{action}", "1")
        for route in admin.routes()
        if route.path not in opened
    }
    assert len(paths) > 15
    async with browser_of(sqlite_app) as stranger:
        for path in paths:
            read = await stranger.get(f"/admin{path}")
            assert read.status_code in (303, 405), path
            if read.status_code == 303:
                assert "/admin/sign-in" in read.headers["location"]
            sent = await stranger.post(f"/admin{path}", data={"name": "x"})
            assert sent.status_code in (403, 405), path
            assert "Win a bike" not in read.text + sent.text


async def test_a_campaign_is_made_from_a_template_and_listed_with_its_numbers(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(app) as api:
        await competition(app, api, 3)
    new = "http://track.test/admin/campaigns/new"
    for wrong in ({}, {"name": "", "template": "x", "timezone": "x"}):
        assert (await browser.post(new, data=wrong)).status_code == 400
    form = {"name": "Second", "template": "coupon", "timezone": "UTC"}
    assert saved(await browser.post(new, data=form)).startswith("/admin/campaigns/")
    page = (await browser.get("http://track.test/admin/campaigns")).text
    for said in ("Win a bike", "Second", "<dd>3</dd>", "<dd>6</dd>", "Open"):
        assert said in page


async def test_the_list_without_a_campaign_says_what_to_do(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    assert saved(await sqlite_browser.post("/delete")) == "/admin/campaigns?deleted"
    page = (await sqlite_browser.get("http://track.test/admin/campaigns?deleted")).text
    assert "Make your first campaign" in page
    assert "was deleted" in page
    assert (await sqlite_browser.get(overview(sqlite_browser))).status_code == 404


async def test_a_long_list_comes_in_parts(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    async with await api_of(sqlite_app) as api:
        for number in range(50):
            await api.post("/campaigns", json={"name": f"Number {number}"})
    first = await sqlite_browser.get("http://track.test/admin/campaigns")
    assert "Number 48" in first.text
    assert "Number 49" not in first.text
    after = first.text.split("/admin/campaigns?after=")[1].split('"')[0]
    second = (await sqlite_browser.get(f"http://track.test/admin/campaigns?after={after}")).text
    assert "Number 49" in second
    assert "Number 48" not in second


async def test_it_closes_and_reopens(app: Starlette, browser: httpx.AsyncClient) -> None:
    saved(await browser.post("/close"))
    assert "Closed" in (await browser.get(overview(browser))).text
    assert (await stored(app, browser)).closed_at is not None
    saved(await browser.post("/reopen"))
    assert (await stored(app, browser)).closed_at is None


async def test_a_copy_has_the_settings_actions_and_prizes_and_a_key_and_secret_of_its_own(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = app.state.database
    saved(await with_settings(browser, accent="#0a7cff", ends_at="2020-01-01T00:00"))
    saved(await browser.post("/close"))
    path = saved(await browser.post("/copy"))
    original = await stored(app, browser)
    copy = await database.read(campaigns.by_key(path.split("/")[3]))
    assert copy is not None
    assert (copy.name, copy.accent, copy.timezone) == (
        "Copy of Win a bike",
        "#0a7cff",
        "Europe/Berlin",
    )
    assert copy.key != original.key
    assert copy.secret != original.secret
    # What was over does not begin over.
    assert (copy.ends_at, copy.closed_at) == (None, None)
    for read in (lambda c: campaigns.actions_of([c.id]), draws.prizes):
        ours, theirs = await database.read(read(copy)), await database.read(read(original))
        assert len(ours) == len(theirs) == 1


def belongs(table: Table) -> bool:
    return bool({"campaign_id", "entrant_id", "action_id", "draw_id"} & set(table.columns.keys()))


def test_whatever_belongs_to_a_campaign_is_known_to_go_with_it() -> None:
    assert {name for name, _ in BELOW} == {
        name for name, table in metadata.tables.items() if belongs(table)
    }


async def test_deleting_asks_with_numbers_and_takes_all_of_this_campaign_and_nothing_of_others(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database = app.state.database
    async with await api_of(app) as api:
        await competition(app, api, 3)
        for kind in ("prizes", "draw"):
            if kind == "draw":
                await query_write(database, "UPDATE campaigns SET ends_at = 1 WHERE key = 'y2sB7'")
            answer = await api.post(
                f"/campaigns/y2sB7/{kind}", json=PRIZE if kind == "prizes" else {}
            )
            assert answer.status_code == 201, answer.text
    browser.base_url = httpx.URL("http://track.test/admin/campaigns/y2sB7")
    page = (await browser.get("/delete")).text
    for said in ("<dd>3</dd>", "<dd>6</dd>", "y2sB7"):
        assert said in page
    others = {
        name: len(await database.read(select(f"SELECT 1 AS one FROM {name}")))
        for name in ("campaigns", "actions", "prizes")
    }
    assert saved(await browser.post("/delete")) == "/admin/campaigns?deleted"
    for table, _ in BELOW:
        left = await database.read(select(f"SELECT 1 AS one FROM {table}"))
        expected = {"actions": 1, "prizes": 1}.get(table, 0)
        assert len(left) == expected, table
    assert others == {"campaigns": 2, "actions": 4, "prizes": 2}
    assert (await browser.post("/delete")).status_code == 404


async def test_beacons_that_arrive_while_their_campaign_is_deleted_leave_nothing(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(app) as api:
        await competition(app, api, 3)
    browser.base_url = httpx.URL("http://track.test/admin/campaigns/y2sB7")

    seen: set[int] = set()

    async def push_until_it_is_gone(number: int) -> None:
        """Push again and again; refused for a moment (503) is to be sent again, as trk.js does."""
        async with client_of(app) as shop:
            while 404 not in seen:
                body: Any = beacon(["A1"], ["A2"], ["Other"], visitor=visitor(number))
                seen.add((await shop.post("/y2sB7/beacon", json=body)).status_code)

    await asyncio.gather(*map(push_until_it_is_gone, range(8)), browser.post("/delete"))
    assert seen <= {200, 404, 503}
    for table in ("trackings", "completions", "links", "entrants", "refusals"):
        assert await app.state.database.read(select(f"SELECT 1 AS one FROM {table}")) == [], table


PRIZE: dict[str, Any] = {"title": "Bike"}


async def test_after_the_draw_the_kind_stays(app: Starlette, browser: httpx.AsyncClient) -> None:
    campaign = await stored(app, browser)
    await app.state.database.write(draws.freeze(campaign, "seed", 1))
    answer = await with_settings(browser, kind="reward")
    assert answer.status_code == 400
    assert set(mistakes(answer.text)) == {"kind"}


async def test_a_reward_that_needs_less_is_given_at_once_to_who_has_earned_it(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    async with await api_of(app) as api:
        await competition(app, api, 3)
    browser.base_url = httpx.URL("http://track.test/admin/campaigns/y2sB7")
    reward = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
    saved(await with_settings(browser, **reward, reward_after="3"))
    campaign = await stored(app, browser)
    assert len((await app.state.database.read(rewards.claims(campaign, Span()))).rows) == 1
    saved(await with_settings(browser, reward_after="2"))
    assert len((await app.state.database.read(rewards.claims(campaign, Span()))).rows) == 2


async def test_codes_come_from_the_field_or_a_file_and_the_answer_counts_the_new_ones(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    saved(await with_settings(browser, kind="reward", reward_kind="codes"))
    page = await browser.post("/codes", data={"codes": "A-1\r\nA-2\n\nA-1"})
    assert "2 of 2 codes were new" in page.text
    page = await browser.post(
        "/codes", data={"codes": ""}, files={"file": ("codes.txt", b"\xef\xbb\xbfA-2\r\nA-3\r\n")}
    )
    assert "1 of 2 codes was new" in page.text
    assert (await app.state.database.read(rewards.stock(await stored(app, browser)))).total == 3
    for wrong, said in (("", "has no code"), ("x" * 201, "at most 200"), ("a\0b", "Line 2")):
        answer = await browser.post("/codes", data={"codes": wrong})
        assert answer.status_code == 400
        assert said in mistakes(answer.text)["codes"]
    too_long = await browser.post("/codes", files={"file": ("codes.txt", b"x" * 2_000_000)})
    assert too_long.status_code == 413
    assert "1048576 bytes" in too_long.text


async def test_a_file_of_codes_outlives_the_end_of_the_session(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    saved(await with_settings(browser, kind="reward", reward_kind="codes"))
    await query_write(app.state.database, "UPDATE owner_sessions SET expires_at = 1")
    asked = await browser.post(
        "/codes", data={"codes": "A-1"}, files={"file": ("codes.txt", b"B-1\r\nB-2")}
    )
    again = await browser.post("/codes", data={**values(asked.text), **SIGN_IN})
    assert (await app.state.database.read(rewards.stock(await stored(app, browser)))).total == 0
    page = await browser.post("/codes", data=values(again.text))
    assert "3 of 3 codes were new" in page.text


async def test_prizes_are_added_changed_and_removed_until_the_draw(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    database, campaign = app.state.database, await stored(app, browser)
    for fields in ({}, {"title": "", "winners": "many"}, {"title": "x" * 201, "winners": "0"}):
        answer = await browser.post("/prizes", data=fields)
        assert answer.status_code == 400
        assert set(mistakes(answer.text)) == {"title", "winners"}
    saved(await browser.post("/prizes", data={"title": "Bell", "winners": "5"}))
    first, second = await database.read(draws.prizes(campaign))
    path = f"/prizes/{second['id']}"
    mine = await form_at(browser, path)
    saved(await browser.post(path, data={**mine, "title": "Theirs"}))
    answer = await browser.post(path, data={**mine, "title": "Mine"})
    assert answer.status_code == 409
    assert "<q>Theirs</q>" in answer.text
    saved(await browser.post(path, data=values(answer.text)))
    saved(await browser.post(f"/prizes/{first['id']}/delete"))
    [left] = await database.read(draws.prizes(campaign))
    assert (left["title"], left["winners"]) == ("Mine", 5)
    await database.write(draws.freeze(campaign, "seed", 1))
    for late in ("/prizes", path):
        answer = await browser.post(late, data={"title": "Late", "winners": "1"})
        assert answer.status_code == 400
        assert "The winners have been drawn" in answer.text
    await browser.post(f"{path}/delete")
    assert len(await database.read(draws.prizes(campaign))) == 1
    for missing in ("/prizes/999", "/prizes/x", "/prizes/²"):
        assert (await browser.get(missing)).status_code == 404


async def test_the_preview_shows_what_is_typed_stores_nothing_and_is_sandboxed(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    before = await stored(sqlite_app, sqlite_browser)
    form = await form_at(sqlite_browser, "/settings")
    typed = {**form, "name": "Not stored", "accent": "#ffd400", "description": "**Bold**"}
    page = await sqlite_browser.post("/preview", data=typed)
    for said in ("<h1>Not stored</h1>", "<strong>Bold</strong>", "#ffd400", "Visit our shop"):
        assert said in page.text
    policy = page.headers["content-security-policy"]
    assert policy.endswith("; sandbox")
    assert "frame-ancestors 'self'" in policy
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    # A mistake leaves the rest to be seen.
    page = await sqlite_browser.post("/preview", data={**typed, "accent": "re", "ends_at": "x"})
    assert page.status_code == 200
    assert "Not stored" in page.text
    assert (await sqlite_browser.post("/preview", data={})).status_code == 200
    assert await stored(sqlite_app, sqlite_browser) == before

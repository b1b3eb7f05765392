"""A campaign's settings: every one changed, every mistake told, two who edit."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import (
    SETTINGS,
    campaign_at,
    form_at,
    mistakes,
    saved,
    values,
    with_settings,
)
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.instant import iso
from trk.core.mistakes import Draft
from trk.core.setting import settings_of
from trk.services.drafts import campaign_draft_of
from trk.store import draws
from trk.web.server import server_of

pytestmark = pytest.mark.once

EMPTY = dict.fromkeys((*SETTINGS, "show_entries"), "")


async def test_every_setting_can_be_changed_and_comes_back_as_it_was_typed(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    form = {"version": (await form_at(browser, "/settings"))["version"], **SETTINGS}
    assert saved(await browser.post("/settings", data=form)).endswith("/settings?saved")
    campaign = await campaign_at(app, browser)
    assert (campaign.slug, campaign.show_entries, campaign.ask_consent) == (
        "win-a-boat",
        False,
        True,
    )
    assert campaign.starts_at is not None
    assert campaign.ends_at is not None
    assert iso(campaign.starts_at) == "2026-03-28T17:30:00.000Z"
    # Clocks were put back an hour before.
    assert iso(campaign.ends_at) == "2026-10-25T02:30:00.000Z"
    assert campaign.allowed_origins == ("https://shop.example", "http://localhost:8001")
    again = await form_at(browser, "/settings")
    expected = {**SETTINGS, "accent": "#8a1c7c", "background": "#fff4e0", "version": "2"}
    expected["allowed_origins"] = "https://shop.example\nhttp://localhost:8001"
    assert again == expected
    # Sent again untouched, it changes nothing.
    before = campaign_draft_of(campaign)
    saved(await browser.post("/settings", data=again))
    assert campaign_draft_of(await campaign_at(app, browser)) == before


@pytest.mark.parametrize(
    ("path", "draft"), [("/settings", CampaignDraft), ("/actions/new", ActionDraft)]
)
async def test_every_setting_has_its_place_in_the_form(
    sqlite_browser: httpx.AsyncClient, path: str, draft: type[Draft]
) -> None:
    """One that is not in it would be lost with the first change."""
    page = (await sqlite_browser.get(path)).text
    assert [each.name for each in settings_of(draft) if f'name="{each.name}"' not in page] == []


async def test_an_origin_is_stored_as_browsers_send_it(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    typed = "HTTPS://Shop.example:443/\nhttp://Bücher.example:80//\nhttps://shop.example"
    saved(await with_settings(browser, allowed_origins=typed))
    assert (await campaign_at(app, browser)).allowed_origins == (
        "https://shop.example",
        "http://xn--bcher-kva.example",
    )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, {"name": "Fill this in."}),
        ({"name": "x" * 201}, {"name": "at most 200 characters"}),
        ({"name": "\u202e"}, {"name": "Fill this in."}),
        ({"description": "a\0b"}, {"description": "NUL"}),
        ({"kind": "raffle"}, {"kind": "Choose one"}),
        ({"description": "x" * 10_001}, {"description": "at most 10000"}),
        ({"terms": "x" * 50_001}, {"terms": "at most 50000"}),
        ({"timezone": "Mars/Olympus"}, {"timezone": "Europe/Berlin"}),
        ({"timezone": "../etc/passwd"}, {"timezone": "Europe/Berlin"}),
        ({"timezone": "Factory"}, {"timezone": "Europe/Berlin"}),
        ({"timezone": "right/Europe/Berlin"}, {"timezone": "Europe/Berlin"}),
        ({"starts_at": "soon"}, {"starts_at": "a date"}),
        ({"starts_at": "0001-01-01", "starts_at_time": "00:00"}, {"starts_at": "1971"}),
        ({"starts_at": "9999-12-31", "starts_at_time": "23:59"}, {"starts_at": "1971"}),
        ({"starts_at": "2026-03-29", "starts_at_time": "02:30"}, {"starts_at": "doesn’t exist"}),
        (
            {
                "starts_at": "2026-06-02",
                "starts_at_time": "10:00",
                "ends_at": "2026-06-02",
                "ends_at_time": "10:00",
            },
            {"ends_at": "must be after the start"},
        ),
        ({"accent": "red"}, {"accent": "a colour such as"}),
        (
            {"allowed_origins": "https://a.example/path"},
            {"allowed_origins": "'https://a.example/p"},
        ),
        ({"allowed_origins": "*"}, {"allowed_origins": "an origin"}),
        ({"reward_kind": "shared", "reward_value": "X"}, {"reward_kind": "the kind Reward"}),
        ({"reward_value": "X"}, {"reward_value": "Leave this empty"}),
        ({"kind": "reward", "reward_kind": "shared"}, {"reward_value": "Fill this in"}),
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
                (
                    *("name", "kind", "timezone", "languages", "scheme", "corners", "font"),
                    *("reward_kind", "reward_after", "tab_position"),
                ),
                "",
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
    before = await campaign_at(sqlite_app, sqlite_browser)
    answer = await with_settings(sqlite_browser, **fields)
    assert answer.status_code == 400
    said = mistakes(answer.text)
    assert set(said) == set(wrong)
    for field, part in wrong.items():
        assert part in said[field]
    shown = values(answer.text) if "kind" not in wrong else fields
    for field, text in fields.items():
        assert shown.get(field, "") == text.replace("\0", "\0")
    assert await campaign_at(sqlite_app, sqlite_browser) == before


async def test_two_who_edit_at_once_are_told_and_neither_loses_anything(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    mine = await form_at(browser, "/settings")
    theirs = dict(mine)
    saved(await browser.post("/settings", data={**theirs, "name": "Theirs", "accent": "#0a7cff"}))
    answer = await browser.post("/settings", data={**mine, "name": "Mine"})
    assert answer.status_code == 409
    assert "Somebody else changed this campaign" in answer.text
    assert "<q>Theirs</q>" in answer.text
    assert "<q>#0a7cff</q>" in answer.text
    assert (await campaign_at(app, browser)).name == "Theirs"
    shown = values(answer.text)
    assert shown["name"] == "Mine"
    # Knowing what the other has stored, one may put one's own in its place.
    saved(await browser.post("/settings", data=shown))
    campaign = await campaign_at(app, browser)
    assert (campaign.name, campaign.accent, campaign.version) == ("Mine", "", 3)


@pytest.mark.parametrize(
    ("change", "then"),
    [
        ({}, ("ja", "fr", "en", "de")),
        ({"languages_it": "on", "languages_ar": "on"}, ("ja", "fr", "en", "de", "it", "ar")),
        ({"languages_en": None}, ("ja", "fr", "de")),
        ({"languages": "de", "languages_ja": "on"}, ("de", "ja", "fr", "en")),
    ],
)
async def test_the_order_of_languages_that_a_program_gave_is_kept(
    sqlite_app: Starlette,
    sqlite_browser: httpx.AsyncClient,
    sqlite_api: httpx.AsyncClient,
    change: dict[str, str | None],
    then: tuple[str, ...],
) -> None:
    """The first one is the campaign's own; new ones come last, as the page lists them."""
    key = (await campaign_at(sqlite_app, sqlite_browser)).key
    given = {"languages": ["ja", "fr", "en", "de"]}
    assert (await sqlite_api.patch(f"/campaigns/{key}", json=given)).is_success
    form = {**(await form_at(sqlite_browser, "/settings")), **change}
    form = {name: value for name, value in form.items() if value is not None}
    saved(await sqlite_browser.post("/settings", data=form))
    assert (await campaign_at(sqlite_app, sqlite_browser)).languages == then


async def test_a_form_from_before_there_were_languages_leaves_them_as_they_are(
    sqlite_app: Starlette, sqlite_browser: httpx.AsyncClient
) -> None:
    saved(await with_settings(sqlite_browser, languages="de", languages_fr="on"))
    form = await form_at(sqlite_browser, "/settings")
    old = {name: value for name, value in form.items() if not name.startswith("languages")}
    saved(await sqlite_browser.post("/settings", data={**old, "name": "Changed"}))
    campaign = await campaign_at(sqlite_app, sqlite_browser)
    assert (campaign.name, campaign.languages) == ("Changed", ("de", "fr"))


async def test_after_the_draw_the_kind_stays(app: Starlette, browser: httpx.AsyncClient) -> None:
    campaign = await campaign_at(app, browser)
    await server_of(app).database.write(draws.freeze, campaign, "seed", 1)
    answer = await with_settings(browser, kind="reward")
    assert answer.status_code == 400
    assert set(mistakes(answer.text)) == {"kind"}

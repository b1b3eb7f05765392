"""When a campaign begins and ends, as owners type it: days, times, and clocks that are put back."""

from __future__ import annotations

import re

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import campaign_at, form_at, mistakes, saved, values, with_settings
from tests.backend.stored import query_write
from trk.core.instant import iso
from trk.web.server import server_of

pytestmark = pytest.mark.once


async def test_an_instant_that_was_not_touched_stays_what_it_is_to_the_millisecond(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    # 02:30 in Berlin for the second time that night, and some seconds.
    second = 1_792_891_845_678
    await query_write(server_of(app).database, f"UPDATE campaigns SET ends_at = {second}")
    form = await form_at(browser, "/settings")
    assert (form["ends_at"], form["ends_at_time"]) == ("2026-10-25", "02:30")
    saved(await browser.post("/settings", data={**form, "name": "Another"}))
    assert (await campaign_at(app, browser)).ends_at == second
    form = await form_at(browser, "/settings")
    form.pop("ends_at_instant")  # as a page sends it that was opened before this was asked
    saved(await browser.post("/settings", data={**form, "name": "Another one"}))
    assert (await campaign_at(app, browser)).ends_at == second


@pytest.mark.parametrize(
    ("zone", "local", "instants"),
    [
        ("Europe/Berlin", "2026-10-25T02:30", ("2026-10-25T00:30", "2026-10-25T01:30")),
        ("Europe/Berlin", "2026-10-25T02:00", ("2026-10-25T00:00", "2026-10-25T01:00")),
        ("America/New_York", "2026-11-01T01:59", ("2026-11-01T05:59", "2026-11-01T06:59")),
        ("Australia/Lord_Howe", "2026-04-05T01:45", ("2026-04-04T14:45", "2026-04-04T15:15")),
    ],
)
async def test_in_the_hour_that_clocks_repeat_it_is_asked_which_is_meant(
    app: Starlette, browser: httpx.AsyncClient, zone: str, local: str, instants: tuple[str, str]
) -> None:
    day, _, time = local.partition("T")
    typed = {"timezone": zone, "ends_at": day, "ends_at_time": time}
    form = {**await form_at(browser, "/settings"), **typed}
    assert "ends_at_instant" not in form
    asked = await browser.post("/settings", data=form)
    assert asked.status_code == 400
    assert "This time happens twice" in mistakes(asked.text)["ends_at"]
    offered = re.findall(r'name="ends_at_instant" value="([^"]*)"', asked.text)
    assert offered == [f"{instant}:00.000Z" for instant in instants]
    assert {**values(asked.text), **typed} == values(asked.text)
    wrong = await browser.post("/settings", data={**form, "ends_at_instant": "whenever"})
    assert wrong.status_code == 400
    for instant in (*offered, offered[0]):
        saved(await browser.post("/settings", data={**form, "ends_at_instant": instant}))
        ends_at = (await campaign_at(app, browser)).ends_at
        assert ends_at is not None
        assert iso(ends_at) == instant
        form = await form_at(browser, "/settings")
        assert form["ends_at_instant"] == instant
    later = {**form, "ends_at": "2026-12-24", "ends_at_time": "18:00"}
    saved(await browser.post("/settings", data=later))
    assert "ends_at_instant" not in await form_at(browser, "/settings")


@pytest.mark.parametrize(
    ("zone", "day", "starts", "ends"),
    [
        ("Europe/Berlin", "2026-12-24", "2026-12-23T23:00:00.000Z", "2026-12-24T22:59:59.999Z"),
        # 25 hours, and a day that begins at one o'clock because clocks leave its midnight out.
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T22:59:59.999Z"),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z", "2026-09-07T02:59:59.999Z"),
        # Its last hour comes twice; the last is the last.
        ("America/Havana", "2026-10-31", "2026-10-31T04:00:00.000Z", "2026-11-01T03:59:59.999Z"),
    ],
)
async def test_a_day_without_a_time_begins_at_its_beginning_and_ends_at_its_end(
    app: Starlette, browser: httpx.AsyncClient, zone: str, day: str, starts: str, ends: str
) -> None:
    typed = {"timezone": zone, "starts_at": day, "starts_at_time": "", "ends_at": day}
    saved(await with_settings(browser, **typed, ends_at_time=""))
    campaign = await campaign_at(app, browser)
    assert iso(campaign.starts_at or 0) == starts
    assert iso(campaign.ends_at or 0) == ends
    # An end stays without a time; sent again untouched, both stay what they are.
    form = await form_at(browser, "/settings")
    assert (form["ends_at"], form["ends_at_time"]) == (day, "")
    saved(await browser.post("/settings", data={**form, "name": "Another"}))
    assert await campaign_at(app, browser) == msgspec.structs.replace(
        campaign, name="Another", slug="another", version=3
    )


async def test_a_time_without_a_day_is_no_time(browser: httpx.AsyncClient) -> None:
    asked = await with_settings(browser, ends_at="", ends_at_time="18:00")
    assert "Enter a date" in mistakes(asked.text)["ends_at"]
    assert values(asked.text)["ends_at_time"] == "18:00"
    saved(await with_settings(browser, ends_at="", ends_at_time=""))

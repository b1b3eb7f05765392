"""The demo shop's lab: what it says of the tracking script is what the server stored."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.well import axe
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.process import Server
from trk_sdk.testkit.truth import WAIT_SECONDS, Campaign

pytestmark = pytest.mark.once

WAIT = WAIT_SECONDS * 1000


def run(page: Page, shop: Server, **chosen: str) -> None:
    """Choose on the lab's page, and run."""
    page.goto(f"{shop.url}/lab")
    for name, value in chosen.items():
        page.locator(f"#{name}").select_option(value)
    page.get_by_role("button", name="Run").click()


def times(page: Page, what: str) -> list[float]:
    """When the timeline has `what`, in seconds."""
    rows = page.locator("#timeline tbody tr").filter(has_text=what)
    return [float(text.split()[0]) for text in rows.locator("td:first-child").all_inner_texts()]


def expect_in_timeline(page: Page, what: str) -> None:
    row = page.locator("#timeline tbody tr").filter(has_text=what).first
    expect(row).to_be_attached(timeout=WAIT)


def test_a_push_waits_for_a_script_that_comes_late(
    shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    run(trk_page, shop, when="before", delay="2", action="Survey")
    expect_in_timeline(trk_page, "callback({")
    tracking = campaign.expect_tracking("Survey", outcome="waiting")
    campaign.expect_trackings(("Survey", tracking.value))
    assert times(trk_page, "Gleam.push(['Survey'")[0] < 2
    assert times(trk_page, "trk.js has loaded")[0] >= 2
    assert times(trk_page, "callback({")[0] >= 2


def test_a_page_goes_on_by_its_own_timer_when_the_script_never_comes(
    shop: Server, trk_page: Page
) -> None:
    run(trk_page, shop, when="before", delay="never")
    expect_in_timeline(trk_page, "trk.js could not be loaded")
    expect_in_timeline(trk_page, "goes on")
    expect(trk_page.locator("#figure-callback")).to_have_text("not called")
    assert times(trk_page, "callback({") == []


def test_a_push_after_loading_and_one_by_hand_are_two(
    shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    run(trk_page, shop, when="after")
    expect_in_timeline(trk_page, "callback({")
    assert times(trk_page, "trk.js has loaded")[0] <= times(trk_page, "Gleam.push(")[0]
    trk_page.get_by_role("button", name="Push once more").click()
    stored = campaign.expect_tracking("AddToCart").value
    campaign.expect_trackings(("AddToCart", stored), ("AddToCart", stored))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("fault", ["cut", "502", "503"])
def test_an_outage_costs_beacons_but_stores_the_push_once(
    fault: str, shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    run(trk_page, shop, when="before", values="many", down="3", fault=fault)
    expect_in_timeline(trk_page, "connection broken" if fault == "cut" else f": {fault}")
    expect(trk_page.locator("#figure-outbox")).to_have_text("1 beacon")
    assert campaign.trackings() == []
    expect_in_timeline(trk_page, "callback({")
    expect(trk_page.locator("#figure-outbox")).to_have_text("0 beacons")
    value = campaign.expect_tracking("AddToCart").value
    campaign.expect_trackings(("AddToCart", value), ("Purchase", value), ("Signup", value))
    expect_in_timeline(trk_page, ": 200, waiting, waiting, waiting")
    sent = trk_page.locator("#figure-sent").inner_text()
    assert int(sent) > 1


def test_without_a_callback_none_is_called(
    shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    run(trk_page, shop, callback="off")
    expect_in_timeline(trk_page, ": 200, waiting")
    expect(trk_page.locator("#figure-callback")).to_have_text("none given")
    assert times(trk_page, "callback({") == []


def test_the_state_beside_it_follows_the_entrant(
    shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    run(trk_page, shop, action="Signup")
    state = trk_page.locator("[data-action=Signup]")
    expect(state).to_contain_text("Waits", timeout=WAIT)
    with trk_page.context.expect_page() as opened:
        trk_page.get_by_role("link", name="Open the campaign").click()
    CampaignPage(opened.value, campaign).enter("ann@example.org")
    campaign.expect_unlocked("Signup", email="ann@example.org")
    trk_page.bring_to_front()
    expect(state).to_contain_text("Unlocked", timeout=WAIT)
    expect(trk_page.locator("[data-action=Purchase]")).to_contain_text("Open")


def test_a_beacon_left_behind_arrives_from_another_page_of_the_shop(
    shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    run(trk_page, shop, when="click", down="3", fault="502")
    expect_in_timeline(trk_page, "trk.js has loaded")
    trk_page.get_by_role("button", name="Push now").click()
    expect_in_timeline(trk_page, ": 502")
    trk_page.goto(f"{shop.url}/signup")
    campaign.expect_tracking("AddToCart")


def test_axe_finds_nothing_in_a_run(shop: Server, trk_page: Page) -> None:
    run(trk_page, shop)
    expect_in_timeline(trk_page, "callback({")
    results = axe(trk_page)
    assert results.violations_count == 0, results.generate_report()

"""The outbox from page to page: what another page, tab or visit makes of what one has left."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page

from e2e.outbox import push, shop_by
from e2e.pages import COUNT, address, page_with
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.faults import Faults, answer, hang
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


@pytest.fixture
def page(trk_page: Page, trk_site: Site, campaign: Campaign, faults: Faults) -> Page:
    """A page of the shop whose beacons pass the faults."""
    trk_page.goto(shop_by(faults.url, campaign, trk_site))
    return trk_page


def test_two_tabs_with_the_same_outbox_store_each_push_once(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.always(answer(503))
    push(page, "first tab")
    page.wait_for_function("Object.keys(localStorage).length == 2")
    other = page.context.new_page()
    other.goto(page.url)
    push(other, "second tab")
    faults.clear()
    campaign.expect_trackings(("VIP", "first tab"), ("VIP", "second tab"))
    page.wait_for_function("answers.length == 1")
    other.wait_for_function("answers.length == 1")


@pytest.mark.once
def test_what_was_pushed_while_the_clock_was_a_year_ahead_is_sent_as_soon_as_it_is_back(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.always(answer(503))
    ahead = page.context.new_page()
    # Playwright's own clock is one for all pages of a context.
    ahead.add_init_script(
        "{ const now = Date.now; window.Date = class extends Date {"
        " constructor() { super(now() + 31536e6); } }; }"
    )
    ahead.goto(page.url)
    push(ahead)
    ahead.wait_for_function("Object.keys(localStorage).length == 2")
    ahead.close()
    faults.clear()
    page.reload()
    campaign.expect_trackings(("VIP", "1"))
    page.wait_for_function("Object.keys(localStorage) == 'gleam_id'")
    assert json.loads(faults.beacons[-1])["age"] == 0


def test_what_a_closed_tab_left_behind_is_sent_by_the_next_page_with_its_age(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    faults.always(answer(503))
    push(page)
    page.wait_for_function("Object.keys(localStorage).length == 2")
    other = page.context.new_page()
    page.close()
    faults.clear()
    other.clock.install()
    other.clock.fast_forward("24:00:00")
    other.goto(page.url)
    # Until the next page has had its answer: the closed one may have sent it, too, while closing.
    other.wait_for_function("Object.keys(localStorage) == 'gleam_id'")
    campaign.expect_trackings(("VIP", "1"))
    last = json.loads(faults.beacons[-1])
    assert last["age"] >= 24 * 3600 * 1000


@pytest.mark.once
def test_what_the_page_before_has_just_sent_gets_a_second_for_its_answer(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    """Else a visitor who hurries from page to page sends all of it again on each."""
    faults.always(hang())
    push(page, "first page")
    faults.wait_for_beacons(1)
    page.clock.install()
    page.clock.pause_at(datetime.now() + timedelta(seconds=1))
    page.goto(page.url)
    page.clock.run_for(800)
    push(page, "second page")
    faults.wait_for_beacons(2)
    # What breaks off as a page goes, it sends once more itself, with the same age. The next page's
    # would have another: more than the second by which the clock was put forward.
    sent = sorted(json.loads(body)["pairs"][0][1] for body in set(faults.beacons))
    assert sent == ["first page", "second page"]
    page.clock.run_for(300)
    faults.clear()
    page.clock.resume()
    campaign.expect_trackings(("VIP", "first page"), ("VIP", "second page"))


@pytest.mark.once
def test_what_is_older_than_a_week_is_given_up(
    campaign: Campaign, faults: Faults, page: Page
) -> None:
    old = "gleam_0180e5b46f3a7c1e9d2a0123456789ab"
    page.evaluate(f"localStorage['{old}{faults.url}/{campaign.key}/beacon'] = '{{}}'")
    page.goto(page.url)
    push(page)
    page.wait_for_function("answers.length == 1")
    campaign.expect_trackings(("VIP", "1"))
    assert len(faults.beacons) == 1
    assert page.evaluate("Object.keys(localStorage)") == ["gleam_id"]


def test_what_rests_goes_out_as_the_page_hides(
    campaign: Campaign, faults: Faults, page: Page, trk_site: Site
) -> None:
    faults.next(answer(503, Retry_After="3600"))
    with page.expect_response("**/beacon"):
        push(page)
    # The script has read that answer before a later one arrives.
    page.evaluate("fetch(location.href).then(answer => answer.text())")
    trk_site.page("/end", "<title>End</title>")
    page.goto(f"{trk_site.url}/end")
    campaign.expect_trackings(("VIP", "1"))


def test_two_tabs_that_made_an_id_each_converge_and_both_are_the_same_person(
    trk_campaign: CampaignFactory, trk_site: Site, trk_context: BrowserContext
) -> None:
    campaign = trk_campaign("First", "Second")
    url = trk_site.page("/", page_with(address(campaign)))
    one, two = trk_context.new_page(), trk_context.new_page()
    one.goto(url)
    one.evaluate("Gleam.push(['First'])")
    campaign.expect_tracking("First")
    # What is left if both look for an id before either has written its own.
    one.evaluate("localStorage.clear(); document.cookie = 'gleam_id=;max-age=0;path=/'")
    two.goto(url)
    two.evaluate("Gleam.push(['Second'])")
    campaign.expect_tracking("Second")
    visitors = {tracking.visitor for tracking in campaign.trackings()}
    assert len(visitors) == 2
    one.evaluate(f"Gleam.push({COUNT}, ['Other'])")
    one.wait_for_function("answers.length == 1")
    assert campaign.trackings()[-1].visitor == two.evaluate("document.cookie.slice(9, 41)")
    two.evaluate(f"location.href = Gleam.link('{campaign.url}'); 0")
    two.wait_for_url(lambda there: there.startswith(campaign.address))
    CampaignPage(two, campaign).enter()
    campaign.expect_unlocked("First")
    campaign.expect_unlocked("Second")


@pytest.mark.once
def test_only_keys_of_exactly_our_form_are_touched(
    campaign: Campaign, faults: Faults, trk_site: Site, trk_page: Page
) -> None:
    theirs = {
        "gleam_items": "1",
        "gleam_info": "2",
        "gleam_0ther": "3",
        "gleam_0": "4",
        "gleam_session_abcde": "5",
        "gleam_id_theirs": "6",
        "gleam_0123456789abcdef0123456789abcdef": "7",
    }
    trk_page.goto(trk_site.page("/empty", "<link rel=icon href=data:,>"))
    trk_page.evaluate("theirs => Object.assign(localStorage, theirs)", theirs)
    trk_page.goto(shop_by(faults.url, campaign, trk_site))
    push(trk_page)
    campaign.expect_trackings(("VIP", "1"))
    trk_page.evaluate("Gleam.push(['consent', false])")
    assert trk_page.evaluate("Object.assign({}, localStorage)") == theirs

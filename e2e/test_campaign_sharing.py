"""Entrants share the campaign by a link of their own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import entered
from e2e.framed import FramedCampaign, embedding
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site

SHEET = """
shared = [];
navigator.share = given => { shared.push(given); return Promise.resolve(); };
"""
NO_SHEET = "delete Navigator.prototype.share;"
CLIPBOARD = """
copied = [];
const clipboard = { writeText: text => { copied.push(text); return Promise.resolve(); } };
Object.defineProperty(navigator, 'clipboard', { value: clipboard });
"""
OWN = re.compile(r"/[\w-]+\?ref=\d+$")


def test_the_browsers_own_sheet_gets_the_title_and_the_link(
    trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign("VIP", name="Win a bike")
    page = trk_new_context().new_page()
    page.add_init_script(SHEET)
    entered(page, campaign)
    page.get_by_role("button", name="Share").click()
    [shared] = page.evaluate("shared")
    assert shared["title"] == "Win a bike"
    assert shared["url"].startswith(f"{campaign.url}/win-a-bike?ref=")
    expect(page.get_by_label("Your link")).to_have_value(shared["url"])


def test_without_a_sheet_the_link_is_copied_and_that_is_said(
    trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context().new_page()
    page.add_init_script(NO_SHEET + CLIPBOARD)
    entered(page, trk_campaign("VIP"))
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Copied")
    [copied] = page.evaluate("copied")
    assert OWN.search(copied)


def test_in_a_frame_it_is_copied_too(
    trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page
) -> None:
    campaign = trk_campaign("VIP", allowed_origins=[trk_site.url])
    framing_page.add_init_script(NO_SHEET)
    framing_page.goto(trk_site.page("/shop", embedding(campaign)))
    framed = FramedCampaign(framing_page, campaign)
    framed.enter()
    framed.frame.get_by_role("button", name="Copy").click()
    expect(framed.frame.get_by_role("button", name="Copied")).to_be_visible()


@pytest.mark.once
def test_without_scripts_there_is_a_field_to_copy_from(
    trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(java_script_enabled=False).new_page()
    page.route("**/*.js*", lambda route: route.abort())  # Firefox takes that for no order
    opened = CampaignPage(page, trk_campaign("VIP"))
    opened.open()
    opened.enter()
    expect(page.get_by_label("Your link")).to_have_value(OWN)
    expect(page.get_by_role("button", name="Share")).to_be_hidden()


@pytest.mark.once
def test_a_friend_who_enters_by_the_link_completes_the_action_which_is_seen(
    trk_campaign: CampaignFactory, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign("VIP", name="Win a bike")
    campaign.add_action("Refer", title="Refer a friend", verification="referral", friends=2)
    opened = entered(trk_page, campaign)
    row = opened.unfold("Refer a friend")
    expect(row.get_by_text("0 of 2 friends")).to_be_visible()
    link = row.get_by_label("Your link").input_value()
    expect(trk_page.get_by_label("Your link")).to_have_count(1)

    friend = trk_new_context().new_page()
    friend.goto(link)
    expect(friend).to_have_url(f"{campaign.url}/win-a-bike")
    CampaignPage(friend, campaign).enter("bob@example.org", "Bob")

    toast = trk_page.locator(".toast")
    expect(toast.get_by_text("Refer a friend")).to_be_visible(timeout=15_000)
    expect(toast.get_by_text("+1 entry")).to_be_visible()
    expect(row.get_by_text("1 of 2 friends")).to_be_visible()
    opened.expect_open("Refer a friend")
    campaign.expect_unlocked("Refer", email="ann@example.org")

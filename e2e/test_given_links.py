"""Whose browser it is, where an action's link may have been sent by somebody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.pages import shop, wait_until_loaded
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

pytestmark = pytest.mark.once

BOB = "bob@example.org"
ANN = "ann@example.org"
LINK = "<a href={}>Our competition</a>"


def copied_link(page: Page, campaign: Campaign) -> str:
    """Where the action VIP leads whoever is signed in in this browser, with their token."""
    answer = page.context.request.get(campaign.go_url("VIP"), max_redirects=0)
    return answer.headers["location"]


def click_to_the_campaign(page: Page, site: Site) -> None:
    """Come from the shop to the campaign's page."""
    page.goto(f"{site.url}/shop")
    wait_until_loaded(page)
    page.get_by_role("link", name="Our competition").click()
    expect(page.get_by_role("heading", name="VIP", exact=True)).to_be_visible()


def test_what_a_friend_does_with_a_link_that_was_sent_is_the_friends_once_they_enter(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign, body=LINK.format(campaign.url)))
    giver = CampaignPage(trk_page, campaign)
    giver.open()
    giver.enter(email=ANN)
    friend = trk_new_context().new_page()
    friend.goto(copied_link(trk_page, campaign))
    wait_until_loaded(friend)
    friend.evaluate("Gleam.push(['VIP', 'the friend'])")
    campaign.expect_unlocked("VIP", email=ANN, details="the friend")
    click_to_the_campaign(friend, trk_site)
    entering = CampaignPage(friend, campaign)
    entering.enter(email=BOB, name="Bob")
    entering.expect_done("VIP")
    [completion] = campaign.completions()
    assert (completion.email, completion.details) == (BOB, "the friend")
    trk_page.reload()
    giver.expect_open("VIP")


@pytest.mark.parametrize("opened", ["straight from the campaign", "from elsewhere"])
def test_a_browser_stays_whose_it_is_if_the_action_was_opened_straight_from_the_campaign(
    opened: str, trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign, body=LINK.format(campaign.url)))
    entrant = CampaignPage(trk_page, campaign)
    entrant.open()
    entrant.enter(email=ANN)
    if opened == "from elsewhere":
        trk_page.goto(copied_link(trk_page, campaign))
    else:
        entrant.follow("VIP")
    wait_until_loaded(trk_page)
    trk_page.evaluate("Gleam.push(['VIP', 'the first'])")
    campaign.expect_unlocked("VIP", email=ANN)
    entrant.open()
    trk_page.get_by_role("button", name="Sign out").click()
    entrant.enter(email=BOB, name="Bob")
    click_to_the_campaign(trk_page, trk_site)
    if opened == "from elsewhere":
        entrant.expect_done("VIP")
    else:
        entrant.expect_open("VIP")
    [completion] = campaign.completions()
    assert completion.email == (BOB if opened == "from elsewhere" else ANN)

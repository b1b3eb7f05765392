"""The campaign's page as an entrant meets it: with and without scripts, by keyboard, read aloud."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import arrive, entered, push
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site


def test_what_unlocks_while_it_is_open_moves_every_figure_and_is_told_to_screen_readers(
    trk_campaign: CampaignFactory, page: Page
) -> None:
    campaign = trk_campaign()
    campaign.add_action("Buy", title="Buy a bell", worth=5)
    campaign.add_action("Visit", title="Visit us", worth=1, frequency="daily")
    push(page, campaign, "Visit")
    arrive(page, campaign)
    CampaignPage(page, campaign).enter()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    push(page, campaign, "Buy", number=2)
    expect(page.get_by_role("status")).to_have_text(
        "Done: Buy a bell +5 entries. You have 6 entries.", timeout=15_000
    )
    expect(page.get_by_text("2 of 2")).to_be_visible()
    expect(page.get_by_text("That’s everything")).to_be_visible()
    expect(page.locator("#entries")).to_have_text("6")
    expect(page.locator("#total")).to_have_text("6")


@pytest.mark.once
def test_without_scripts_everything_works_by_forms_and_links(
    trk_campaign: CampaignFactory, trk_site: Site, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    page = trk_new_context(java_script_enabled=False).new_page()
    page.route("**/*.js*", lambda route: route.abort())  # Firefox takes that for no order
    opened = CampaignPage(page, campaign)
    arrive(page, campaign)
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("no at sign")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_text("Enter an e-mail address")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Ann")
    opened.open()
    opened.enter()
    opened.expect_open("VIP")
    opened.follow("VIP")
    expect(page.get_by_role("heading", name="Shop")).to_be_visible()
    push(page, campaign, "VIP")
    page.go_back()
    page.reload()
    opened.expect_done("VIP")


@pytest.mark.once
def test_the_page_of_an_action_is_told_from_which_server_the_visitor_comes(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    entered(page, campaign).follow("VIP")
    expect(page.get_by_role("heading", name="Shop")).to_be_visible()
    assert page.evaluate("document.referrer") == f"{campaign.address}/"


def test_everything_is_done_by_keyboard(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    CampaignPage(page, campaign).open()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Ann")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_label("E-mail")).to_have_accessible_description(
        "Enter an e-mail address such as name@example.org."
    )
    page.get_by_label("E-mail").fill("ann@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Go to: VIP")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".action summary")).to_be_focused()
    for shown in (False, True):  # the row folds, and opens again
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Go to: VIP")).to_be_visible(visible=shown)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Go to: VIP")).to_be_focused()
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    expect(opened.value.get_by_role("heading", name="Shop")).to_be_visible()

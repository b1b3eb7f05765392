"""The campaign's page as an entrant meets it: with and without scripts, by keyboard, read aloud."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import arrive, entered, push
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site


def test_what_unlocks_while_it_is_open_moves_every_figure_and_is_told_to_screen_readers(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    campaign = trk_campaign()
    campaign.add_action("Buy", title="Buy a bell", worth=5)
    campaign.add_action("Visit", title="Visit us", worth=1, frequency="daily")
    push(trk_page, campaign, "Visit")
    arrive(trk_page, campaign)
    CampaignPage(trk_page, campaign).enter()
    expect(trk_page.get_by_text("1 of 2")).to_be_visible()
    push(trk_page, campaign, "Buy", number=2)
    expect(trk_page.get_by_role("status")).to_have_text(
        "Done: Buy a bell +5 entries. You have 6 entries.", timeout=15_000
    )
    expect(trk_page.get_by_text("2 of 2")).to_be_visible()
    expect(trk_page.get_by_text("That’s everything")).to_be_visible()
    expect(trk_page.locator("#entries")).to_have_text("6")
    expect(trk_page.locator("#total")).to_have_text("6")


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
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    entered(trk_page, campaign).follow("VIP")
    expect(trk_page.get_by_role("heading", name="Shop")).to_be_visible()
    assert trk_page.evaluate("document.referrer") == f"{campaign.address}/"


def test_everything_is_done_by_keyboard(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"))
    CampaignPage(trk_page, campaign).open()
    trk_page.keyboard.press("Tab")
    expect(trk_page.get_by_label("Name")).to_be_focused()
    trk_page.keyboard.type("Ann")
    trk_page.keyboard.press("Tab")
    trk_page.keyboard.type("wrong")
    trk_page.keyboard.press("Enter")
    expect(trk_page.get_by_label("E-mail")).to_be_focused()
    expect(trk_page.get_by_label("E-mail")).to_have_accessible_description(
        "Enter an e-mail address such as name@example.org."
    )
    trk_page.get_by_label("E-mail").fill("ann@example.org")
    trk_page.keyboard.press("Enter")
    expect(trk_page.get_by_role("link", name="Go to: VIP")).to_be_visible()
    trk_page.keyboard.press("Tab")
    expect(trk_page.locator(".action summary")).to_be_focused()
    for shown in (False, True):  # the row folds, and opens again
        trk_page.keyboard.press("Enter")
        expect(trk_page.get_by_role("link", name="Go to: VIP")).to_be_visible(visible=shown)
    trk_page.keyboard.press("Tab")
    expect(trk_page.get_by_role("link", name="Go to: VIP")).to_be_focused()
    with trk_page.context.expect_page() as opened:
        trk_page.keyboard.press("Enter")
    expect(opened.value.get_by_role("heading", name="Shop")).to_be_visible()

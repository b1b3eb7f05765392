"""The campaign's page in a browser that keeps no cookie at all says what it needs them for."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from e2e.well import axe
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory


def test_who_keeps_no_cookie_is_told_instead_of_seeing_the_form_again_and_again(
    trk_campaign: CampaignFactory,
    trk_launch: Callable[..., Browser],
    trk_browser_name: str,
    trk_new_context: ContextFactory,
) -> None:
    campaign = trk_campaign("VIP")
    if trk_browser_name == "firefox":
        refusing = trk_launch(firefox_user_prefs={"network.cookie.cookieBehavior": 2})
        page = trk_new_context(on=refusing).new_page()
    else:  # its setting is that of a profile; to a page it is the same
        page = trk_new_context().new_page()
        page.context.new_cdp_session(page).send(
            "Emulation.setDocumentCookieDisabled", {"disabled": True}
        )
    page.goto(campaign.url)
    said = page.get_by_role("alert")
    expect(said).to_contain_text("This page needs cookies")
    found = axe(page)
    assert found.violations_count == 0, found.generate_report()
    if trk_browser_name == "firefox":
        page.get_by_label("Name", exact=True).fill("Ann")
        page.get_by_label("E-mail").fill("ann@example.org")
        page.get_by_role("button", name="Enter", exact=True).click()
        expect(said).to_contain_text("forgets that you have entered")


def test_who_keeps_cookies_is_not(trk_campaign: CampaignFactory, trk_page: Page) -> None:
    trk_page.goto(trk_campaign("VIP").url)
    expect(trk_page.get_by_role("heading", name="Enter", exact=True)).to_be_visible()
    expect(trk_page.locator("#no-cookies")).to_be_hidden()

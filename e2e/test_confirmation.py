"""An entrant comes back in another browser, by the link in a mail."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.well import axe
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory

pytestmark = pytest.mark.once


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_entrant_goes_on_in_another_browser_by_the_mailed_link(
    scheme: str, trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign("VIP", name="Win " + "a very long bike name " * 3)
    at_home = CampaignPage(trk_new_context().new_page(), campaign)
    at_home.open()
    at_home.enter()

    phone = trk_new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = phone.new_page()
    CampaignPage(page, campaign).open()
    CampaignPage(page, campaign).enter(name="Somebody")
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    expect(page.get_by_text("ann@example.org")).to_be_visible()
    _is_well(page)

    [mail] = campaign.mails()
    [link] = re.findall(r"https?://\S+", mail["body"])
    page.goto(link)
    expect(page.get_by_role("heading", name="Is this you?")).to_be_visible()
    _is_well(page)
    page.get_by_role("button", name="Yes, continue here").click()
    expect(page.get_by_role("heading", name="You’re in, Ann")).to_be_visible()

    page.goto(link)
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()


def _is_well(page: Page) -> None:
    """Nothing for axe to find, and nothing wider than a phone."""
    assert axe(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

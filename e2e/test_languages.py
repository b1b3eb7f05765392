"""A campaign in several languages, in real browsers: chosen, remembered, counted, and with room for
words that are longer than ours."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import arrive, push
from e2e.framed import FramedCampaign, embedding
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site

pytestmark = pytest.mark.once

ENDS = "2490-01-01T00:00:00Z"


def enter(page: Page, name: str, email: str, button: str) -> None:
    page.get_by_label(name, exact=True).fill("Ann")
    page.get_by_label(email, exact=True).fill("ann@example.org")
    page.get_by_role("button", name=button, exact=True).click()


def test_a_german_browser_gets_german_and_scripts_speak_it_too(
    trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign(languages=["en", "de"], ends_at=ENDS)
    campaign.add_action("Buy", title="Glocke kaufen", worth=1234)
    page = trk_new_context(locale="de-AT").new_page()
    arrive(page, campaign)
    enter(page, "Name", "E-Mail", "Mitmachen")
    expect(page.get_by_role("heading", name="Du bist dabei, Ann")).to_be_visible()
    expect(page.get_by_text("0 von 1 erledigt")).to_be_visible()
    expect(page.locator("time[data-until=span]")).to_contain_text("Tage")
    push(page, campaign, "Buy")
    page.goto(f"{campaign.url}/x")
    expect(page.locator("#entries")).to_have_text("1.234")
    expect(page.get_by_text("1 von 1 erledigt")).to_be_visible()


def test_what_unlocks_is_told_in_arabic(trk_campaign: CampaignFactory, trk_page: Page) -> None:
    campaign = trk_campaign(languages=["ar"])
    campaign.add_action("Visit", title="زيارة المتجر", worth=2)
    arrive(trk_page, campaign)
    enter(trk_page, "الاسم", "البريد الإلكتروني", "شارك")
    expect(trk_page.locator("html")).to_have_attribute("dir", "rtl")
    push(trk_page, campaign, "Visit")
    said = "أُنجز: زيارة المتجر. لديك فرصتان."
    expect(trk_page.locator("#news")).to_have_text(said, timeout=15_000)
    expect(trk_page.locator("#entries")).to_have_text("2")


def test_a_language_is_chosen_on_the_page_and_kept(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    campaign = trk_campaign(languages=["en", "ja"])
    trk_page.goto(f"{campaign.url}/x")
    trk_page.get_by_text("Language: English").click()
    trk_page.get_by_role("link", name="日本語").click()
    expect(trk_page.get_by_role("button", name="参加する")).to_be_visible()
    trk_page.goto(f"{campaign.url}/x")
    expect(trk_page.locator("html")).to_have_attribute("lang", "ja")


@pytest.mark.parametrize("script", ["embed", "ol"])
def test_a_language_is_chosen_in_a_frame_and_the_customers_page_keeps_it(
    script: str, trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign(languages=["en", "de"], allowed_origins=[trk_site.url])
    at = trk_site.page("/shop", embedding(campaign, script=script))
    trk_page.goto(at)
    if script == "ol":
        trk_page.get_by_role("button", name="Win").click()
    framed = FramedCampaign(trk_page, campaign)
    framed.frame.get_by_text("Language: English").click()
    framed.frame.get_by_role("button", name="Deutsch").click()
    expect(framed.frame.get_by_role("button", name="Mitmachen")).to_be_visible()
    trk_page.goto(at)
    if script == "ol":
        trk_page.get_by_role("button", name="Zu gewinnen").click()
        expect(trk_page.get_by_role("button", name="Schließen")).to_be_visible()
    expect(framed.frame.get_by_role("button", name="Mitmachen")).to_be_visible()

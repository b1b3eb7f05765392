"""A link from a mail is sent on, or opened in another browser: it makes nobody somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.framed import FramedCampaign, embedding
from e2e.well import axe
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

PUSH = "window.Gleam = window.Gleam || []; Gleam.push(['VIP', 'gold']);"
Contexts = Callable[..., BrowserContext]


@pytest.fixture
def embedded(trk_campaign: CampaignFactory, trk_site: Site) -> Campaign:
    """A campaign in the page /shop."""
    campaign = trk_campaign("VIP", name="Win a bike", allowed_origins=[trk_site.url])
    trk_site.page("/shop", embedding(campaign))
    return campaign


def shop_in(context: BrowserContext, site: Site, campaign: Campaign) -> FramedCampaign:
    """The shop's page in a browser, with the campaign in it."""
    page = context.new_page()
    page.goto(f"{site.url}/shop")
    return FramedCampaign(page, campaign)


def link_in_last_mail(campaign: Campaign) -> str:
    [link] = re.findall(r"https?://\S+", campaign.mails()[-1]["body"])
    return str(link)


def way_back(context: BrowserContext, campaign: Campaign) -> str:
    """The address to which the last mailed link leads back from this browser."""
    page = context.new_page()
    page.goto(link_in_last_mail(campaign))
    page.get_by_role("button", name="Yes, continue here").click()
    address = page.get_by_role("link", name="Back to 127.0.0.1").get_attribute("href")
    page.close()
    assert address is not None
    assert f"gleam_confirmed={campaign.key}." in address
    return address


def asked_for(shop: FramedCampaign) -> None:
    expect(shop.frame.get_by_role("heading", name="Check your e-mail")).to_be_visible()


@pytest.mark.once
def test_the_address_from_a_mail_makes_who_gets_it_nobody_else(
    embedded: Campaign, trk_site: Site, new_framing_context: Contexts
) -> None:
    first = shop_in(new_framing_context(), trk_site, embedded)
    first.enter()
    first.expect_entered()
    asking = new_framing_context()
    shop = shop_in(asking, trk_site, embedded)
    shop.enter()
    asked_for(shop)
    address = way_back(asking, embedded)

    # A stranger, who has pushed here before.
    strangers = new_framing_context()
    stranger = shop_in(strangers, trk_site, embedded)
    stranger.page.evaluate(PUSH)
    stranger.page.goto(address)
    stranger.expect_stranger()
    notice = stranger.frame.get_by_text("only in the browser in which it was requested")
    expect(notice).to_be_visible()
    assert "gleam_confirmed" not in stranger.page.url
    assert axe(stranger.page).response["violations"] == []
    stranger.page.reload()
    stranger.expect_stranger()

    # Somebody who has entered.
    eve = shop_in(new_framing_context(), trk_site, embedded)
    eve.enter("eve@example.org", "Eve")
    eve.expect_entered("Eve")
    eve.page.goto(address)
    eve.expect_entered("Eve")
    expect(eve.frame.get_by_text("only in the browser in which it was requested")).to_be_visible()
    eve.page.reload()
    eve.expect_entered("Eve")

    # The browser that asked: the address is still good there, once.
    back = FramedCampaign(asking.new_page(), embedded)
    back.page.goto(address)
    back.expect_entered()
    back.expect_open("VIP")  # nothing of the stranger's has become hers
    back.page.evaluate(PUSH)
    back.expect_done("VIP")
    embedded.expect_unlocked("VIP", details="gold")


@pytest.mark.once
def test_who_entered_with_anothers_address_is_out_once_that_person_has_confirmed_it(
    embedded: Campaign, trk_site: Site, new_framing_context: Contexts
) -> None:
    thief = shop_in(new_framing_context(), trk_site, embedded)
    thief.enter(name="Thief")
    thief.expect_entered("Thief")
    context = new_framing_context()
    owner = shop_in(context, trk_site, embedded)
    owner.enter()
    asked_for(owner)
    # From now on the thief sees nothing of it.
    thief.page.reload()
    expect(thief.frame.get_by_role("heading", name="Is this your e-mail?")).to_be_visible()
    thief.expect_stranger()
    owner.page.goto(way_back(context, embedded))
    owner.expect_entered("Thief")
    thief.page.reload()
    thief.expect_stranger()
    thief.page.evaluate(PUSH)
    embedded.expect_trackings(("VIP", "gold"))
    owner.page.reload()
    owner.expect_open("VIP")


@pytest.mark.once
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_the_phone_a_button_opens_a_session_but_never_over_another_persons(
    scheme: str,
    embedded: Campaign,
    trk_site: Site,
    new_framing_context: Contexts,
    trk_new_context: ContextFactory,
) -> None:
    first = shop_in(new_framing_context(), trk_site, embedded)
    first.enter()
    first.expect_entered()
    shop = shop_in(new_framing_context(), trk_site, embedded)
    shop.enter()
    asked_for(shop)
    link = link_in_last_mail(embedded)

    phone = trk_new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = phone.new_page()
    CampaignPage(page, embedded).open()
    CampaignPage(page, embedded).enter("eve@example.org", "Eve")
    page.goto(link)
    expect(page.get_by_text("Somebody else has entered in this browser")).to_be_visible()
    assert page.get_by_role("button", name="Continue on the campaign").count() == 0
    _is_well(page)
    CampaignPage(page, embedded).open()
    expect(page.get_by_role("heading", name="You’re in, Eve")).to_be_visible()
    page.goto(link)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Enter")).to_be_visible()
    page.goto(link)
    _is_well(page)
    page.get_by_role("button", name="Continue on the campaign’s own page").click()
    expect(page.get_by_role("heading", name="You’re in, Ann")).to_be_visible()


def _is_well(page: Page) -> None:
    """Nothing for axe to find, and nothing wider than a phone."""
    assert axe(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

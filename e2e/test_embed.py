"""The campaign embedded in a customer's page by embed.js."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.framed import BLOCKED, FramedCampaign, embedding, expect_told, happened
from e2e.pages import page_with
from e2e.well import axe
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

PUSH = "window.Gleam = window.Gleam || []; Gleam.push(['VIP', 'gold']);"


@pytest.fixture
def embedded(trk_campaign: CampaignFactory, trk_site: Site) -> Campaign:
    """A campaign that pages of the site may show, embedded in /shop."""
    campaign = trk_campaign(
        "VIP", url=f"{trk_site.url}/vip", name="Win a bike", allowed_origins=[trk_site.url]
    )
    trk_site.page("/shop", embedding(campaign))
    trk_site.page("/vip", page_with(f"{campaign.url}/trk.js", before=PUSH))
    return campaign


def test_what_was_pushed_before_entering_unlocks_when_the_person_enters_in_the_frame(
    embedded: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.goto(trk_site.page("/pushing", embedding(embedded, before=PUSH)))
    framed = FramedCampaign(framing_page, embedded)
    embedded.expect_tracking("VIP", outcome="waiting")
    framed.enter()
    framed.expect_done("VIP")
    embedded.expect_unlocked("VIP", details="gold")
    expect_told(framing_page, "loaded", "loaded", "entered", "completed VIP", "unlocked VIP")
    assert len(happened(framing_page)) == 5
    [action] = [event["action"] for event in happened(framing_page) if event["type"] == "unlocked"]
    assert happened(framing_page)[-1] == {
        "type": "unlocked",
        "campaign": {"key": embedded.key, "name": "Win a bike"},
        "action": action,
    }


@pytest.mark.once
def test_a_push_after_entering_ticks_the_action_off_in_the_frame(
    embedded: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.goto(f"{trk_site.url}/shop")
    framed = FramedCampaign(framing_page, embedded)
    framed.enter()
    framed.expect_open("VIP")
    framing_page.evaluate(PUSH)
    framed.expect_done("VIP")
    expect_told(framing_page, "completed VIP", "unlocked VIP")


def test_the_way_to_an_action_opens_the_shop_with_a_token_that_links_its_browser(
    embedded: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.goto(f"{trk_site.url}/shop")
    framed = FramedCampaign(framing_page, embedded)
    framed.enter()
    shop = framed.go("VIP")
    shop.wait_for_url(f"{trk_site.url}/vip")  # and trk.js has taken the token out of it
    assert shop.evaluate("document.referrer") == f"{embedded.address}/"
    embedded.expect_unlocked("VIP", details="gold")
    shop.close()
    framed.expect_done("VIP")


def test_a_browser_without_third_party_cookies_stays_logged_in_across_reloads(
    embedded: Campaign,
    trk_site: Site,
    trk_browser_name: str,
    new_framing_context: Callable[..., BrowserContext],
) -> None:
    page = new_framing_context(launch=BLOCKED[trk_browser_name]).new_page()
    page.goto(f"{trk_site.url}/shop")
    framed = FramedCampaign(page, embedded)
    framed.enter()
    framed.expect_entered()
    page.reload()
    framed.expect_entered()
    page.evaluate(PUSH)
    framed.expect_done("VIP")
    assert page.context.cookies(embedded.url) == []


@pytest.mark.once
def test_who_leaves_in_the_frame_is_not_known_on_the_next_page_and_another_can_enter(
    embedded: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.goto(f"{trk_site.url}/shop")
    framed = FramedCampaign(framing_page, embedded)
    framed.enter()
    framed.expect_entered()
    framed.frame.get_by_role("button", name="Not Ann? Sign out").click()
    framed.expect_stranger()
    framing_page.reload()
    framed.expect_stranger()
    framed.enter("bob@example.org", "Bob")
    framed.expect_entered("Bob")


@pytest.mark.once
def test_an_answer_that_is_wrong_is_typed_in_still_and_the_right_one_is_told_to_the_page(
    embedded: Campaign, trk_site: Site, framing_page: Page
) -> None:
    embedded.add_action(
        "Quiz", title="Quiz", verification="question", question="6 × 7?", answer_pattern="42"
    )
    framing_page.goto(f"{trk_site.url}/shop")
    framed = FramedCampaign(framing_page, embedded)
    framed.enter()
    framed.unfold("Quiz")
    framed.frame.get_by_label("6 × 7?").fill("41")
    framed.frame.get_by_role("button", name="Send answer").click()
    expect(framed.frame.locator("[aria-invalid]")).to_have_value("41")
    framed.frame.get_by_label("6 × 7?").fill("42")
    framed.frame.get_by_role("button", name="Send answer").click()
    framed.expect_done("Quiz")
    expect_told(framing_page, "completed Quiz")


def test_the_frame_is_as_high_as_what_it_shows(
    embedded: Campaign, trk_site: Site, framing_page: Page
) -> None:
    embedded.add_action("Long", title="Long", description="line\n\n" * 40)
    framing_page.set_viewport_size({"width": 390, "height": 800})
    framing_page.goto(f"{trk_site.url}/shop")
    framed = FramedCampaign(framing_page, embedded)
    framed.expect_stranger()
    framed.unfold("Long")
    framing_page.wait_for_function("document.querySelector('iframe').offsetHeight > 1500")
    inside = framed.frame.locator("html")
    assert inside.evaluate("node => node.scrollHeight - innerHeight") == 0
    assert inside.evaluate("node => node.scrollWidth - innerWidth") <= 0


@pytest.mark.once
def test_several_campaigns_stand_in_their_own_places_and_share_one_visitor(
    embedded: Campaign, trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page
) -> None:
    other = trk_campaign("VIP", allowed_origins=[trk_site.url])
    placed = f"<div id=there data-gleam-embed={other.key}></div>"
    framing_page.goto(trk_site.page("/both", embedding(embedded, other, before=PUSH, body=placed)))
    first, second = FramedCampaign(framing_page, embedded), FramedCampaign(framing_page, other)
    first.enter()
    first.expect_done("VIP")
    second.enter("bob@example.org", "Bob")
    second.expect_done("VIP")
    expect(framing_page.locator("#there iframe")).to_have_count(1)
    expect(framing_page.locator("iframe")).to_have_count(2)
    embedded.expect_unlocked("VIP", details="gold")
    other.expect_unlocked("VIP", details="gold")


@pytest.mark.once
def test_a_place_that_a_page_makes_later_gets_the_campaign_too(
    embedded: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.goto(trk_site.page("/app", page_with(f"{embedded.url}/embed.js")))
    expect(framing_page.locator("iframe")).to_have_count(0)
    framing_page.evaluate(
        f"document.body.innerHTML = '<div><p data-gleam-embed={embedded.key}></p></div>'"
    )
    FramedCampaign(framing_page, embedded).expect_stranger()


@pytest.mark.once
def test_a_campaign_that_asks_for_consent_learns_the_visitor_only_when_it_was_given(
    trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page
) -> None:
    campaign = trk_campaign("VIP", allowed_origins=[trk_site.url], ask_consent=True)
    framing_page.goto(trk_site.page("/shop", embedding(campaign, before=PUSH)))
    framed = FramedCampaign(framing_page, campaign)
    framed.enter()
    framed.expect_open("VIP")
    assert framing_page.evaluate("document.cookie") == ""
    framing_page.evaluate("Gleam.push(['consent', true])")
    framed.expect_done("VIP")
    campaign.expect_unlocked("VIP", details="gold")


def test_without_consent_a_page_keeps_nothing_of_a_widget_before_somebody_enters(
    trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page
) -> None:
    campaign = trk_campaign(
        "VIP", allowed_origins=[trk_site.url], ask_consent=True, languages=["en", "de"]
    )
    framing_page.goto(trk_site.page("/shop", embedding(campaign)))
    framed = FramedCampaign(framing_page, campaign)
    framed.frame.get_by_text("Language: English").click()
    framed.frame.get_by_role("button", name="Deutsch").click()
    expect(framed.frame.get_by_role("button", name="Mitmachen")).to_be_visible()
    assert framing_page.evaluate("Object.keys(localStorage)") == []
    framed.frame.get_by_text("Sprache: Deutsch").click()
    framed.frame.get_by_role("button", name="English").click()
    framed.enter()
    framed.expect_open("VIP")
    kept = [f"gleam_{what}_{campaign.key}" for what in ("browser", "height", "language", "session")]
    assert framing_page.evaluate("Object.keys(localStorage).sort()") == kept


@pytest.mark.once
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_frame_nor_around_it(
    scheme: str,
    embedded: Campaign,
    trk_site: Site,
    new_framing_context: Callable[..., BrowserContext],
) -> None:
    page = new_framing_context(
        color_scheme=scheme, viewport={"width": 390, "height": 844}
    ).new_page()
    # The frame is as dark as the customer's page says that it can be.
    look = "color-scheme: light dark; background: Canvas"
    liked = f"document.documentElement.style.cssText = '{look}';"
    page.goto(trk_site.page(f"/{scheme}", embedding(embedded, before=liked)))
    framed = FramedCampaign(page, embedded)
    framed.enter()
    framed.expect_entered()
    ground = "rgb(15, 18, 22)" if scheme == "dark" else "rgb(246, 247, 249)"
    expect(framed.frame.locator("body")).to_have_css("background-color", ground)
    assert axe(page).response["violations"] == []

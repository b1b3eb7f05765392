"""The campaign as an overlay over a customer's page, opened by the tab of ol.js."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.framed import FramedCampaign, embedding
from e2e.well import axe
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

PUSH = "window.Gleam = window.Gleam || []; Gleam.push(['VIP', 'gold']);"
RUDE = (
    "<style>* { color: red !important; font-size: 90px !important; zoom: 1 }"
    "button, div { padding: 9em !important; border: 1em solid !important } "
    "iframe { height: 1px }</style>"
)
TALL = "<a href=/elsewhere>Elsewhere</a><div style='height: 3000px'></div>"


@pytest.fixture
def overlaid(trk_campaign: CampaignFactory, trk_site: Site) -> Campaign:
    """A campaign with a tab on /shop."""
    campaign = trk_campaign(
        "VIP", name="Win a bike", allowed_origins=[trk_site.url], accent="#1f5c4d", tab_text="Win!"
    )
    trk_site.page("/shop", embedding(campaign, script="ol", body=TALL))
    return campaign


def opened(page: Page, site: Site, campaign: Campaign) -> FramedCampaign:
    """The overlay on /shop, open."""
    page.goto(f"{site.url}/shop")
    page.get_by_role("button", name="Win!").click()
    framed = FramedCampaign(page, campaign)
    framed.expect_stranger()
    return framed


def test_entering_in_the_overlay_counts_what_was_pushed_and_the_next_page_knows_who_entered(
    overlaid: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framed = opened(framing_page, trk_site, overlaid)
    framing_page.evaluate(PUSH)
    framed.enter()
    framed.expect_done("VIP")
    overlaid.expect_unlocked("VIP", details="gold")
    framing_page.reload()
    framing_page.get_by_role("button", name="Win!").click()
    framed.expect_entered()


def test_the_keyboard_stays_in_the_overlay_and_escape_gives_the_page_back(
    overlaid: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.goto(f"{trk_site.url}/shop")
    tab = framing_page.get_by_role("button", name="Win!")
    tab.focus()
    framing_page.keyboard.press("Enter")
    framed = FramedCampaign(framing_page, overlaid)
    framed.expect_ready()
    dialog = framing_page.get_by_role("dialog", name="Win a bike")
    expect(dialog).to_be_visible()
    framed.frame.get_by_label("Name").focus()
    framing_page.keyboard.press("Escape")  # the frame has it, and passes it on
    expect(dialog).to_be_hidden()
    expect(tab).to_be_focused()
    framing_page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    framing_page.get_by_role("button", name="Close").focus()
    framing_page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(tab).to_be_focused()
    framing_page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    # Last of all, since Tab goes on to what is the browser's own.
    for _ in range(8):
        framing_page.keyboard.press("Tab")
        assert framing_page.evaluate("document.activeElement.tagName") != "A"


def test_it_closes_by_its_button_and_by_a_click_beside_it(
    overlaid: Campaign, trk_site: Site, framing_page: Page
) -> None:
    opened(framing_page, trk_site, overlaid)
    dialog = framing_page.get_by_role("dialog")
    framing_page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    framing_page.get_by_role("button", name="Win!").click()
    framing_page.mouse.click(100, 300)
    expect(dialog).to_be_hidden()


def test_the_page_behind_keeps_its_place_and_its_styles(
    overlaid: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.goto(f"{trk_site.url}/shop")
    framing_page.evaluate("scrollTo(0, 777)")
    look = "[scrollY, document.documentElement.outerHTML.split('<div style=\"all')[0]]"
    before = framing_page.evaluate(look)
    framing_page.get_by_role("button", name="Win!").click()
    FramedCampaign(framing_page, overlaid).expect_stranger()
    assert framing_page.evaluate(look) == before
    framing_page.keyboard.press("Escape")
    expect(framing_page.get_by_role("dialog")).to_be_hidden()
    assert framing_page.evaluate(look) == before


@pytest.mark.once
def test_a_page_with_rude_styles_does_not_change_the_tab_and_the_overlay(
    overlaid: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.goto(f"{trk_site.url}/shop")
    tab = framing_page.get_by_role("button", name="Win!")
    polite = tab.bounding_box()
    framing_page.goto(trk_site.page("/rude", RUDE + embedding(overlaid, script="ol")))
    # Wide elements give the rude page a scroll bar, which makes the window a little lower.
    assert tab.bounding_box() == pytest.approx(polite, abs=10)
    expect(tab).to_have_css("background-color", "rgb(31, 92, 77)")
    expect(tab).to_have_css("font-size", "16px")


@pytest.mark.sampled
@pytest.mark.parametrize("position", ["right", "left", "bottom_right", "bottom_left"])
def test_the_tab_is_where_the_owner_wants_it_and_all_of_it_can_be_seen(
    position: str, trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page
) -> None:
    campaign = trk_campaign(
        "VIP", allowed_origins=[trk_site.url], tab_position=position, tab_text="Win a bike now"
    )
    framing_page.set_viewport_size({"width": 390, "height": 844})
    framing_page.goto(trk_site.page("/shop", embedding(campaign, script="ol")))
    box = framing_page.get_by_role("button", name="Win a bike now").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    left, right = box["x"], 390 - box["x"] - box["width"]
    top, bottom = box["y"], 844 - box["y"] - box["height"]
    assert min(left, right, top, bottom) >= -1
    assert min(left, right) == (left if "left" in position else right)
    assert (bottom <= 1) == ("bottom" in position)


@pytest.mark.once
def test_a_closed_overlay_asks_nothing_and_an_opened_one_asks_at_once(
    overlaid: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framed = opened(framing_page, trk_site, overlaid)
    with framing_page.expect_request("**/status"):
        framed.enter()
    framed.expect_entered()
    framing_page.get_by_role("button", name="Close").click()
    expect(framing_page.get_by_role("dialog")).to_be_hidden()
    asked: list[str] = []
    framing_page.on("request", lambda request: asked.append(request.url))
    framing_page.evaluate(PUSH + "new Promise(done => Gleam.push(['callback', done]))")
    overlaid.expect_unlocked("VIP", details="gold")
    assert [url for url in asked if url.endswith("/status")] == []
    framing_page.get_by_role("button", name="Win!").click()
    framed.expect_done("VIP")


@pytest.mark.once
def test_a_mailed_link_leads_back_into_the_overlay_of_the_page_where_it_was_asked_for(
    overlaid: Campaign, trk_site: Site, new_framing_context: Callable[..., BrowserContext]
) -> None:
    at_home = opened(new_framing_context().new_page(), trk_site, overlaid)
    at_home.enter()
    at_home.expect_entered()

    context = new_framing_context()
    phone = context.new_page()
    phone.goto(f"{trk_site.url}/shop?size=m#top")
    phone.evaluate(PUSH)
    phone.get_by_role("button", name="Win!").click()
    framed = FramedCampaign(phone, overlaid)
    framed.enter(name="Somebody")
    expect(framed.frame.get_by_text("Check your e-mail")).to_be_visible()
    [mail] = overlaid.mails()
    [link] = re.findall(r"https?://\S+", mail["body"])
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Yes, continue here").click()
    page.get_by_role("link", name="Back to 127.0.0.1").click()
    back = FramedCampaign(page, overlaid)
    back.expect_entered()
    back.expect_done("VIP")  # what this browser had pushed counts for who was confirmed in it
    assert page.url == f"{trk_site.url}/shop?size=m"
    page.reload()
    page.get_by_role("button", name="Win!").click()
    back.expect_entered()


@pytest.mark.once
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_the_overlay_open_or_closed(
    scheme: str,
    overlaid: Campaign,
    trk_site: Site,
    new_framing_context: Callable[..., BrowserContext],
) -> None:
    page = new_framing_context(color_scheme=scheme).new_page()
    page.goto(f"{trk_site.url}/shop")
    assert axe(page).response["violations"] == []
    opened(page, trk_site, overlaid)
    assert axe(page).response["violations"] == []

"""The room of an embedded campaign: nothing on the customer's page jumps when it comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.framed import FramedCampaign, embedding, expect_fitted
from e2e.shifts import SHIFTS, Held, painted, shifts_of
from trk_sdk.snippet import embed
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

pytestmark = pytest.mark.once

HEIGHT = "document.querySelector('iframe').offsetHeight"


@pytest.fixture
def campaign(trk_campaign: CampaignFactory, trk_site: Site) -> Campaign:
    """A campaign with a row that is high once it is open."""
    made = trk_campaign("VIP", name="Win a bike", allowed_origins=[trk_site.url])
    made.add_action("Long", title="Long", description="line\n\n" * 40)
    return made


def pasted(campaign: Campaign, before: str = "") -> str:
    """A page with the tags as they are pasted, and something to read above and below."""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Shop</title>"
        f"<meta name=viewport content='width=device-width'><script>{before}</script>"
        f"<h1>Shop</h1>{embed(campaign.key, campaign.address)}<p>{'What comes after. ' * 99}</html>"
    )


@pytest.mark.sampled
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("late", ["embed.js", "frame?*"])
def test_nothing_shifts_however_late_it_comes(
    late: str,
    width: int,
    campaign: Campaign,
    trk_site: Site,
    trk_browser_name: str,
    new_framing_context: Callable[..., BrowserContext],
) -> None:
    if trk_browser_name != "chromium":
        pytest.skip("only Chromium tells what has shifted")
    page = new_framing_context(viewport={"width": width, "height": 844}).new_page()
    page.add_init_script(f"if (top === window) {{ {SHIFTS} }}")
    held = Held(page, f"**/{late}")
    page.goto(trk_site.page("/shop", pasted(campaign)), wait_until="commit")
    expect(page.get_by_text("What comes after.")).to_be_visible()
    if late != "embed.js":
        expect(page.locator("iframe")).to_be_visible()
    painted(page)
    held.let_go()
    framed = FramedCampaign(page, campaign)
    framed.expect_stranger()
    expect_fitted(framed.node)
    assert shifts_of(page) == []
    framed.enter()
    framed.expect_entered()
    expect_fitted(framed.node)
    page.reload()
    framed.expect_entered()
    expect_fitted(framed.node)
    assert shifts_of(page) == []


def test_what_stands_below_is_not_drawn_into_sight_when_the_frame_needs_less(
    campaign: Campaign, trk_site: Site, framing_page: Page
) -> None:
    for number in range(6):
        campaign.add_field(f"Question {number}", required=False)
    framing_page.set_viewport_size({"width": 390, "height": 844})
    framing_page.goto(trk_site.page("/shop", pasted(campaign).replace("100vh", "200px")))
    framed = FramedCampaign(framing_page, campaign)
    framed.expect_stranger()
    expect_fitted(framed.node)
    below = "document.querySelector('body > p').getBoundingClientRect().top"
    stood = framing_page.evaluate(f"scrollY + {below}")
    height = framing_page.evaluate(HEIGHT)
    framed.enter()
    framed.expect_entered()
    expect_fitted(framed.node)
    needed = framed.frame.locator("body").evaluate("body => body.offsetHeight")
    assert needed < height - 100
    assert framing_page.evaluate(below) >= min(
        stood - framing_page.evaluate("scrollY"), framing_page.evaluate("innerHeight")
    )
    # What is not needed goes as soon as nobody sees it go.
    assert framing_page.evaluate(HEIGHT) > needed + 100
    framing_page.evaluate("scrollTo(0, 0)")
    framing_page.wait_for_function(
        f"needed => {HEIGHT} <= Math.max(needed, innerHeight) + 1", arg=needed
    )


def test_it_fills_the_room_that_the_page_keeps_free_and_takes_more_if_it_needs_it(
    campaign: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.set_viewport_size({"width": 390, "height": 844})
    body = pasted(campaign).replace("100vh", "2000px")
    framing_page.goto(trk_site.page("/shop", body))
    framed = FramedCampaign(framing_page, campaign)
    framed.expect_stranger()
    assert framing_page.evaluate(HEIGHT) == 2000
    body = pasted(campaign).replace("100vh", "200px")
    framing_page.goto(trk_site.page("/shop", body))
    framed.expect_stranger()
    framing_page.wait_for_function(f"{HEIGHT} > 200")
    framed.unfold("Long")
    framing_page.wait_for_function(f"{HEIGHT} > 1500")
    inside = framed.frame.locator("html")
    assert inside.evaluate("node => node.scrollHeight - innerHeight") == 0


def test_the_next_page_reserves_what_was_needed_with_closed_rows_in_a_window_as_wide(
    campaign: Campaign, trk_site: Site, framing_page: Page
) -> None:
    framing_page.set_viewport_size({"width": 390, "height": 700})
    # What is reserved before the frame has said anything at all.
    seen = (
        "reserved = 0; new MutationObserver(function () { var frame = document.querySelector"
        "('iframe'); if (frame && !reserved) reserved = parseInt(frame.style.height) })"
        ".observe(document, { childList: true, subtree: true });"
    )
    page = trk_site.page("/shop", embedding(campaign, before=seen))
    framing_page.goto(page)
    framed = FramedCampaign(framing_page, campaign)
    framed.expect_stranger()
    assert framing_page.evaluate("reserved") == 700
    framing_page.wait_for_function(f"{HEIGHT} !== 700")
    closed = framing_page.evaluate(HEIGHT)
    framed.unfold("Long")
    framing_page.wait_for_function(f"{HEIGHT} > 1500")
    framing_page.goto(page)
    framed.expect_stranger()
    assert framing_page.evaluate("reserved") == closed
    framing_page.set_viewport_size({"width": 800, "height": 700})
    framing_page.goto(page)
    framed.expect_stranger()
    assert framing_page.evaluate("reserved") == 700

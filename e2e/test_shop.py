"""The demo shop: each of the eight uses unlocks its action, on pages that anyone can use."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.shop import DEEDS, DETAILS, buy
from e2e.well import axe
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Server
from trk_sdk.testkit.truth import Campaign
from trk_shop.uses import PURCHASE, USES

pytestmark = pytest.mark.once

PATHS = [
    *("/", "/products/leather-saddle", "/journal/winter", "/game", "/finder", "/cart"),
    *("/finder?ride=city&budget=small", "/signup", "/survey", "/refer", "/lab", "/nothing"),
]


def test_each_deed_in_the_shop_unlocks_its_action(
    shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    mistakes: list[str] = []
    trk_page.context.on("weberror", lambda error: mistakes.append(str(error.error)))
    entrant = CampaignPage(trk_page, campaign)
    entrant.open()
    entrant.enter("ann@example.org")
    unlocked: set[str] = set()
    # What one buys has been in the cart: to buy comes after that.
    for use in sorted(USES, key=lambda use: use is PURCHASE):
        page = entrant.follow_in_new_page(use.title)
        DEEDS[use.tracking_name](page)
        expect(page.locator("#noted")).to_contain_text("Entry unlocked.")
        done = campaign.expect_unlocked(use.tracking_name, email="ann@example.org")
        assert re.fullmatch(DETAILS[use.tracking_name], done.details or ""), use.tracking_name
        page.close()
        trk_page.bring_to_front()
        entrant.expect_done(use.title)
        unlocked.add(use.tracking_name)
        assert {each.tracking_name for each in campaign.completions()} == unlocked
    assert mistakes == []


def test_the_note_after_a_push_can_be_closed(shop: Server, trk_page: Page) -> None:
    trk_page.goto(f"{shop.url}/journal/winter")
    trk_page.get_by_role("button", name="Close").click()
    expect(trk_page.locator("#noted")).to_be_empty()


def test_what_was_done_in_the_shop_before_entering_counts_on_entering(
    shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    trk_page.goto(f"{shop.url}/journal/winter")
    expect(trk_page.get_by_text("Saved for our competition.")).to_be_visible()
    trk_page.get_by_role("link", name="Enter").click()
    CampaignPage(trk_page, campaign).enter("ann@example.org")
    campaign.expect_unlocked("VisitGuide", email="ann@example.org", details="winter")


def test_the_shop_sells_as_before_when_the_tracking_script_is_blocked(
    shop: Server, campaign: Campaign, trk_page: Page
) -> None:
    mistakes: list[str] = []
    trk_page.on("pageerror", lambda error: mistakes.append(str(error)))
    trk_page.route("**/trk.js", lambda route: route.abort())
    trk_page.goto(f"{shop.url}/products/brass-bell")
    buy(trk_page)
    assert mistakes == []
    # Something that must arrive, to show that nothing came before it.
    trk_page.unroute("**/trk.js")
    trk_page.goto(f"{shop.url}/journal/winter")
    campaign.expect_trackings(("VisitGuide", "winter"))


def test_the_cart_works_when_no_script_arrives(shop: Server, trk_page: Page) -> None:
    trk_page.route("**/*.js", lambda route: route.abort())
    trk_page.goto(f"{shop.url}/products/brass-bell")
    trk_page.get_by_role("button", name="Add to cart").click()
    trk_page.get_by_label("Quantity: Brass bell").select_option("3")
    trk_page.get_by_role("button", name="Change").click()
    expect(trk_page.get_by_label("Sum")).to_contain_text("54 €")
    trk_page.get_by_role("button", name="Remove Brass bell").click()
    expect(trk_page.get_by_text("Your cart is empty")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    scheme: str, shop: Server, trk_new_context: ContextFactory
) -> None:
    # Without motion: in the middle of a fade no contrast is what it will be.
    context = trk_new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    found = {}
    for path in PATHS:
        page.goto(shop.url + path)
        for details in page.locator("details").all():
            details.locator("summary").click()
        results = axe(page)
        found[path] = [results.generate_report()] if results.violations_count else []
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[path].append("wider than the screen")
    assert found == {path: [] for path in PATHS}


def test_a_bell_is_bought_by_keyboard_alone(shop: Server, trk_page: Page) -> None:
    trk_page.goto(f"{shop.url}/products/brass-bell")
    keys = trk_page.keyboard
    trk_page.get_by_role("button", name="Add to cart").focus()
    keys.press("Enter")
    expect(trk_page.get_by_role("link", name="See your cart")).to_be_visible()
    keys.press("Tab")
    keys.press("Enter")
    trk_page.wait_for_url("**/cart")
    trk_page.get_by_role("link", name="Go to checkout").focus()
    keys.press("Enter")
    trk_page.wait_for_url("**/checkout")
    trk_page.get_by_label("Name").focus()
    for typed in ("Ann", "ann@example.org", "1 High Street"):
        keys.type(typed)
        keys.press("Tab")
    keys.press("Enter")
    expect(trk_page.get_by_role("heading", name="Thank you, Ann")).to_be_visible()

"""From an empty folder to a drawn winner, with only what the pages say."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.owning import close, publish, set_up
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import WAIT_SECONDS

_WAIT = WAIT_SECONDS * 1000


def test_an_owner_goes_from_the_first_start_to_a_drawn_winner_without_a_manual(
    new_server: Backend, trk_site: Site, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    owner = trk_page
    campaign = set_up(owner, new_server)
    publish(owner, campaign)
    address = owner.locator("#address").inner_text()

    # What the page Install gives to a developer goes into the shop as it is.
    owner.get_by_role("link", name="Install", exact=True).click()
    expect(owner.get_by_text("Waiting for the first beacon")).to_be_visible()
    script = owner.locator("#full").inner_text()
    link = f"<a href={address}>Win a bike</a>"
    shop = trk_site.page("/shop", f"<!doctype html><title>Shop</title>{script}{link}")

    # A shopper does what is asked before she has heard of the campaign, and then enters.
    shopper = trk_new_context().new_page()
    shopper.goto(shop)
    expect(owner.get_by_text("myValue").first).to_be_visible(timeout=_WAIT)
    shopper.get_by_role("link", name="Win a bike").click()
    shopper.get_by_label("Name").fill("Sue Shopper")
    shopper.get_by_label("E-mail").fill("sue@example.org")
    shopper.get_by_role("button", name="Enter").click()
    item = shopper.get_by_role("listitem").filter(has_text="Visit our shop")
    expect(item.get_by_text("Done")).to_be_visible()

    owner.get_by_role("link", name="Entries").click()
    expect(owner.get_by_role("link", name="Sue Shopper")).to_be_visible()
    expect(owner.get_by_role("cell", name="myValue")).to_be_visible()

    close(owner, campaign)
    owner.get_by_role("link", name="Draw", exact=True).click()
    owner.get_by_role("checkbox").check()
    owner.get_by_role("button", name="Draw the winners now").click()
    expect(owner.get_by_role("cell", name="Sue Shopper")).to_be_visible()

    shopper.goto(address)
    expect(shopper.get_by_role("heading", name="The winners")).to_be_visible()
    expect(shopper.get_by_text("Sue S. (you!)")).to_be_visible()

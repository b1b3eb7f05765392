"""From an empty folder to announced winners, with only what the pages say."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.owning import announce, close, publish, set_up
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import WAIT_SECONDS

_WAIT = WAIT_SECONDS * 1000


def enter(shopper: Page, name: str) -> None:
    """Enter the campaign from the shop, where the action was completed before."""
    shopper.get_by_role("link", name="Win a bike").click()
    shopper.get_by_label("Name").fill(name)
    shopper.get_by_label("E-mail").fill(f"{name.split(maxsplit=1)[0].lower()}@example.org")
    shopper.get_by_role("button", name="Enter").click()
    item = shopper.get_by_role("listitem").filter(has_text="Visit our shop")
    expect(item.get_by_text("Done")).to_be_visible()
    shopper.goto("about:blank")  # it would load itself anew just as the test does


def look_at_the_draft(owner: Page, stranger: Page, address: str, site: Site) -> str:
    """Its page is shown by the preview link alone, and a shop is told that it is a draft; what the
    page Install gives to a developer goes into the shop as it is."""
    key = address.rpartition("/")[2]
    answer = stranger.goto(address)
    assert answer is not None
    assert answer.status == 404
    stranger.goto(owner.locator("#address").inner_text())
    stranger.get_by_label("Name").fill("Stan Stranger")
    stranger.get_by_label("E-mail").fill("stan@example.org")
    stranger.get_by_role("button", name="Enter").click()
    expect(stranger.get_by_role("heading", name="This is only a preview")).to_be_visible()
    owner.get_by_role("link", name="Install", exact=True).click()
    script = owner.locator("#full").inner_text()
    with stranger.expect_console_message() as said:
        stranger.goto(site.page("/early", f"<!doctype html><title>Shop</title>{script}"))
    assert f"trk.js: campaign {key} is a draft" in said.value.text
    owner.get_by_role("button", name="Send a test unlock of “Visit our shop”").click()
    expect(owner.locator(".seen li")).to_have_count(1)
    expect(owner.locator(".seen li")).to_contain_text("value test")
    return script


def replace_and_write(owner: Page, winners: Locator, first: str) -> None:
    """Replace the only winner, write to the other one, and look at the file of both."""
    owner.get_by_text("Redraw").first.click()
    owner.get_by_label("Reason").fill("Works for us.")
    owner.get_by_role("button", name="Redraw this prize").click()
    expect(winners.get_by_role("row")).to_have_count(3)
    owner.get_by_role("link", name="Write to the winners").click()
    owner.get_by_role("button", name="Send to 1 winner").click()
    expect(owner.get_by_text("One e-mail was written.")).to_be_visible()
    with owner.expect_download() as begun:
        owner.get_by_role("link", name="Download as CSV").click()
    rows = list(csv.DictReader(Path(begun.value.path()).read_text("utf-8-sig").splitlines()))
    assert [(row["name"] == first, row["reason"]) for row in rows] == [
        (True, "Works for us."),
        (False, ""),
    ]


@pytest.mark.once
def test_an_owner_goes_from_the_first_start_to_announced_winners_without_a_manual(
    new_server: Backend, trk_site: Site, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    owner = trk_page
    campaign = set_up(owner, new_server)
    address = f"{new_server.url}/{campaign.rpartition('/')[2]}"
    script = look_at_the_draft(owner, trk_new_context().new_page(), address, trk_site)
    link = f"<a href={address}>Win a bike</a>"
    shop = trk_site.page("/shop", f"<!doctype html><title>Shop</title>{script}{link}")

    publish(owner, campaign)
    owner.get_by_role("link", name="Install", exact=True).click()

    # Shoppers do what is asked before they have heard of the campaign, and then enter.
    shoppers = [trk_new_context().new_page() for _ in range(2)]
    shoppers[0].goto(shop)
    expect(owner.get_by_text("myValue").first).to_be_visible(timeout=_WAIT)
    enter(shoppers[0], "Sue Shopper")
    shoppers[1].goto(shop)
    enter(shoppers[1], "Tim Buyer")

    owner.get_by_role("link", name="Entries").click()
    expect(owner.get_by_role("link", name="Sue Shopper")).to_be_visible()
    expect(owner.get_by_role("cell", name="myValue").first).to_be_visible()
    expect(owner.get_by_text("Stan Stranger")).to_have_count(0)

    close(owner, campaign)
    owner.get_by_role("link", name="Draw", exact=True).click()
    owner.get_by_role("checkbox").check()
    owner.get_by_role("button", name="Draw the winners now").click()
    winners = owner.get_by_role("region", name="Winners")
    expect(winners.get_by_role("link")).to_have_count(1)
    first = winners.get_by_role("link").inner_text()

    # Only the owner sees who has won; one is replaced, and the other written to.
    shoppers[0].goto(address)
    expect(shoppers[0].get_by_text("have been drawn and are being checked")).to_be_visible()
    expect(shoppers[0].get_by_text("(you!)")).to_have_count(0)
    replace_and_write(owner, winners, first)
    announce(owner, campaign)
    by_name = {"Sue Shopper": shoppers[0], "Tim Buyer": shoppers[1]}
    loser, [winner] = by_name.pop(first), by_name.values()
    for page, wins in ((winner, 1), (loser, 0)):
        page.goto(address)
        expect(page.get_by_role("heading", name="The winners")).to_be_visible()
        expect(page.get_by_text("(you!)")).to_have_count(wins)
    owner.get_by_role("link", name="Overview").click()
    expect(owner.get_by_role("link", name="See the winners")).to_be_visible()

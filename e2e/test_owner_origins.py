"""From which site a report came, as the owner sees it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import OwnersServer, signed_in
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.site import Site

pytestmark = pytest.mark.once


def test_the_live_check_and_the_log_say_from_which_site_a_push_came_and_a_refused_link(
    server: OwnersServer, trk_page: Page, trk_site: Site, trk_new_context: ContextFactory
) -> None:
    owner = trk_page
    signed_in(owner, server)
    site = trk_site.url.removeprefix("http://")
    owner.get_by_role("link", name="Install", exact=True).click()
    expect(owner.get_by_text("Waiting for the first beacon")).to_be_visible()
    script = owner.locator("#full").inner_text()
    shop = trk_new_context().new_page()
    shop.goto(trk_site.page("/shop", f"<!doctype html><title>Shop</title>{script}"))
    newest = owner.locator(".seen li").first
    expect(newest).to_contain_text(f"s ago from {site}: name ")
    expect(newest).to_contain_text("matches the action")
    shop.goto(f"{trk_site.url}/shop?xref={32 * 'x'}")
    link = owner.locator(".seen li").filter(has_text="an entrant’s link")
    expect(link).to_contain_text(f"s ago from {site}: an entrant’s link, refused: ")
    owner.get_by_role("link", name="Log", exact=True).click()
    expect(owner.get_by_role("cell", name=site, exact=True).first).to_be_visible()


def test_a_test_unlock_comes_from_no_site(server: OwnersServer, trk_page: Page) -> None:
    signed_in(trk_page, server)
    trk_page.get_by_role("link", name="Install", exact=True).click()
    trk_page.get_by_role("button", name="Send a test unlock").click()
    newest = trk_page.locator(".seen li").first
    expect(newest).to_contain_text("s ago: name ")

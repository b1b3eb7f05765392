"""The page Install: what it copies, and what it sees arriving."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import OwnersServer, add_action, signed_in
from e2e.well import expect_well
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.site import Site

pytestmark = pytest.mark.once


def test_what_the_install_page_copies_runs_in_a_page_and_is_seen_arriving(
    server: OwnersServer,
    trk_page: Page,
    trk_site: Site,
    trk_new_context: ContextFactory,
    trk_browser_name: str,
) -> None:
    if trk_browser_name == "chromium":  # asks, where Firefox takes the click for an answer
        trk_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    campaign = signed_in(trk_page, server)
    add_action(trk_page, campaign, "Become a VIP")
    trk_page.get_by_role("link", name="Install", exact=True).click()
    expect(trk_page.get_by_text("Waiting for the first beacon…")).to_be_visible()
    trk_page.get_by_label("Action", exact=True).select_option("Become a VIP")
    trk_page.get_by_role("button", name="Show its scripts").click()
    button = trk_page.get_by_role("button", name="Copy both together")
    button.click()
    expect(trk_page.get_by_role("button", name="Copied")).to_be_visible()
    other = trk_page.context.new_page()
    other.goto(f"{campaign}/settings")
    other.get_by_label("Description").press("ControlOrMeta+v")
    expect(other.get_by_label("Description")).to_have_value(re.compile("^<script>"))
    script = other.get_by_label("Description").input_value()
    other.close()
    shop = trk_new_context().new_page()
    shop.goto(trk_site.page("/shop", f"<!doctype html><title>Shop</title>{script}"))
    newest = trk_page.locator(".seen li").first
    expect(newest).to_contain_text(
        "name Become a VIP, value myValue, matches the action ‘Become a VIP’ and is waiting"
    )
    expect(trk_page.get_by_text("Waiting for the first beacon…")).to_be_hidden()
    shop.evaluate("Gleam.push(['Become a VPI', '<img src=x>'])")
    expect(newest).to_contain_text(
        "name Become a VPI, value <img src=x>, no action has this name; "
        "did you mean ‘Become a VIP’?"
    )
    expect(trk_page.locator("[role=status]")).to_contain_text("did you mean")
    expect(trk_page.locator(".seen img")).to_have_count(0)
    expect(button).to_be_visible()


def test_the_live_check_rests_while_nobody_looks_and_ends_with_the_session(
    server: OwnersServer, trk_page: Page
) -> None:
    campaign = signed_in(trk_page, server)
    asked: list[str] = []
    trk_page.on("request", lambda each: asked.append(each.url) if "/seen" in each.url else None)
    trk_page.clock.install()
    with trk_page.expect_response("**/install/seen"):
        trk_page.goto(f"{campaign}/install")
    with trk_page.expect_response("**/install/seen"):
        trk_page.clock.run_for(2100)
    again = trk_page.get_by_role("link", name="Check again")
    expect(again).to_be_hidden()
    trk_page.evaluate(
        """() => {
            Object.defineProperty(document, 'visibilityState', {
                configurable: true, get: () => window.state || 'hidden'
            });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    count = len(asked)
    trk_page.clock.run_for(60_000)
    assert len(asked) == count >= 2
    trk_page.context.clear_cookies()
    trk_page.evaluate(
        "window.state = 'visible'; document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(again).to_be_visible()
    again.click()
    expect(trk_page.get_by_label("Password")).to_be_visible()


def test_where_our_script_is_blocked_a_test_unlock_is_sent_and_seen(
    server: OwnersServer, trk_page: Page
) -> None:
    campaign = signed_in(trk_page, server)
    trk_page.route("**/static/admin.js*", lambda route: route.abort())
    trk_page.goto(f"{campaign}/install")
    expect(trk_page.get_by_text("Waiting for the first beacon…")).to_be_visible()
    expect(trk_page.get_by_role("button", name="Copy")).to_have_count(0)
    trk_page.get_by_role("button", name="Send a test unlock").click()
    expect(trk_page.get_by_text("A test entrant has completed it just now.")).to_be_visible()
    expect(trk_page.get_by_text("Done · +1")).to_be_visible()
    expect(trk_page.locator(".seen li")).to_contain_text("value test, matches the action")
    trk_page.get_by_role("link", name="Check again").click()
    expect(trk_page.locator(".seen li")).to_have_count(1)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_developer_without_an_account_sees_what_to_paste(
    scheme: str, server: OwnersServer, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    campaign = signed_in(trk_page, server)
    trk_page.goto(f"{campaign}/install")
    link = trk_page.locator("#developer").inner_text()
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="Install Win a bike")).to_be_visible()
    expect(page.locator("#loader")).to_have_text(trk_page.locator("#loader").inner_text())
    page.get_by_label("Action", exact=True).select_option("Visit our shop")
    page.get_by_role("button", name="Show its scripts").click()
    expect(page.locator("#trigger")).to_have_text(trk_page.locator("#trigger").inner_text())
    for fold in page.locator("summary").all():
        fold.click()
    expect_well(page, "the developer's page", (390, 1280))

"""The owner's side with the keyboard alone: from the first start to an entrant."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import PASSWORD, press
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Backend

pytestmark = pytest.mark.once


def fill(page: Page, label: str, text: str) -> None:
    """Go on with the Tab key to the field with this label, and type."""
    field = page.get_by_label(label, exact=True)
    for _ in range(30):
        page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            page.keyboard.type(text)
            return
    raise AssertionError(f"the Tab key does not reach {label}")


def test_from_the_first_start_to_an_entrant_with_the_keyboard_alone(
    new_server: Backend, trk_page: Page, trk_new_context: ContextFactory
) -> None:
    page = trk_page
    page.goto(new_server.url)
    fill(page, "Your name", "Ann")
    fill(page, "E-mail", "ann@example.org")
    fill(page, "Password", PASSWORD)
    fill(page, "Campaign name", "Win a bike")
    press(page, "Get started")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    press(page, "Actions", "link")
    press(page, "Add an action", "link")
    fill(page, "Title", "Buy a bell")
    fill(page, "Tracking name", "Bell")
    press(page, "Add")
    expect(page.get_by_role("heading", name="Buy a bell")).to_be_visible()
    press(page, "Move up: Buy a bell")
    expect(page.locator("ol.rows h2").first).to_have_text("Buy a bell")
    press(page, "Overview", "link")
    press(page, "Name the prize", "link")
    fill(page, "Title", "A red bike")
    press(page, "Save")
    press(page, "Overview", "link")
    press(page, "Publish the campaign", "link")
    press(page, "Publish anyway")
    expect(page.get_by_text("Published. Everybody can see it now.")).to_be_visible()
    press(page, "Overview", "link")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    address = page.locator("#address").inner_text()
    entrant = trk_new_context().new_page()
    entrant.goto(address)
    entrant.get_by_label("Name").fill("Bob")
    entrant.get_by_label("E-mail").fill("bob@example.org")
    entrant.get_by_role("button", name="Enter").click()
    expect(entrant.get_by_text("You’re in, Bob")).to_be_visible()
    page.reload()
    expect(page.locator("dd").first).to_have_text("1")

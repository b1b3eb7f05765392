"""A campaign's settings in a real browser: a mistake, and a session that ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import PASSWORD, OwnersServer, signed_in

pytestmark = pytest.mark.once


def test_a_mistake_takes_the_focus_to_its_field_and_is_read_with_it(
    server: OwnersServer, trk_page: Page
) -> None:
    campaign = signed_in(trk_page, server)
    trk_page.goto(f"{campaign}/settings")
    trk_page.get_by_label("Name", exact=True).fill("")
    trk_page.get_by_label("Terms").fill("Kept")
    trk_page.get_by_role("button", name="Save").click()
    name = trk_page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(
        "Entrants see it as the heading and in the page’s address. Fill this in."
    )
    expect(trk_page.get_by_label("Terms")).to_have_value("Kept")


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(
    server: OwnersServer, trk_page: Page
) -> None:
    campaign = signed_in(trk_page, server)
    trk_page.goto(f"{campaign}/settings")
    trk_page.get_by_label("Description").fill("\nTwo\n\nlines")
    trk_page.get_by_label("Ask for consent").check()
    trk_page.context.clear_cookies()
    trk_page.get_by_role("button", name="Save").click()
    expect(trk_page.get_by_text("Your session has expired")).to_be_visible()
    trk_page.get_by_label("E-mail").fill("ann@example.org")
    trk_page.get_by_label("Password").fill(PASSWORD)
    trk_page.get_by_role("button", name="Sign in").click()
    expect(trk_page.get_by_text("Nothing is saved yet")).to_be_visible()
    trk_page.get_by_role("button", name="Save").click()
    expect(trk_page.get_by_text("Saved.")).to_be_visible()
    expect(trk_page.get_by_label("Description")).to_have_value("\nTwo\n\nlines")
    expect(trk_page.get_by_label("Ask for consent")).to_be_checked()

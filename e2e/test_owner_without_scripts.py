"""The owner's side in a browser that runs no scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.owning import OwnersServer, add_action, expect_titles, signed_in
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once


def test_without_scripts_everything_can_be_done(
    server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(java_script_enabled=False).new_page()
    page.route("**/*.js*", lambda route: route.abort())  # Firefox takes that for no order
    campaign = signed_in(page, server)
    add_action(page, campaign, "Second")
    page.get_by_role("button", name="Move up: Second").click()
    expect_titles(page, "Second", "Visit our shop")
    page.goto(f"{campaign}/settings")
    page.get_by_label("Name", exact=True).fill("Win a boat")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Preview in a new tab").click()
    expect(opened.value.get_by_role("heading", name="Win a boat")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

"""The preview beside the owner's forms."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.owning import OwnersServer, signed_in
from trk_sdk.testkit.plugin import ContextFactory

pytestmark = pytest.mark.once


def test_the_preview_follows_what_is_typed_stores_nothing_and_leaves_the_history_alone(
    server: OwnersServer, trk_page: Page
) -> None:
    campaign = signed_in(trk_page, server)
    trk_page.goto(f"{campaign}/settings")
    frame = trk_page.frame_locator(".preview iframe:not(.loading)")
    expect(frame.get_by_role("heading", name="Win a bike")).to_be_visible()
    steps = trk_page.evaluate("history.length")
    trk_page.get_by_label("Name", exact=True).fill("Win a boat")
    expect(frame.get_by_role("heading", name="Win a boat")).to_be_visible()
    trk_page.get_by_role("textbox", name="Accent colour", exact=True).fill("#ffd400")
    # The style sheet of the theme passes the page's policy in the sandbox as well.
    expect(frame.locator("button").first).to_have_css("background-color", "rgb(255, 212, 0)")
    assert trk_page.evaluate("history.length") == steps
    trk_page.reload()
    expect(trk_page.get_by_label("Name", exact=True)).to_have_value("Win a bike")


def test_on_a_phone_the_preview_is_behind_a_button(
    server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(viewport={"width": 390, "height": 800}).new_page()
    campaign = signed_in(page, server)
    page.goto(f"{campaign}/actions/new")
    expect(page.locator("iframe")).to_have_count(0)
    page.get_by_label("Title").fill("Buy a bell")
    page.get_by_role("button", name="Show preview").click()
    frame = page.frame_locator(".preview iframe:not(.loading)")
    expect(frame.get_by_role("heading", name="Buy a bell")).to_be_in_viewport()
    page.get_by_role("button", name="Hide preview").click()
    expect(page.locator("iframe:not(.loading)")).to_be_hidden()

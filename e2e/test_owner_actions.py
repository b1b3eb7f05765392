"""The owner's actions, put in order with the mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page

from e2e.owning import OwnersServer, add_action, expect_titles, signed_in

pytestmark = pytest.mark.once


def drag(page: Page, source: Locator, target: Locator, browser: str) -> None:
    """Drag with the mouse; by its events in Firefox, where Playwright's mouse begins no drag."""
    if browser != "firefox":
        source.drag_to(target)
        return
    carried = page.evaluate_handle("new DataTransfer()")
    for where, event in ((source, "dragstart"), (target, "dragover"), (target, "drop")):
        where.dispatch_event(event, {"dataTransfer": carried})


def test_actions_are_put_in_order_with_the_mouse(
    server: OwnersServer, trk_page: Page, trk_browser_name: str
) -> None:
    campaign = signed_in(trk_page, server)
    for title in ("Second", "Third"):
        add_action(trk_page, campaign, title)
    expect_titles(trk_page, "Visit our shop", "Second", "Third")
    rows = trk_page.locator("ol.rows > li")
    with trk_page.expect_navigation():
        drag(trk_page, rows.nth(2), rows.nth(0), trk_browser_name)
    expect_titles(trk_page, "Third", "Visit our shop", "Second")
    trk_page.reload()
    expect_titles(trk_page, "Third", "Visit our shop", "Second")

"""What tests of the owner's side do in a browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from trk_sdk.testkit.process import Backend

PASSWORD = "correct horse battery"


def set_up(page: Page, server: Backend, name: str = "Win a bike") -> str:
    """Set the server up; the address of the first campaign for its owner."""
    page.goto(server.url)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of the campaign").fill(name)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return page.url


def add_action(page: Page, campaign: str, title: str) -> None:
    page.goto(f"{campaign}/actions/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Tracking name").fill(title)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()


def titles(page: Page) -> list[str]:
    return page.locator("ol.rows h2").all_inner_texts()


def press(page: Page, name: str, role: Any = "button") -> None:
    """Go on with the Tab key to this button or link, and press Enter."""
    target = page.get_by_role(role, name=name, exact=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("target => target === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the Tab key does not reach {name}")

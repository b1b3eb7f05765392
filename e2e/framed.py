"""A campaign in a customer's page: the page, and the campaign in its frame, used as entrants do."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, FrameLocator, Locator, Page, expect

from trk_sdk.testkit.truth import WAIT_SECONDS, Campaign

_WAIT = WAIT_SECONDS * 1000  # Playwright counts in milliseconds

ONE_PROCESS = {"firefox_user_prefs": {"fission.autostart": False}}
"""For Firefox: Playwright's mouse and keys don't reach frames that have a process of their own."""

LISTEN = "happened = []; onGleamEvent = function (event) { happened.push(event) };"
"""A page's script that keeps what it is told."""

_IN_SHORT = (
    "happened.map(event => `${event.type} ${event.action ? event.action.title : ''}`.trim())"
)

BLOCKED: dict[str, dict[str, Any]] = {
    "chromium": {"args": ["--test-third-party-cookie-phaseout"]},
    # Not the default, which keeps a jar for each top-level site, but none at all.
    "firefox": {"firefox_user_prefs": {"network.cookie.cookieBehavior": 1}},
}
"""How each browser is launched that lets no third party keep a cookie."""


def embedding(*campaigns: Campaign, before: str = "", body: str = "", script: str = "embed") -> str:
    """A page of a shop with the campaigns in it: embedded one below the other, or as overlays."""
    tags = "".join(
        f'<h2>{campaign.name}</h2><script async src="{campaign.url}/{script}.js"></script>'
        for campaign in campaigns
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Shop</title>"
        "<meta name=viewport content='width=device-width'><link rel=icon href=data:,>"
        f"<script>{LISTEN}{before}</script><main><h1>Shop</h1>{body}{tags}"
        "<p id=after>What comes after.</p></main></html>"
    )


def type_into(field: Locator, text: str) -> None:
    """Fill in a frame's first field, as people do: the focus moves into another site's frame by a
    click, and what is typed before it is there goes elsewhere."""
    field.click()
    field.fill(text)
    expect(field).to_have_value(text)


def expect_fitted(node: Locator) -> None:
    """Wait until an embedded frame has got the height of what it shows."""
    inside = node.element_handle().content_frame()
    assert inside is not None
    inside.wait_for_load_state()  # before, it may not have its styles
    body = inside.locator("body")
    height = body.evaluate("body => Math.ceil(body.getBoundingClientRect().height)")
    expect(node).to_have_attribute("style", re.compile(rf"(; |^)height: {height}px;"))


class FramedCampaign:
    """The campaign with the `n`-th frame of the page."""

    def __init__(self, page: Page, campaign: Campaign, n: int = 0) -> None:
        self.page = page
        self.node: Locator = page.locator(f'iframe[src^="{campaign.url}/frame"]').nth(n)
        self.frame: FrameLocator = self.node.content_frame

    def enter(self, email: str = "ann@example.org", name: str = "Ann") -> None:
        """Fill in the form in the frame, and send it."""
        type_into(self.frame.get_by_label("Name"), name)
        self.frame.get_by_label("E-mail").fill(email)
        inside = self.node.element_handle().content_frame()
        assert inside is not None
        # Until the answer is there, the rows of the page before can still be opened, in vain.
        with inside.expect_navigation():
            self.frame.get_by_role("button", name="Enter").click()

    def go(self, title: str) -> Page:
        """Follow the action's way to the shop; the new page, loaded."""
        with self.page.context.expect_page() as opened:
            self.unfold(title).get_by_role("button", name="Go to").click()
        opened.value.wait_for_load_state()
        return opened.value

    def expect_entered(self, name: str = "Ann") -> None:
        """Wait until the frame shows the page of who entered with this name."""
        expect(self.frame.get_by_role("heading", name=f"You’re in, {name}")).to_be_visible()

    def expect_ready(self) -> None:
        """Wait until the frame's scripts have run: before, it hears no key."""
        self.page.wait_for_function("happened.some(event => event.type == 'loaded')")

    def expect_stranger(self) -> None:
        """Wait until the frame shows the page of who has not entered."""
        expect(self.frame.get_by_role("button", name="Enter")).to_be_visible()

    def expect_done(self, title: str) -> None:
        """Wait until the action with this title is shown as done."""
        expect(self._action(title).get_by_text("Done")).to_be_visible(timeout=_WAIT)

    def expect_open(self, title: str) -> None:
        """Wait until the action with this title is shown as still to be done."""
        expect(self._action(title)).to_be_visible(timeout=_WAIT)
        expect(self._action(title).get_by_text("Done")).to_be_hidden(timeout=_WAIT)

    def unfold(self, title: str) -> Locator:
        """Open the row of the action with this title, unless it is open; the row."""
        row = self._action(title)
        expect(row).to_be_visible(timeout=_WAIT)
        if row.locator("details:not([open])").count():
            row.locator("summary").click()
        return row

    def _action(self, title: str) -> Locator:
        heading = self.frame.get_by_role("heading", name=title, exact=True)
        return self.frame.get_by_role("listitem").filter(has=heading)


def happened(page: Page) -> list[dict[str, Any]]:
    """What the page was told by onGleamEvent."""
    told: list[dict[str, Any]] = page.evaluate("happened")
    return told


def told(page: Page) -> list[str]:
    """The same in short: `completed VIP`."""
    short: list[str] = page.evaluate(_IN_SHORT)
    return short


def expect_told(page: Page, *last: str) -> None:
    """Wait until these are, in short, the last things that the page was told: what can be seen in
    the frame already may still be on its way to the page."""
    with suppress(Error):
        page.wait_for_function(
            f"last => {_IN_SHORT}.slice(-last.length).join() == last.join()", arg=last
        )
    assert told(page)[-len(last) :] == list(last)

"""The campaign's page as an entrant uses it: enter, follow an action's link, see it ticked off."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from trk_sdk.testkit.truth import WAIT_SECONDS, Campaign

_WAIT = WAIT_SECONDS * 1000  # Playwright counts in milliseconds


class CampaignPage:
    """A browser's page with the campaign open on it."""

    def __init__(self, page: Page, campaign: Campaign) -> None:
        self.page = page
        self._campaign = campaign

    def open(self) -> None:
        """Go to the campaign's page."""
        self.page.goto(self._campaign.url)

    def enter(self, email: str = "ann@example.org", name: str = "Ann") -> None:
        """Fill in the form on the open page and send it; the page may offer to enter as somebody
        who has entered another campaign of the server in this browser."""
        named = self.page.get_by_label("Name", exact=True)
        somebody_else = self.page.get_by_role("link", name="Enter as somebody else")
        # The page with either may still be on its way.
        expect(named.or_(somebody_else).first).to_be_visible(timeout=_WAIT)
        if somebody_else.count():
            with self.page.expect_navigation():
                somebody_else.click()
        named.fill(name)
        self.page.get_by_label("E-mail", exact=True).fill(email)
        # Until the answer is there, the rows of the page before can still be opened, in vain.
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Enter").click()
        expect(self.page.get_by_role("button", name="Enter")).to_have_count(0)

    def follow(self, title: str) -> None:
        """Follow the link of the action with this title to the customer's site in this tab, as
        browsers inside other apps do."""
        link = self._link(title)
        link.evaluate("link => link.removeAttribute('target')")
        link.click()
        self.page.wait_for_url(lambda url: not url.startswith(self._campaign.address))

    def follow_in_new_page(self, title: str) -> Page:
        """Follow the link, which opens a new tab; the new page, loaded. This one stays open."""
        with self.page.context.expect_page() as opened:
            self._link(title).click()
        opened.value.wait_for_load_state()
        return opened.value

    def expect_done(self, title: str) -> None:
        """Wait until the action with this title is shown as done."""
        expect(self._action(title).get_by_text("Done")).to_be_visible(timeout=_WAIT)

    def expect_open(self, title: str) -> None:
        """Wait until the action with this title is shown as still to be done."""
        expect(self._action(title)).to_be_visible(timeout=_WAIT)
        expect(self._action(title).get_by_text("Done")).to_be_hidden(timeout=_WAIT)

    def _action(self, title: str) -> Locator:
        heading = self.page.get_by_role("heading", name=title, exact=True)
        return self.page.get_by_role("listitem").filter(has=heading)

    def unfold(self, title: str) -> Locator:
        """Open the row of the action with this title, unless it is open; the row."""
        row = self._action(title)
        expect(row).to_be_visible(timeout=_WAIT)
        if row.locator("details:not([open])").count():
            row.locator("summary").click()
        return row

    def _link(self, title: str) -> Locator:
        return self.unfold(title).get_by_role("link", name="Go to")

"""Everything that a show needs: a tracking server, the demo's campaigns and shop, a browser."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from e2e.framed import ONE_PROCESS
from e2e.shop import DEEDS, opened, shop_server
from trk_sdk.testkit.browsers import launch
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.truth import WAIT_SECONDS, Campaign, known_campaign
from trk_shop.campaign import make_campaign, make_club
from trk_shop.tracker import Tracker

JPEG: dict[str, Any] = {"type": "jpeg", "quality": 78, "animations": "disabled"}
"""How pictures are taken: small, and the same each time."""


class Stage(NamedTuple):
    """Where the show takes place; `entrant` is a page with the campaign, entered."""

    browser: str
    """The browser's name and version."""
    context: BrowserContext
    campaign: Campaign
    entrant: CampaignPage
    shop: str
    """The shop's address."""

    def do(self, tracking_name: str, title: str) -> Page:
        """Follow the action's link in a new tab, do the deed; that tab, with its push confirmed."""
        page = self.entrant.follow_in_new_page(title)
        page.bring_to_front()
        DEEDS[tracking_name](page)
        # "Unlocked", or "noted" where the push was quicker than the link that brought the entrant.
        expect(page.locator("#noted p")).to_be_visible(timeout=WAIT_SECONDS * 1000)
        return page


@contextmanager
def stage(browser: str = "chromium", *, headed: bool = False, **options: Any) -> Iterator[Stage]:
    """A stage in `browser`; `options` are Playwright's for a context, such as viewport."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        frames = ONE_PROCESS if browser == "firefox" else {}
        how: dict[str, Any] = {"headless": not headed, **frames}
        started, _ = launch(playwright, browser, **how)
        context = started.new_context(**options)
        page = context.new_page()
        backend = Backend(folder)
        try:
            backend.start()
            key = secrets.token_hex(4)
            tracker = Tracker(backend.url, f"bike{key}", backend.token, f"club{key}")
            server = shop_server(backend, tracker.key, folder, tracker.club)
            make_campaign(tracker, server.url)
            make_club(tracker.of_club, server.url)
            # Between two looks at what is stored: the page must be let to go on meanwhile.
            campaign = known_campaign(
                backend, tracker.key, pause=lambda seconds: page.wait_for_timeout(seconds * 1000)
            )
            with opened(server, backend) as shop:
                entrant = CampaignPage(page, campaign)
                entrant.open()
                entrant.enter("ann@example.org", "Ann Example")
                version = f"{browser.capitalize()} {started.version}"
                yield Stage(version, context, campaign, entrant, shop.url)
        finally:
            started.close()
            backend.close()

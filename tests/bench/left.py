"""Prints how many pages that are left at DOMContentLoaded have sent what they pushed.

`python -m tests.bench.left`, for each way to put the script into the head, in both browsers.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from trk_sdk import snippet
from trk_sdk.testkit.browsers import launch
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign, make_campaign

PAGES = 30
SETTLED = 1.0
"""Seconds after which what a page has sent is stored, or was not sent."""

_LEAVE = (
    "window.Gleam = window.Gleam || []; Gleam.push(['Left']);"
    "addEventListener('DOMContentLoaded', function () { location.href = '/next'; });"
)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, Site() as site:
        backend = Backend(Path(folder))
        try:
            backend.start()
            site.page("/next", "<!doctype html><link rel=icon href=data:,><title>Next</title>")
            for name in ("chromium", "firefox"):
                browser, _ = launch(playwright, name)
                for way, tag in _ways(backend).items():
                    print(f"{name:<10}{way:<22}{_arrived(browser, site, backend, tag)} of {PAGES}")
                browser.close()
        finally:
            backend.close()


def _ways(backend: Backend) -> Mapping[str, str]:
    return {
        "the loader": snippet.loader("KEY", backend.url),
        "the async tag": snippet.async_tag("KEY", backend.url),
        "the tag without async": snippet.async_tag("KEY", backend.url).replace(" async", ""),
    }


def _arrived(browser: Browser, site: Site, backend: Backend, tag: str) -> int:
    campaign: Campaign = make_campaign(backend, ["Left"], url="", pause=time.sleep)
    head = f"<link rel=icon href=data:,>{tag.replace('KEY', campaign.key)}"
    text = "<p>Text of a page.</p>" * 500
    address = site.page("/left", f"<!doctype html>{head}<script>{_LEAVE}</script>{text}")
    for _ in range(PAGES):
        # A visitor of its own: no later page sends what this one has kept.
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(address, wait_until="commit")
            page.wait_for_url("**/next")
            page.wait_for_timeout(SETTLED * 1000)
    return len(campaign.trackings())


if __name__ == "__main__":
    main()

"""A page that Chromium really prerenders (Firefox prerenders nothing; see test_sdk_page)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Playwright

from e2e.pages import address, page_with
from e2e.unattended import Orders, unattended
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

RULES = """
    <script type=speculationrules>
        {"prerender": [{"urls": ["/next"], "eagerness": "immediate"}]}
    </script>
    <a href=/next>Next</a>
"""
PUSH = "window.Gleam = []; Gleam.push(['prerendering', document.prerendering]);"


def test_what_a_prerendered_page_pushes_is_sent_once_it_is_shown(
    trk_playwright: Playwright, trk_site: Site, campaign: Campaign, tmp_path: Path
) -> None:
    orders, script = Orders(trk_site), address(campaign)
    # It asks for /ran behind trk.js: then that has run.
    trk_site.page("/next", page_with(script, before=PUSH, body="<script>fetch('/ran')</script>"))
    start = trk_site.page("/", page_with(script, orders.script, body=RULES))
    with unattended(trk_playwright, "chromium", tmp_path / "profile", start):
        assert "prerender" in trk_site.wait_for("/ran")["Sec-Purpose"]
        orders.give("Gleam.push(['shown'])")
        campaign.expect_trackings(("shown", None))
        orders.give("document.links[0].click()")
        # What it read while it was prerendered.
        campaign.expect_trackings(("shown", None), ("prerendering", "true"))

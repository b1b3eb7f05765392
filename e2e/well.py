"""Whether a page of the owner's is fit to be shown: axe finds nothing, and nothing sticks out."""

from __future__ import annotations

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (320, 390, 1280)
"""A small phone, a phone, a desk."""
_OPTIONS = {
    # Besides its usual rules: what is pressed is 24 pixels wide and high, or stands apart.
    "rules": {"target-size": {"enabled": True}},
    # All that is well would be described too, which takes as long as to look at it.
    "resultTypes": ["violations"],
}


def expect_well(page: Page, name: str, widths: Sequence[int]) -> None:
    """Look at the page as it is, at each of `widths`; `name` says in a failure which one it is."""
    page.wait_for_load_state()
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page, options=_OPTIONS)
        assert found.violations_count == 0, f"{name}, {width}: {found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} pixels wide at {width}"

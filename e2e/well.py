"""Whether a page of the owner's is fit to be shown: axe finds nothing, and nothing sticks out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

WIDTHS = (320, 390, 1280)
"""A small phone, a phone, a desk."""
Scheme = Literal["light", "dark"]
SCHEMES: Sequence[Scheme] = get_args(Scheme)
Looks = Mapping[Scheme, Sequence[int]]
"""The widths at which a page is looked at in each scheme of colours."""
# All that is well would be described too, which takes as long as to look at it.
_USUAL = {"resultTypes": ["violations"]}
# Besides its usual rules: what is pressed is 24 pixels wide and high, or stands apart.
_OPTIONS = {"rules": {"target-size": {"enabled": True}}, **_USUAL}


def axe(page: Page, options: Mapping[str, Any] = _USUAL) -> AxeResults:
    """What axe finds on the page as it is."""
    # Half a megabyte of script: once for each document, and nothing of it is sent back.
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{AXE_SCRIPT}; 0")
    run = "async options => ({ violations: (await axe.run(options)).violations })"
    return AxeResults(page.evaluate(run, options))


def expect_well(page: Page, name: str, widths: Sequence[int]) -> None:
    """Look at the page as it is, at each of `widths`; `name` says in a failure which one it is."""
    page.wait_for_load_state()
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found = axe(page, _OPTIONS)
        assert found.violations_count == 0, f"{name}, {width}: {found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} pixels wide at {width}"


def expect_well_in(page: Page, name: str, looks: Looks) -> None:
    """Look at the page as it is in each scheme: to get there again may take longer."""
    for scheme, widths in looks.items():
        page.emulate_media(color_scheme=scheme)
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert dark == (scheme == "dark")
        expect_well(page, f"{name}, {scheme}", widths)

"""The API's page in the browser: on a phone and on a desk, in the light and in the dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Backend

pytestmark = pytest.mark.once


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nobody_need_scroll_sideways(
    scheme: str, trk_backend: Backend, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(color_scheme=scheme, viewport={"width": 390, "height": 900}).new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text))
    page.goto(f"{trk_backend.url}/api")
    page.get_by_role("link", name="GET /campaigns/{key}/completions", exact=True).click()
    article = page.locator("#list_completions")
    expect(article).to_be_in_viewport()
    article.get_by_text("Answers of list_completions").click()
    expect(article.get_by_text("the token lacks the scope")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    # The page is long, and what axe finds hangs on no width: what is wide does.
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []

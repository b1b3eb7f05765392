"""The API's page in the browser: on a phone and on a desk, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import expect

from e2e.well import expect_well
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.process import Backend

pytestmark = pytest.mark.once


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nobody_need_scroll_sideways(
    scheme: str, widths: Sequence[int], trk_backend: Backend, trk_new_context: ContextFactory
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
    expect_well(page, "the API", widths)
    assert complaints == []

"""Every call shape of vectors.json: before and after loading, source and minified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from e2e.vectors import CASES, expect_pairs, page_of
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site


@pytest.fixture(scope="module")
def page(trk_browser: Browser) -> Iterator[Page]:
    """One page for all cases: to open one each would cost more than the cases themselves.

    They don't meet: each has a campaign, and an origin with its storage, of its own.
    """
    context = trk_browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "minify",
    [
        pytest.param(True, id="minified"),
        pytest.param(False, id="source", marks=pytest.mark.once),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_call_shape_is_stored_as_the_vectors_say(
    case: dict[str, Any],
    when: str,
    minify: bool,
    trk_campaign: CampaignFactory,
    trk_site: Site,
    page: Page,
) -> None:
    campaign = trk_campaign()
    page.context.clear_cookies()
    page.goto(trk_site.page("/", page_of(case, when, campaign, minify=minify)))
    page.wait_for_function("window.over === 1")
    expect_pairs(case, campaign)
    assert page.evaluate("calls") == case.get("callbacks", 0)
    assert page.evaluate("mistakes") == []

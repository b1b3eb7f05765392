"""Every call shape of vectors.json: before and after loading, source and minified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import trk_sdk
from trk_sdk import builder
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site

CASES = json.loads((Path(trk_sdk.__file__).parent / "vectors.json").read_text("utf-8"))["cases"]


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
    setup = case.get("setup", "window.Gleam = window.Gleam || []")
    head = (
        "<script>window.calls = 0; function F() { calls++ }; window.mistakes = [];"
        "addEventListener('error', function (event) { mistakes.push(event.message) });"
        f"{setup}</script>"
    )
    script = builder.script(campaign.key, campaign.address, minify=minify)
    order = [f"<script>{case['call']}</script>", f"<script>{script}</script>"]
    # The last push shows that all before it has arrived, and its callback that all were called.
    last = (
        "<script>Gleam.push(['__last__']);"
        "Gleam.push(['callback', function () { setTimeout(function () { over = 1 }) }])</script>"
    )
    parts = [head, *(order if when == "before" else reversed(order)), last]
    page.goto(trk_site.page("/", "<!doctype html><meta charset=utf-8>" + "".join(parts)))
    page.wait_for_function("window.over === 1")
    pairs = [(name, value) for name, value in case["pairs"]]
    campaign.expect_trackings(*pairs, ("__last__", None))
    assert page.evaluate("calls") == case.get("callbacks", 0)
    assert page.evaluate("mistakes") == []

"""The call shapes of vectors.json, each as a page that makes the call before or after trk.js."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import trk_sdk
from trk_sdk import builder
from trk_sdk.testkit.truth import Campaign

CASES = json.loads((Path(trk_sdk.__file__).parent / "vectors.json").read_text("utf-8"))["cases"]


def page_of(case: dict[str, Any], when: str, campaign: Campaign, *, minify: bool) -> str:
    """A page that calls `when`, "before" or "after"; its `over` is 1 when all is done.

    Its `calls` counts the calls of F, its `mistakes` has the page's uncaught errors.
    """
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
    return "<!doctype html><meta charset=utf-8>" + "".join(parts)


def expect_pairs(case: dict[str, Any], campaign: Campaign) -> None:
    """Wait until what the page pushed is stored, just that."""
    pairs = [(name, value) for name, value in case["pairs"]]
    campaign.expect_trackings(*pairs, ("__last__", None))

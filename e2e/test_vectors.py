"""Every call shape of vectors.json: before and after loading, source and minified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

import sdk
from e2e.conftest import Campaign
from e2e.servers import Backend, Site, until
from sdk import builder

CASES = json.loads((Path(sdk.__file__).parent / "vectors.json").read_text(encoding="utf-8"))[
    "cases"
]


@pytest.mark.parametrize("minify", [True, False], ids=["minified", "source"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_call_shape_is_stored_as_the_vectors_say(
    case: dict[str, Any],
    when: str,
    minify: bool,
    backend: Backend,
    site: Site,
    campaign: Campaign,
    page: Page,
) -> None:
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    setup = case.get("setup", "window.Gleam = window.Gleam || []")
    script = builder.script(campaign.key, backend.url, minify=minify)
    call = f"<script>{case['call']}</script>"
    sdk_script = f"<script>{script}</script>"
    # The last push shows that all before it has arrived, and its callback that all were called.
    last = (
        "<script>Gleam.push(['__last__']);"
        "Gleam.push(['callback', function () { setTimeout(function () { over = 1 }) }])</script>"
    )
    order = [call, sdk_script] if when == "before" else [sdk_script, call]
    head = f"<script>window.calls = 0; function F() {{ calls++ }}; {setup}</script>"
    site.pages["/"] = "".join(["<!doctype html><meta charset=utf-8>", head, *order, last])
    page.goto(site.url)
    page.wait_for_function("window.over === 1")
    expected = [*case["pairs"], ["__last__", None]]
    until(lambda: len(backend.pairs(campaign.key)) >= len(expected), f"{expected} is stored")
    assert backend.pairs(campaign.key) == expected
    assert page.evaluate("calls") == case.get("callbacks", 0)
    assert mistakes == []

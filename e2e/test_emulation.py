"""A test that asks for the dark is in the dark, in each browser: Playwright itself does not say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from trk_sdk.testkit.plugin import ContextFactory

SEEN = """() => [
    matchMedia('(prefers-color-scheme: dark)').matches,
    matchMedia('(prefers-reduced-motion: reduce)').matches,
]"""


# Firefox starts anew for each.
@pytest.mark.parametrize(
    ("options", "seen"),
    [
        pytest.param({"color_scheme": "dark"}, [True, False], marks=pytest.mark.thorough),
        pytest.param({"color_scheme": "light"}, [False, False], marks=pytest.mark.thorough),
        ({"color_scheme": "dark", "reduced_motion": "reduce"}, [True, True]),
        pytest.param({"reduced_motion": "reduce"}, [False, True], marks=pytest.mark.thorough),
        ({}, [False, False]),
    ],
    ids=str,
)
def test_a_page_sees_the_scheme_and_the_motion_that_its_context_asked_for(
    options: dict[str, Any], seen: list[bool], trk_new_context: ContextFactory
) -> None:
    assert trk_new_context(**options).new_page().evaluate(SEEN) == seen


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.thorough), "dark"])
def test_so_do_the_frames_in_a_customers_page(
    scheme: str, new_framing_context: Callable[..., BrowserContext]
) -> None:
    page = new_framing_context(color_scheme=scheme).new_page()
    page.set_content("<iframe srcdoc='<p>Framed'></iframe>")
    page.frame_locator("iframe").get_by_text("Framed").wait_for()
    assert [frame.evaluate(SEEN)[0] for frame in page.frames] == [scheme == "dark"] * 2

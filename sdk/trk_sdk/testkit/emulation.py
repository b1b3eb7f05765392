"""What a Firefox must be told when it starts, since Playwright can't tell it afterwards.

Playwright's own, changed Firefox takes `color_scheme` and `reduced_motion` for each context. A
Firefox as released ignores both without a word: a test "in the dark" would see a light page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PREFERENCES: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "color_scheme": (
        "layout.css.prefers-color-scheme.content-override",
        {"dark": 0, "light": 1, "no-preference": 1},  # no-preference is light nowadays
    ),
    "reduced_motion": ("ui.prefersReducedMotion", {"reduce": 1, "no-preference": 0}),
}


def firefox_preferences(options: Mapping[str, Any]) -> dict[str, Any]:
    """The preferences with which Firefox shows what a context's `options` ask for; often none."""
    return {
        preference: values[options[option]]
        for option, (preference, values) in _PREFERENCES.items()
        if options.get(option) in values
    }

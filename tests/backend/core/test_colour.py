"""Whatever colour an owner chooses: it is readable."""

from __future__ import annotations

import random

import pytest

from trk.core.colour import DARK, LIGHT, READABLE, VISIBLE, contrast, is_dark, mix, on, readable

COLOURS = [
    *("#000000", "#ffffff", "#ff0000", "#ffff00", "#00ff00", "#0000ff", "#808080", "#777777"),
    *(f"#{random.Random(seed).randrange(0x1000000):06x}" for seed in range(200)),
]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#336699", "#336699") == 1


def test_text_on_it_and_it_on_every_ground_can_be_read() -> None:
    for colour in COLOURS:
        assert contrast(on(colour), colour) >= READABLE, colour
        for ground in (LIGHT, DARK, colour):
            assert contrast(readable(colour, ground), ground) >= READABLE, (colour, ground)
            assert contrast(readable(colour, ground, VISIBLE), ground) >= VISIBLE, (colour, ground)


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable("#123456", LIGHT) == "#123456"


def test_colours_are_mixed_and_known_as_light_or_dark() -> None:
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    assert (is_dark(DARK), is_dark(LIGHT)) == (True, False)

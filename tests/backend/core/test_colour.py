"""A campaign's accent colour is readable wherever the page uses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trk
from trk.core.colour import DARK, LIGHT, READABLE, contrast, on, readable, theme

COLOURS = ["#000000", "#ffffff", "#ffd400", "#0a7cff", "#777777", "#ff0000", "#00ff00", "#123456"]


def test_contrast_is_the_standards() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", COLOURS)
def test_every_accent_can_be_read_as_a_button_and_as_a_link_on_both_grounds(colour: str) -> None:
    assert contrast(on(colour), colour) >= READABLE
    for ground in (LIGHT, DARK):
        assert contrast(readable(colour, ground), ground) >= READABLE


def test_an_accent_that_is_readable_stays_as_it_is() -> None:
    assert readable("#123456", LIGHT) == "#123456"


def test_the_theme_names_the_accent() -> None:
    assert theme("#0a7cff").startswith(":root{--accent:#0a7cff;--on-accent:#")


def test_the_style_sheets_own_colours_are_readable() -> None:
    css = (Path(trk.__file__).parent / "static" / "campaign.css").read_text()
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root(?::not\(.light\))? \{(.*?)\}", css, re.S)
    )
    assert (light["ground"], dark["ground"]) == (LIGHT, DARK)
    for colours in ({**light, "card": "#ffffff"}, dark):
        for text in ("text", "soft", "link", "good", "bad"):
            for ground in ("ground", "card"):
                assert contrast(colours[text], colours[ground]) >= READABLE, (text, ground)

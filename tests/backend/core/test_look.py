"""Whatever an owner chooses for the page, everything on it can be read."""

from __future__ import annotations

import random
import re
from pathlib import Path

import msgspec
import pytest

import trk
from trk.core.campaign import Campaign
from trk.core.colour import DARK, LIGHT, READABLE, VISIBLE, contrast, is_dark
from trk.core.look import STACKS, palette, style_of

SHEET = (Path(trk.__file__).parent / "static" / "campaign.css").read_text("utf-8")
PLAIN = Campaign(name="Win", id=1, key="y2sB7", slug="win")
_random = random.Random(7)
PAIRS = [
    ("#2f5be0", LIGHT),
    ("#2f5be0", DARK),
    ("#ffffff", "#ffffff"),
    ("#000000", "#000000"),
    ("#777777", "#777777"),
    ("#ffff00", "#fffde0"),
    ("#ff0000", "#00ff00"),
    *[(f"#{_random.randrange(2**24):06x}", f"#{_random.randrange(2**24):06x}") for _ in range(300)],
]


def test_everything_can_be_read_on_whatever_is_behind_it() -> None:
    for accent, background in PAIRS:
        found = palette(accent, background)
        assert contrast(found["on-accent"], found["accent"]) >= READABLE, found
        for text in ("text", "soft", "link", "good", "bad"):
            for ground in ("ground", "card"):
                assert contrast(found[text], found[ground]) >= READABLE, (text, ground, found)
        assert contrast(found["edge"], found["card"]) >= VISIBLE, found
        assert found["ground"] == background, (accent, background)


def test_the_common_sheet_has_every_colour_and_the_usual_ones_are_readable_too() -> None:
    for name in palette("#2f5be0", LIGHT):
        assert f"--{name}:" in SHEET, name


def test_without_a_choice_there_is_no_style() -> None:
    assert style_of(PLAIN) == ""


@pytest.mark.parametrize(
    ("scheme", "background", "kinds"),
    [
        ("both", "", "light dark"),
        ("both", "#fff4e0", "light dark"),
        ("both", "#102040", "dark"),
        ("light", "#fff4e0", "light"),
        ("dark", "#fff4e0", "dark"),
        ("dark", "", "dark"),
        ("dark", "#102040", "dark"),
    ],
)
def test_a_page_is_light_or_dark_as_was_chosen_and_a_background_what_was_chosen(
    scheme: str, background: str, kinds: str
) -> None:
    look = {"scheme": scheme, "background": background, "accent": "#1f5c4d"}
    style = style_of(msgspec.structs.replace(PLAIN, **look))
    grounds = re.findall(r"--ground:(#\w+)", style)
    assert [is_dark(each) for each in grounds] == [each == "dark" for each in kinds.split()]
    assert ("prefers-color-scheme" in style) is (len(grounds) == 2)
    if len(grounds) == 1:
        assert f"color-scheme:{kinds};" in style
    assert not background or background in grounds or (scheme, background) == ("dark", "#fff4e0")


def test_corners_fonts_and_the_owners_own_style_come_last() -> None:
    style = style_of(
        msgspec.structs.replace(PLAIN, corners="square", font="serif", css="h1{color:teal}")
    )
    assert "--round:0px" in style
    assert STACKS["serif"] in style
    assert style.endswith("h1{color:teal}")
    assert "url(" not in "".join(STACKS.values())

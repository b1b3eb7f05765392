"""Names as people write them, and as others see them."""

from __future__ import annotations

import re
import sys

import pytest

from trk.core.mistakes import _UNSEEN
from trk.core.names import clean, name_mistake, public_name

AS_WRITTEN = [
    "山田 太郎",
    "علی\u200cرضا",
    "👨\u200d👩\u200d👧 Ann",
    "🏳\ufe0f\u200d🌈",
    "क\u094d\u200dष",
    "O’Neil",
    "Z\u0351oe",
    "❤\ufe0f",
    "葛\U000e0100城",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Ann",
]


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_a_name_stays_as_it_is_written(name: str) -> None:
    assert clean(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("山田\u3000太郎", "山田 太郎"),
        ("Jean\u00a0Paul", "Jean Paul"),
        ("Jean\u202f \u2009\tPaul\u2028", "Jean Paul"),
        (" Jean\u200b \u200b Paul\ufeff", "Jean Paul"),
        ("Jean\u2800\u3164Paul", "Jean Paul"),
        ("A\0n\x07n\x9b", "Ann"),
        ("\u202ennA\u202c \u2067x\u2069\u061c\u200e\u200f", "nnA x"),
        ("An\ud83dn", "Ann"),
        ("A\xadn\u2060n", "Ann"),
        ("\u200d\u200c", ""),
        (" \u3164\u115f\u1160\u2800", ""),
        ("\ufe0f", ""),
        ("\u034f \u034f", ""),
        ("\u17b4\u17b5\u180b\u180e\u180f\u2065\ufff0", ""),
        ("\U000e0100\U000e0001\U000e0fff", ""),
        ("An\U000e0041n\U000e007f", "Ann"),
        ("\U0001f3f4\U000e0067 Ann", "\U0001f3f4 Ann"),
    ],
)
def test_any_space_is_one_and_what_nobody_sees_goes(text: str, name: str) -> None:
    assert clean(text) == name
    assert clean(clean(text)) == name


def test_the_apis_document_knows_which_characters_are_not_seen() -> None:
    seen = re.compile(f"[^{_UNSEEN}]")
    for number in range(0x10000):
        assert bool(clean(chr(number))) == bool(seen.search(chr(number))), hex(number)


def test_what_is_left_can_be_stored() -> None:
    for number in range(0, sys.maxunicode, 0x1000):
        cleaned = clean("".join(map(chr, range(number, min(number + 0x1000, sys.maxunicode + 1)))))
        assert "\0" not in cleaned.encode().decode(), hex(number)


def test_what_is_said_of_a_name_is_what_is_wrong_with_it() -> None:
    assert name_mistake("x" * 100, "Which?") is None
    assert name_mistake("", "Which?") == "Which?"
    assert name_mistake("x" * 101, "Which?") == ("Use at most 100 characters; this name has 101.")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann", "Ann"),
        ("Ann Barbara Smith", "Ann S."),
        ("  Ann   Smith ", "Ann S."),
        ("ann.smith@example.org", "ann.smith"),
        ("@example.org", "A winner"),
        ("李 小龍", "李 小."),
        ("x" * 100, "x" * 36),
    ],
)
def test_a_winner_is_shown_by_first_name_and_initial(name: str, shown: str) -> None:
    assert public_name(name) == shown

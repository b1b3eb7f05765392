"""The server, `trk verify` and the test kit take the same names for one: two rules, one table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.backend.wire import beacon, post
from trk.core import tracking_name
from trk_sdk import names
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.verify.pushes import PushedPair, missing

BLACK_FLAG = "\U0001f3f4"
ENGLAND = "\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
SCOTLAND = "\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
"""Letters that nobody sees, which a black flag takes for a country."""
SAME = [
    ("VIP", "vip", "Vip", "VIP ", " vip", "\tVIP\n", "\u00a0VIP\u3000", "\u2003vip\u0085"),
    ("indirim", "İndirim", "INDİRİM", "INDİRIM", "INDIRIM", "ındırım"),
    ("İ", "I\u0307", "i\u0307", "ı\u0307", "i", "I", "ı"),
    ("ı\u0301", "í", "I\u0301", "Í"),
    ("Straße", "STRASSE", "strasse", "straẞe"),
    ("Σίσυφος", "ΣΊΣΥΦΟΣ", "σίσυφοσ"),
    ("café", "cafe\u0301", "CAFÉ", "CAFE\u0301"),
    ("1× Kauf", "1× KAUF"),
    (
        "a b",
        "a  b",
        "A\tb",
        "a\u00a0b",
        "a\u3000B",
        "a\r\nb",
        "a\u2003 \u202fb",
        "a\u200b \u200b b",
    ),
    ("VIP", "V\u200bIP", "\ufeffVIP", "VI\xadP", "\u202eVIP\u202c", "\u2066vip\u2069", "V\0I\x07P"),
    ("علی\u200cرضا", " علی\u200cرضا\u200f"),
    ("", " ", "\u200b", "\u200d\u200c", "\u3164", "\u115f \u2800", "\u034f", "\ufe0f"),
]
DIFFERENT = [
    ("VIP", "V IP"),
    ("VIP", "V.I.P."),
    ("indirim", "índirim"),
    ("علی\u200cرضا", "علیرضا"),
    ("a b", "ab"),
    ("VIP", "ＶＩＰ"),
    ("x\u0307", "x"),
    (f"{BLACK_FLAG}{ENGLAND}", f"{BLACK_FLAG}{SCOTLAND}"),
    (f"{BLACK_FLAG}{ENGLAND}", BLACK_FLAG),
]


@pytest.fixture(params=[tracking_name.fold, names.fold], ids=["server", "sdk"])
def fold(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The rule, on each side."""
    rule: Callable[[str], str] = request.param
    return rule


@pytest.mark.parametrize("same", SAME, ids=[same[0] for same in SAME])
def test_these_are_one_name(fold: Callable[[str], str], same: tuple[str, ...]) -> None:
    assert len({fold(name) for name in same}) == 1, [fold(name) for name in same]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_two(fold: Callable[[str], str], one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("name", [name for same in SAME for name in same])
def test_a_folded_name_is_folded(fold: Callable[[str], str], name: str) -> None:
    assert fold(fold(name)) == fold(name)


def test_both_sides_fold_every_character_alike() -> None:
    for number in (*range(0x20000), *range(0xE0000, 0xE1000)):
        for name in (chr(number), f"A{chr(number)}b"):
            assert names.fold(name) == tracking_name.fold(name), hex(number)


def test_trk_verify_takes_what_was_pushed_for_the_expected_name() -> None:
    rows = (PushedPair("INDIRIM", None, "waiting"), PushedPair("vip", None, "unmatched"))
    assert missing(rows, [" ındırım ", "VIP"]) == ("VIP",)


def test_the_test_kit_finds_what_was_stored_under_another_spelling(
    trk_campaign: CampaignFactory,
) -> None:
    campaign = trk_campaign("İndirim")
    post(campaign, beacon(1, ["INDIRIM ", "17"]))
    assert campaign.expect_tracking(" ındırım ", "17", outcome="waiting").name == "INDIRIM"
    assert campaign.go_url("indirim").startswith(f"{campaign.url}/go/")

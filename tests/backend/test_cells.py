"""Cells of exports: whatever a spreadsheet would calculate is text."""

from __future__ import annotations

import pytest

from trk.services.exports import cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1+1",
        "\r\n=1",
        "\n",
        "\nplain",
        " =1",
        "\u00a0=1",
        "\u3000＝1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "﹦1",
        "﹢1",
        "﹣1",
        "﹫SUM(A1)",
        "\n＝1",
    ],
    ids=ascii,
)
def test_what_may_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["order-17", "a=b", "1+1", "“=1”", " plain", "", "’", "漢字", "%"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_numbers_and_lists_of_them_are_no_text() -> None:
    assert [cell(-5), cell(None), cell([1, 2])] == ["-5", "", "1 2"]

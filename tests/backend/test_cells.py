"""Cells of exports: whatever a spreadsheet would calculate is text."""

from __future__ import annotations

import time

import pytest

from trk.services.exports import cell, person_cell


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


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a,=1,=2", "a,'=1,'=2"),
        ('a;"=1', "a;\"'=1"),
        ('a " ; , "\u00a0+1', 'a " ; , "\u00a0\'+1'),
        ("a\t\t＝1\n\n@b", "a\t\t'＝1\n\n'@b"),
        ("a,==1", "a,'==1"),
        (",=1", ",'=1"),
        ('a "=1 |=2 \v=3', 'a "=1 |=2 \v=3'),
        ("a,b=1 c; d-e", "a,b=1 c; d-e"),
    ],
    ids=ascii,
)
def test_where_another_separator_would_cut_it_stands_no_formula(text: str, written: str) -> None:
    assert person_cell(text) == written


@pytest.mark.parametrize("end", ["b", "=", ""], ids=["other", "sign", "end"])
@pytest.mark.parametrize(
    "part", ["\t", "\n", ",", ";", " ", '"', ",\t", ', "', "\t=", "a,"], ids=ascii
)
def test_a_visitors_text_takes_no_longer_than_it_is_long(part: str, end: str) -> None:
    text = "a" + part * (30_000 // len(part)) + end
    begun = time.process_time()
    person_cell(text)
    assert time.process_time() - begun < 0.3

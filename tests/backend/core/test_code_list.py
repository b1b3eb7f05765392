"""Lists of codes, as shops, spreadsheets and people write them."""

from __future__ import annotations

import pytest

from trk.core.code_list import MAX_CODES, Codes, CodesError, Column, codes_in, column_of, table_in


def read(text: str) -> tuple[Column, Codes]:
    """Where the codes seem to be, and what they are."""
    table = table_in(text)
    return table.column, codes_in(table, table.column, heading=table.heading)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("\ufeffA-1\r\n\n  A-2  \na-1\n", ["A-1", "A-2", "a-1"]),
        ("WELCOME\nSUMMER SALE\n", ["WELCOME", "SUMMER SALE"]),
        ("CODE10\nCODE20\n", ["CODE10", "CODE20"]),
        # Shopify, WooCommerce, and what Excel makes of them.
        ('"Code","Times Used In Total"\n"SPRING-7Q2X",0\n"SPRING-9A1B",0\n', None),
        ("Code;Times Used In Total\nSPRING-7Q2X;0\nSPRING-9A1B;0\n", None),
        ("sep=;\nCode;Times Used In Total\nSPRING-7Q2X;0\nSPRING-9A1B;0\n", None),
        ("Code\tTimes Used In Total\nSPRING-7Q2X\t0\nSPRING-9A1B\t0\n", None),
        ("id,code,amount\n12,SPRING-7Q2X,5\n13,SPRING-9A1B,5\n", None),
        ("ID;Name;Gutscheincode;Wert\n1;Müller;SPRING-7Q2X;5,00\n2;x;SPRING-9A1B;5,50\n", None),
        ("E-mail,Voucher code\na@example.org,SPRING-7Q2X\nb@example.org,SPRING-9A1B\n", None),
        ("Coupon code\nSPRING-7Q2X\nSPRING-9A1B\n", None),
        ('"SPRING-7Q2X", 0\n"SPRING-9A1B", 0\n', None),
        ("1,SPRING-7Q2X\n2,SPRING-9A1B\n", None),
        ("SPRING-7Q2X,\nSPRING-9A1B,\n", None),
        # Several on a line.
        ("SPRING-7Q2X, SPRING-9A1B", None),
        ("SPRING-7Q2X;SPRING-9A1B\n", None),
        ("A-1;A-2;A-3\nA-4;A-5\n", ["A-1", "A-2", "A-3", "A-4", "A-5"]),
        ("A-1,A-2\nA-3,A-4\n", ["A-1", "A-2", "A-3", "A-4"]),
        # Quotes.
        ('"SAVE,10"\n"B""Q"""\n"C;1"\n', ["SAVE,10", 'B"Q"', "C;1"]),
        ('5" DISC\nB-2\n', ['5" DISC', "B-2"]),
        ('"A-1\nB-2\n', ['"A-1', "B-2"]),
        ('="0012"\n="0013"\n', ["0012", "0013"]),
        # The apostrophe that keeps a spreadsheet from calculating.
        ("'-10\n'+B1\n", ["-10", "+B1"]),
        ("'TIS\nD'-1\n", ["'TIS", "D'-1"]),
        # Spaces and marks that nobody sees.
        ("A\u00a0\u20091\u200b\nSAVE\u200c10\n", ["A 1", "SAVE\u200c10"]),
        ("A \u200b 1\x07\nB\u202e2\n", ["A 1", "B2"]),
    ],
)
def test_a_list_is_understood_without_a_word(text: str, codes: list[str] | None) -> None:
    assert read(text)[1] == (codes or ["SPRING-7Q2X", "SPRING-9A1B"], 0, [])


def test_codes_that_come_again_are_counted_and_the_same_in_other_letters_is_another() -> None:
    assert read("A-1\nA-1\n A-1\na-1")[1] == (["A-1", "a-1"], 2, [])


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("x" * 201, "201 characters"),
        ("B\ue000", "has unprintable characters"),
        ("SPR\ufffdNG", "was damaged"),
        ("1.23E+12", "shortened"),
        ("1,2E+12", "shortened"),
        ('"A\nB"', "more than one line"),
    ],
)
def test_what_can_be_no_code_is_left_out_with_its_line_and_why(cell: str, why: str) -> None:
    text = f"Code;n\nA-1;1\n{cell};2\nA-2;3\n"
    codes = read(text)[1]
    assert codes.new == ["A-1", "A-2"]
    [one] = codes.unusable
    assert one.line == 3
    assert why in one.why


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The list has no code"),
        (" \n\n", "The list has no code"),
        ("Code\n", "The list has no code"),
        ("x" * 201, "Line 1 is"),
        ("\n".join(str(n) for n in range(MAX_CODES + 1)), "expected at most 100000"),
        ("\n".join(["1," * 101 + "1"] * 2), "has 102 columns"),
    ],
)
def test_a_list_without_a_code_is_refused(text: str, said: str) -> None:
    with pytest.raises(CodesError, match=r"\.$|a code$") as caught:
        read(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("A-1\nA-2", True),
        ("Code;n\nA-1;1", True),
        ("Code;Promo code\nA-1;B-1", False),
        ("A-1;A-2", False),
        ("1;A-2\n2;A-3", False),
    ],
)
def test_what_is_only_guessed_is_known(text: str, certain: bool) -> None:
    assert table_in(text).certain is certain


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("Old", ["A-1", "A-2"]),
        ("new ", ["B-1", "B-2"]),
        ("2", ["B-1", "B-2"]),
        ("all", ["A-1", "B-1", "A-2", "B-2"]),
        ("lines", ["A-1;B-1", "A-2;B-2"]),
    ],
)
def test_where_the_codes_are_can_be_said(said: str, codes: list[str]) -> None:
    table = table_in("Old;New\nA-1;B-1\nA-2;B-2\n")
    assert table.heading
    assert codes_in(table, column_of(table, said), heading=True).new == codes


@pytest.mark.parametrize("said", ["", "0", "3", "None", "²"])
def test_a_column_that_is_not_there_is_refused_with_those_that_are(said: str) -> None:
    table = table_in("Old;New\nA-1;B-1\nA-2;B-2\n")
    with pytest.raises(CodesError, match="expected one of “Old”, “New”"):
        column_of(table, said)

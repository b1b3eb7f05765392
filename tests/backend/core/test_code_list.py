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
        # How a spreadsheet is told what separates, also where that line has become a row.
        ('"sep=;"\nCode;Uses\nSPRING-7Q2X;0\nSPRING-9A1B;0\n', None),
        ("sep=;;\nCode;Uses\nSPRING-7Q2X;0\nSPRING-9A1B;0\n", None),
        ("sep=\t\nCode\tUses\nSPRING-7Q2X\t0\nSPRING-9A1B\t0\n", None),
        ("SEP = ;\nCode;Uses\nSPRING-7Q2X;0\nSPRING-9A1B;0\n", None),
        ("sep=,\nCode;Uses\nSPRING-7Q2X;0\nSPRING-9A1B;0\n", None),
        # Lines that a spreadsheet has quoted, because it expected another separator.
        ('"Code,""Uses"""\n"SPRING-7Q2X,""0"""\n"SPRING-9A1B,""0"""\n', None),
        # Titles, comments, headings in two languages, and files that were joined.
        ("Spring sale 2026,\nCode,Uses\nSPRING-7Q2X,0\nSPRING-9A1B,0\n", None),
        ("Spring sale 2026\n\nCode;Uses\nSPRING-7Q2X;0\nSPRING-9A1B;0\n", None),
        ("Vouchers;;\nCode;Uses;Left\nSPRING-7Q2X;0;1\nSPRING-9A1B;0;1\n", None),
        ("Spring sale 2026\nCode\nSPRING-7Q2X\nSPRING-9A1B\n", None),
        ("# Made on 2026-01-02\nSPRING-7Q2X\nSPRING-9A1B\n", None),
        ("# Made on 2026-01-02\nCode\nSPRING-7Q2X\nSPRING-9A1B\n", None),
        ("Code;Uses\nGutscheincode;Nutzungen\nSPRING-7Q2X;0\nSPRING-9A1B;0\n", None),
        ("Code\nSPRING-7Q2X\nCode\nSPRING-9A1B\n", None),
        ("A-1\nA-2\nCode,Uses\n", ["A-1", "A-2", "Code", "Uses"]),
        # Several on a line.
        ("SPRING-7Q2X, SPRING-9A1B", None),
        ("SPRING-7Q2X;SPRING-9A1B\n", None),
        ("A-1;A-2;A-3\nA-4;A-5\n", ["A-1", "A-2", "A-3", "A-4", "A-5"]),
        ("SPRING-7Q2X SPRING-9A1B", None),
        ("SPRING-7Q2X\u00a0 SPRING-9A1B\nA-3 A-4\n", ["SPRING-7Q2X", "SPRING-9A1B", "A-3", "A-4"]),
        ("Code\nSPRING-7Q2X SPRING-9A1B\n", None),
        ("1234 5678\n1234 5679\n", ["1234 5678", "1234 5679"]),
        ("A-1 A-2\nSUMMER SALE\n", ["A-1 A-2", "SUMMER SALE"]),
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


@pytest.mark.parametrize(
    "heading",
    [
        *("Coupon Code", "discount_code", "My codes", "Code:", "Code #", "Code (unique)", "Codes"),
        *("Gutscheincode", "Gutschein-Nr.", "Gutscheinnummer", "Rabattcode", "Code promotionnel"),
        *("Codes de réduction", "Código de descuento", "Código do cupom", "Cupom", "Cupón"),
        *("Codice sconto", "Kortingscode", "Kod rabatowy", "İndirim kodu", "Kupon kodu"),
        *("クーポンコード", "割引コード", "رمز الخصم", "Промокод", "优惠码"),
        *("Rabattkod", "Serial no."),
    ],
)
def test_a_heading_is_known_in_the_languages_of_shops(heading: str) -> None:
    table = table_in(f"{heading}\nSPRING-7Q2X\nSUMMER\n")
    assert (table.heading, table.certain) == (True, True)
    table = table_in(f"Name;{heading}\nA;SPRING-7Q2X\nB;SUMMER\n")
    assert (table.column, table.certain) == (1, True)


@pytest.mark.parametrize("heading", ["Zip code", "Country code", "Código postal", "Coupon ID"])
def test_other_codes_are_not_taken_for_them(heading: str) -> None:
    table = table_in(f"{heading};Code\n12;A-1\n13;A-2\n")
    assert (table.column, table.certain) == (1, True)


def test_the_codes_own_column_goes_before_one_that_may_be_a_name() -> None:
    table = table_in("Coupon;Code\nSpring;A-1\nSpring;A-2\n")
    assert (table.column, table.certain) == (1, True)


@pytest.mark.parametrize("first", ["Numéro", "Discount", "Ankara’s list", "Código postal"])
def test_a_first_line_that_is_unlike_all_others_may_be_a_heading(first: str) -> None:
    table = table_in(f"{first}\nSPRING-7Q2X\nSPRING-9A1B\n")
    assert (table.heading, table.certain) == (True, False)


@pytest.mark.parametrize("text", ["WELCOME\nA1\nB2", "Ab\nAc1\nAd2", "No 1\nA1\nB2", "ab\nA1"])
def test_a_first_code_is_no_heading(text: str) -> None:
    table = table_in(text)
    assert (table.heading, table.certain) == (False, True)


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
        ("#NAME?", "error of a spreadsheet"),
        ("#NV", "error of a spreadsheet"),
        ("#####", "error of a spreadsheet"),
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
        ("Code,Times Used In Total\n", "The list has no code"),
        ('["A-1", "A-2"]', "The list is JSON"),
        ('[{"code": "A-1"},\n {"code": "A-2"}]\n', "The list is JSON"),
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
        ("A-1 A-2", False),
        ("A-1 A-2\nA-3", True),
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

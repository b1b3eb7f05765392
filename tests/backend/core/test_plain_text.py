"""Uploaded text files: their encodings, and what is no text."""

from __future__ import annotations

import pytest

from trk.core.plain_text import EncodingError, decoded


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_the_encodings_of_spreadsheets_are_recognised(encoding: str) -> None:
    text = "Gutscheincode;Wert\r\nGRÜN-7Q2X;5 €\rCRÈME-1;7\n"
    assert decoded(text.encode(encoding)) == "Gutscheincode;Wert\nGRÜN-7Q2X;5 €\nCRÈME-1;7\n"


@pytest.mark.parametrize("text", ["", "A", "é", "優惠", "コード-1"])
def test_utf_8_is_what_it_is(text: str) -> None:
    assert decoded(text.encode()) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("КУПОН-12", "cp1251"),
        ("купон-12", "cp1251"),
        ("КУПОН-12", "koi8-r"),
        ("İNDİRİM-1", "cp1254"),
        ("Zażółć-1", "cp1250"),
        ("ΚΩΔΙΚΟΣ-1", "cp1253"),
        ("קופון-1", "cp1255"),
        ("كود-1", "cp1256"),
        ("クーポン-1", "shift_jis"),
        ("クーポン-1", "euc-jp"),
        ("优惠券-1", "gbk"),
        ("쿠폰-12", "euc-kr"),
        ("GRÜN-1", "cp850"),
        ("GRÜN-1", "mac-roman"),
        ("grün-1", "mac-roman"),
        ("niño-1", "mac-roman"),
        ("ÖL-1", "mac-roman"),
        ("ÄRGER-1", "mac-roman"),
        ("AÑO-1", "mac-roman"),
        ("Spaß-1", "mac-roman"),
        ("café-1", "cp850"),
        ("Möbel-1", "cp850"),
        ("ÖL-1", "cp850"),
        ("ŽLUŤ-1", "iso8859-2"),
        ("ŠKODA-1", "iso8859-2"),
        ("春-1", "iso2022_jp"),
    ],
)
def test_what_would_only_look_like_windows_1252_is_refused(text: str, encoding: str) -> None:
    with pytest.raises(EncodingError, match=r"neither UTF-8 nor Windows-1252"):
        decoded(f"Code\nA-1\n{text}\n".encode(encoding))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("ΑΒ1\nΓ2\n", "cp1253"), ("א1\n", "cp1255"), ("ر1\n", "cp1256"), ("봄\n", "euc-kr")],
)
def test_a_short_file_is_not_western_by_chance(text: str, encoding: str) -> None:
    with pytest.raises(EncodingError, match=r"neither UTF-8 nor Windows-1252"):
        decoded(text.encode(encoding))


@pytest.mark.parametrize(
    "text",
    [
        "»ÉTÉ« 10 €; «NOËL» 5 £; ¡OFERTA! 3ª; N.º 2; ACME® Code; § 5; 1 m²; D’ANN; wait… it",
        "„GRÜN“ – 5 %; SUMMER–10; ½ price; © 2026 Acme™; x ± 1; 10 ¥; L’HAŸ-LES-ROSES",
    ],
)
def test_western_text_is_read_with_its_signs(text: str) -> None:
    assert decoded(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x05\x06" + bytes(18), "an empty zip file"),
        (b"7z\xbc\xaf\x27\x1c\x00", "a 7z file"),
        (b"Rar!\x1a\x07\x00", "a RAR file"),
        (b"\r\n<html xmlns:x='x'><table><tr><td>A-1</td></tr></table>", "This is HTML or XML"),
        (b'<?xml version="1.0"?>\n<Workbook/>', "This is HTML or XML"),
        (b"PK\x03\x04\x14\x00\x06\x00", "an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x1f\x8b\x08\x00", "a gzip file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"A-1\x00\x00\x00A-2", "not a text file"),
        (b"\xff\xfeA\x00\x00\xd8B", "starts like UTF-16 but"),
        (b"\xef\xbb\xbfA\xff", "starts like UTF-8 but"),
    ],
)
def test_what_is_no_text_is_refused_as_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(EncodingError, match=said):
        decoded(data)

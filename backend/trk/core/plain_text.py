"""Uploaded text files: which encoding they have, and why a file can't be read."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FORMATS = (
    (b"PK\x03\x04", "an Excel workbook or another zip file"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a rich text document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z file"),
    (b"Rar!\x1a\x07", "a RAR file"),
    (b"BZh91AY&SY", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
)
# Of Windows-1252, what western European texts have. In other encodings of one byte a character, or
# two, the same bytes turn into the rest of it, or stand where no such text has them. (Icelandic's
# own letters are left out: Turkish files have theirs in the same places.)
_LETTER = "À-ÏÑ-ÖØ-Üß-ïñ-öø-üÿŒœŸ"
_WESTERN = re.compile(f"[\t\n\r -~\xa0¡¢£¥§©ª«®°±²³·º»½¿{_LETTER}€‚„“”‘’–—…™]*")
_ANY = f"A-Za-z{_LETTER}"
_NO_WORD = re.compile(
    "|".join(
        (
            f"[{_LETTER}]{{3}}",
            f"[{_ANY}][¡¢£¥«±²³»½¿“”‘–—…‚]+[{_ANY}]",
            f"[{_ANY}][„‚§]|(?m:^[^»\n]*[{_ANY}]«)",  # what only begins something
            f"[®©™£¥€][{_ANY}]|…[A-Z{_LETTER}]",  # what only ends something
            "[a-zß-ÿ]Ÿ|(?<![\\w.])[ºª]",
        )
    )
)
_ACCENTED, _ASCII = re.compile(f"[{_LETTER}]"), re.compile("[A-Za-z]")
_MARKUP = re.compile(r"\s*<(!doctype|\?xml|html|head|meta|table|body)\b", re.IGNORECASE)
_OTHER = (
    "The file’s encoding is neither UTF-8 nor Windows-1252. Save it as “CSV UTF-8” and upload that."
)


class EncodingError(ValueError):
    """A file that is no text that can be read; the message says what it is or what was expected."""


def decoded(data: bytes) -> str:
    """The text of a file, without a byte order mark and with Unix line endings.

    UTF-8, UTF-16 and UTF-32 are read, and Windows-1252, in which spreadsheets of western Europe and
    America save. Nothing is ever replaced: raises EncodingError.
    """
    for start, name in _FORMATS:
        if data.startswith(start):
            raise EncodingError(
                f"This is {name}, not a text file. Save the list as CSV and upload that."
            )
    text = _text(data).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise EncodingError("This is not a text file. Save it as “CSV UTF-8” and upload that.")
    if "\x1b" in text:  # as Japanese e-mails have it: it switches between sets of characters
        raise EncodingError(_OTHER)
    if _MARKUP.match(text):  # what shops call an Excel file, often
        raise EncodingError(
            "This is HTML or XML, not a list. Open it in a spreadsheet, save it as CSV and upload "
            "that."
        )
    return text


def _text(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data, encoding)
    # Without a mark: each second byte of Latin text in UTF-16 is nothing.
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        nothing = data[start::2]
        if (
            len(data) > 3
            and nothing.count(0) > 0.7 * len(nothing)
            and 0 not in data[1 - start :: 2]
        ):
            return _strict(data, encoding)
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    western = data.decode("cp1252", "replace")
    foreign = len(_ACCENTED.findall(western)) > len(_ASCII.findall(western))
    if foreign or not _WESTERN.fullmatch(western) or _NO_WORD.search(western):
        raise EncodingError(_OTHER)
    return western


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        name = encoding.upper()[:6].rstrip("-")
        raise EncodingError(
            f"The file starts like {name} but isn’t. Save it as “CSV UTF-8” and upload that."
        ) from None

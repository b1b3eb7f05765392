"""Nothing that a visitor wrote steers a terminal, a console or a log."""

from __future__ import annotations

import json
import logging

import pytest

from trk.core.notes import quoted
from trk.core.printable import printable
from trk.journal import JSONLines, Lines

HOSTILE = {
    "C0": "\x00\x07\x08\x1b[31m\r",
    "DEL": "\x7f",
    "C1": "\x80\x85\x9b31m\x9d0;title\x9c",
    "bidirectional": "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "separators": "\u2028\u2029\xa0\u3000",
    "invisible": "\xad\u200b\u2060\ufeff\u180e",
    "tags": "\U000e0041\U000e007f",
    "private and unassigned": "\ue000\U0010ffff\u0378",
    "half a surrogate pair": "\ud800x\udc00",
}
FINE = "Purchase 17 €, İndirim, 日本語, 🙂 “quotes” & <b>"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_printable_is_escaped(text: str) -> None:
    assert printable(f"a{text}b").isprintable()
    assert printable(f"a{text}b").startswith("a\\u")
    assert json.loads(f'"{printable(text)}"') == text


def test_what_is_printable_stays() -> None:
    assert printable(FINE) == FINE
    assert printable("a\tb\nc\x85", "\t\n") == "a\tb\nc\\u0085"


@pytest.mark.parametrize("text", [*HOSTILE.values(), FINE])
def test_a_note_quotes_it_as_json_that_is_printable(text: str) -> None:
    assert quoted(text).isprintable()
    assert json.loads(quoted(text)) == text


@pytest.mark.parametrize("text", [each for each in HOSTILE.values() if "\ud800" not in each])
def test_the_log_has_none_of_it_in_either_form(text: str) -> None:
    record = logging.LogRecord("trk", logging.INFO, __file__, 1, "said %s", (f"a{text}b",), None)
    assert Lines().format(record).isprintable()
    line = JSONLines().format(record)
    assert line.isprintable()
    assert json.loads(line)["message"] == f"said a{text}b"

"""Searching lists for a text."""

from __future__ import annotations

from collections.abc import Sequence

from trk.store.pages import Condition

_TURKISH = ["İ", "ı"]
_MOST_CAPITALS = 15


def contains(columns: Sequence[str], text: str) -> Condition:
    """The condition that one of these columns has `text` in it, with capitals or without.

    `lower` may know only A to Z (in SQLite, and in PostgreSQL's locale C), so other capitals that
    could match are replaced one by one. SQLite allows calls to be nested only so deep: in a text of
    very many different letters the last ones match any letter.
    """
    small = [_small(letter) for letter in text]
    cases = _TURKISH if "i" in small else []
    cases = [*cases, *(case for letter in text for case in (letter, letter.upper()))]
    capitals = dict.fromkeys(c for c in cases if len(c) == 1 and c > "\x7f" and _small(c) != c)
    made_small = list(capitals)[:_MOST_CAPITALS]
    # All columns in one text, between line feeds: a call takes no longer for three than for one.
    seen = " || '\n' || ".join(f"COALESCE({column}, '')" for column in columns)
    for capital in made_small:
        seen = f"replace({seen}, '{capital}', '{_small(capital)}')"
    for n, letter in enumerate(small):
        if letter in "\\%_":
            small[n] = f"\\{letter}"
        elif letter.upper() in capitals and letter.upper() not in made_small:
            small[n] = "_"
    return f"lower({seen}) LIKE CAST(? AS TEXT) ESCAPE '\\'", f"%{''.join(small)}%"


def _small(letter: str) -> str:
    """A letter in lower case; the Turkish ones are all i."""
    return "i" if letter in _TURKISH else letter.lower()

"""Searching lists for a text."""

from __future__ import annotations

from collections.abc import Sequence

from trk.store.pages import Condition

_TURKISH = ["İ", "ı"]
_MOST_CAPITALS = 15


def contains(columns: Sequence[str], text: str) -> Condition:
    """The condition that one of these columns has `text` in it, with capitals or without.

    `lower` may know only those from A to Z (in SQLite, in PostgreSQL's locale C), so the others
    that could match the text are made small by themselves. In a text of very many different
    letters the last ones stand for any: SQLite takes only so many calls within each other.
    """
    small = [_small(letter) for letter in text]
    cases = _TURKISH if "i" in small else []
    cases = [*cases, *(case for letter in text for case in (letter, letter.upper()))]
    capitals = dict.fromkeys(c for c in cases if len(c) == 1 and c > "\x7f" and _small(c) != c)
    made_small = list(capitals)[:_MOST_CAPITALS]
    # All columns at once, between line feeds: each call takes as long for three as for one.
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
    """A letter without regard to capitals; i is each of the Turkish ones, too."""
    return "i" if letter in _TURKISH else letter.lower()

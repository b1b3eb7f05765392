"""Lists of codes as shops and spreadsheets write them: what is in a text, and what are its codes.

Nothing is taken silently: `table_in` says how a text is understood, and whoever uploaded it may say
that it is meant otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

import msgspec

from trk.core.code_headings import (
    MOST_ABOVE,
    is_unlike,
    lines_above,
    says_code,
    says_voucher,
    words_above_digits,
)
from trk.core.names import clean
from trk.core.rejection import shown
from trk.core.separated import Row, rows_in, unfolded

MAX_CODE = 200
"""The most characters of a code."""
MAX_CODES = 100_000
"""The most codes of one list."""
MOST_COLUMNS = 100

Column = int | Literal["all", "lines", "words"]
"""Where the codes are: in the column with this number (from 0), in all cells, each line is one, or
each word."""

_SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_SHEET_ERROR = re.compile(r"#(N/?[AV]|[A-Z]{2,}[!?]|DIV/0!)|#{3,}")
_FORMULA = re.compile(r'="(.*)"')
_GUARD = re.compile(r"(^|[,;\t]\s*)'(?=[=+\-@＝＋－＠﹦﹢﹣﹫])")


class CodesError(ValueError):
    """A list of codes that can't be used; the message says what is wrong and what was expected."""


class Table(NamedTuple):
    """A text as a table, and how it seems to be meant.

    `heading`: the first rows are no codes but say what the columns are; `rows` are all rows, those
    too, and `above` says how many they are. `certain`: there is one column only, which nothing
    else could be above, or a heading that says which has the codes.
    """

    rows: list[Row]
    columns: int
    heading: bool
    column: Column
    certain: bool
    above: int = 1

    @property
    def has_spaces(self) -> bool:
        """Is there one column only, in which a line may have several codes?"""
        return self.columns == 1 and any(" " in _clean(row.cells[0]) for row in self.rows)

    def name_of(self, column: int) -> str:
        """What a column is called."""
        cells = self.rows[self.above - 1].cells if self.heading else []
        name = _clean(cells[column]) if column < len(cells) else ""
        return name[:60] or f"Column {column + 1}"

    def sample(self, column: int, most: int = 3) -> list[str]:
        """The first cells of a column that are not empty, for showing."""
        cells = (_clean(_cell(row, column)) for row in below(self, self.heading)[:50])
        return [cell[:40] for cell in islice(filter(None, cells), most)]


class Unusable(NamedTuple):
    """A cell that can be no code: its line, the beginning of it, and why."""

    line: int
    text: str
    why: str


class Codes(NamedTuple):
    """What a list gives: its codes, each once and in order; how many came again; the rest."""

    new: list[str]
    repeated: int
    unusable: list[Unusable]


def table_in(text: str) -> Table:
    """Read a text as a table of cells that a tab, a semicolon, a comma or a bar separates.

    Raises CodesError if there is nothing in it.
    """
    rows = rows_in(text)
    if not rows:
        raise CodesError("The list has no codes; expected one per line.")
    if _is_json(text):
        raise CodesError("The list is JSON; expected one code per line, or CSV.")
    columns = max(len(row.cells) for row in rows)
    if columns > MOST_COLUMNS and len(rows) > 1:
        raise CodesError(f"The list has {columns} columns; expected at most {MOST_COLUMNS}.")
    for table in map(_meant, unfolded(rows)):
        if table.certain:
            return table
    return _meant(rows)


def below(table: Table, heading: bool) -> list[Row]:
    """The rows below the heading, if there is one; it may come again where files were joined."""
    if not heading:
        return table.rows
    again = table.rows[table.above - 1].cells
    return [row for row in table.rows[table.above :] if row.cells != again]


def codes_in(table: Table, column: Column, *, heading: bool) -> Codes:
    """The codes of a table. Raises CodesError if there is none, or more than MAX_CODES."""
    codes: dict[str, None] = {}
    repeated, unusable = 0, []
    for line, cell in _cells(below(table, heading), column):
        code = _clean(cell)
        if not code:
            continue
        why = _fault(code, cell)
        if why:
            unusable.append(Unusable(line, shown(code, 40), why))
        elif code in codes:
            repeated += 1
        else:
            codes[code] = None
    if len(codes) > MAX_CODES:
        raise CodesError(
            f"The list has {len(codes)} codes; expected at most {MAX_CODES}. Upload it in parts."
        )
    if not codes and unusable:
        line, text, why = unusable[0]
        raise CodesError(f"Line {line} is {text}, which {why}; expected a code.")
    if not codes:
        raise CodesError("The list has no codes; expected one per line.")
    return Codes(list(codes), repeated, unusable)


def column_of(table: Table, said: str) -> Column:
    """The column that somebody names, by its heading or its number from 1, or "all", "lines" or
    "words".

    Raises CodesError.
    """
    ways: dict[str, Column] = {"all": "all", "lines": "lines", "words": "words"}
    if said in ways:
        return ways[said]
    names = [table.name_of(n).casefold() for n in range(table.columns)]
    if said.strip().casefold() in names:
        return names.index(said.strip().casefold())
    if said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= table.columns:
        return int(said) - 1
    raise CodesError(
        f"column is {shown(said)}; expected one of {_listed(table)}, its number, “all”, “lines” or "
        "“words”."
    )


def _listed(table: Table) -> str:
    return ", ".join(f"“{table.name_of(n)}”" for n in range(table.columns))


def _meant(rows: list[Row]) -> Table:
    """How these rows seem to be meant."""
    columns = max(len(row.cells) for row in rows)
    begin = [[_clean(cell) for cell in row.cells] for row in rows[: 2 * MOST_ABOVE]]
    above = lines_above(begin)
    if columns == 1:
        guessed = not above and is_unlike(begin[0][0], [_clean(row.cells[0]) for row in rows[1:]])
        heading = above > 0 or guessed
        several = all(_has_several(row.cells[0]) for row in rows[int(guessed) or above :])
        column: Column = "words" if several else 0
        return Table(rows, columns, heading, column, not guessed and not several, max(above, 1))
    for says in (says_code, says_voucher) if above else ():
        named = [n for n, cell in enumerate(begin[above - 1]) if says(cell)]
        if named:
            return Table(rows, columns, True, named[0], len(named) == 1, above)
    if not above and words_above_digits([*begin[:1], *(row.cells for row in rows[1:])]):
        above = 1
    column = _column(rows, columns, above)
    return Table(rows, columns, above > 0, column, certain=False, above=max(above, 1))


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("[", "{")) or '"' not in text:
        return False
    try:
        msgspec.json.decode(text)
    except ValueError:
        return False
    return True


def _column(rows: Sequence[Row], columns: int, above: int) -> Column:
    """Where the codes seem to be, if no heading says it."""
    rows = rows[above:]
    if not above and (len({len(row.cells) for row in rows}) > 1 or len(rows) == 1):
        return "all"  # several on a line
    filled = [[_clean(_cell(row, n)) for row in rows] for n in range(columns)]
    shapes = [{_shape(cell) for cell in cells if cell} for cells in filled]
    if not above and all(shape == shapes[0] and len(shape) == 1 for shape in shapes):
        everything = [cell for cells in filled for cell in cells]
        if len(set(everything)) == len(everything):
            return "all"
    return max(range(columns), key=lambda n: (_coded(filled[n]), -n))


def _has_several(line: str) -> bool:
    """Has a line several words, which all look like a code?"""
    words = _clean(line).split()
    return len(words) > 1 and all(
        any(c.isalpha() for c in word) and any(c.isdigit() for c in word) for word in words
    )


def _shape(cell: str) -> str:
    """What a code looks like: its letters and digits are told apart, nothing else."""
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in cell)


def _coded(cells: Sequence[str]) -> tuple[int, int]:
    """How much a column looks like codes: how many differ, and how many have letters."""
    return len(set(filter(None, cells))), sum(any(c.isalpha() for c in cell) for cell in cells)


def _cell(row: Row, column: int) -> str:
    return row.cells[column] if column < len(row.cells) else ""


def _cells(rows: Iterable[Row], column: Column) -> Iterator[tuple[int, str]]:
    for row in rows:
        if column == "lines":
            yield row.line, row.text
        elif column == "words":
            for word in _clean(row.text).split():
                yield row.line, word
        elif column == "all":
            for cell in row.cells:
                yield row.line, cell
        else:
            yield row.line, _cell(row, column)


def _clean(cell: str) -> str:
    """What a cell says, without what nobody sees."""
    formula = _FORMULA.fullmatch(cell.strip())  # how spreadsheets keep leading zeros
    # An apostrophe keeps spreadsheets from calculating; the files that we make have it, too.
    return _GUARD.sub(r"\1", clean(formula[1] if formula else cell))


def _fault(code: str, cell: str) -> str | None:
    """Why a cell can be no code, or None."""
    if len(code) > MAX_CODE:
        return f"has {len(code)} characters, more than {MAX_CODE}"
    if "\n" in cell.strip():
        return "has more than one line"
    if "\ufffd" in code:
        return "was damaged by being saved in another encoding"
    if not all(c.isprintable() or c in "\u200c\u200d" for c in code):
        return "has unprintable characters"
    if _SHORTENED.fullmatch(code):
        return "is a number that a spreadsheet shortened"
    if _SHEET_ERROR.fullmatch(code):
        return "is an error of a spreadsheet"
    return None

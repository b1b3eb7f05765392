"""Lists of codes as shops and spreadsheets write them: what is in a text, and what are its codes.

Nothing is taken silently: `table_in` says how a text is understood, and whoever uploaded it may say
that it is meant otherwise.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from trk.core.names import clean
from trk.core.rejection import shown

MAX_CODE = 200
"""The most characters of a code."""
MAX_CODES = 100_000
"""The most codes of one list."""
MOST_COLUMNS = 100

Column = int | Literal["all", "lines"]
"""Where the codes are: in the column with this number (from 0), in all cells, or each line is
one."""

_DELIMITERS = ("\t", ";", ",", "|")
_CODE_HEADINGS = re.compile(
    r"(discount|coupon|promo(tion)?|voucher|gift ?card|reward|unique|gutschein|rabatt|aktions)?"
    r"[ _-]*(codes?|coupons?|vouchers?|gutscheine?|código|codigo|codice|kod|kode|codici|códigos)"
    r"|c[oó]d(igo|ice)?[ _-]+.*|code[ _-]+(promo|de réduction|name|value)|クーポン(コード)?|コード",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W\d_]+([ _-][^\W\d_]+)*")
_SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_FORMULA = re.compile(r'="(.*)"')
_GUARD = re.compile(r"(^|[,;\t]\s*)'(?=[=+\-@＝＋－＠﹦﹢﹣﹫])")


class CodesError(ValueError):
    """A list of codes that can't be used; the message says what is wrong and what was expected."""


class Row(NamedTuple):
    """A line of a list: its number, its text, and its cells."""

    line: int
    text: str
    cells: list[str]


class Table(NamedTuple):
    """A text as a table, and how it seems to be meant.

    `heading`: the first row is no code but says what the columns are; `rows` are all rows, that one
    too. `certain`: there is one column only, or a heading that says which has the codes.
    """

    rows: list[Row]
    columns: int
    heading: bool
    column: Column
    certain: bool

    def name_of(self, column: int) -> str:
        """What a column is called."""
        cells = self.rows[0].cells if self.heading and self.rows else []
        name = _clean(cells[column]) if column < len(cells) else ""
        return name[:60] or f"Column {column + 1}"

    def sample(self, column: int, most: int = 3) -> list[str]:
        """The first cells of a column that are not empty, for showing."""
        cells = (_clean(_cell(row, column)) for row in self.rows[int(self.heading) : 50])
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
    lines = text.removeprefix("\ufeff").splitlines()
    said = re.fullmatch(r"sep=(.)", lines[0].strip(), re.IGNORECASE) if lines else None
    first = 1
    if said:  # how a spreadsheet is told what separates
        lines, first = lines[1:], 2
    text = "\n".join(lines)
    if not text.strip():
        raise CodesError("The list has no codes; expected one per line.")
    best = [Row(n, line, [line]) for n, line in enumerate(lines, first) if line.strip()]
    delimiters = [said[1]] if said else [d for d in _DELIMITERS if d in text]
    found = [rows for d in delimiters if (rows := _rows(text, d, first))]
    found = [rows for rows in found if any(row.cells != [row.text] for row in rows)]
    if found:
        best = max(found, key=_likely)
    columns = max(len(row.cells) for row in best)
    if columns > MOST_COLUMNS and len(best) > 1:
        raise CodesError(f"The list has {columns} columns; expected at most {MOST_COLUMNS}.")
    heading = _is_heading(best)
    named = [n for n, cell in enumerate(best[0].cells) if _CODE_HEADINGS.fullmatch(_clean(cell))]
    if columns == 1:
        return Table(best, columns, heading, 0, certain=True)
    if heading and named:
        return Table(best, columns, heading, named[0], certain=len(named) == 1)
    return Table(best, columns, heading, _column(best, columns, heading), certain=False)


def codes_in(table: Table, column: Column, *, heading: bool) -> Codes:
    """The codes of a table. Raises CodesError if there is none, or more than MAX_CODES."""
    codes: dict[str, None] = {}
    repeated, unusable = 0, []
    for line, cell in _cells(table.rows[1:] if heading else table.rows, column):
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
    """The column that somebody names, by its heading or its number from 1, or "all" or "lines".

    Raises CodesError.
    """
    if said in ("all", "lines"):
        return "all" if said == "all" else "lines"
    names = [table.name_of(n).casefold() for n in range(table.columns)]
    if said.strip().casefold() in names:
        return names.index(said.strip().casefold())
    if said.isascii() and said.isdigit() and 1 <= int(said[:9]) <= table.columns:
        return int(said) - 1
    raise CodesError(
        f"column is {shown(said)}; expected one of {_listed(table)}, its number, “all” or “lines”."
    )


def _listed(table: Table) -> str:
    return ", ".join(f"“{table.name_of(n)}”" for n in range(table.columns))


def _rows(text: str, delimiter: str, first: int) -> list[Row]:
    """The rows that are not empty; quotes that do not match are characters like others."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        reader = csv.reader(
            io.StringIO(text), delimiter=delimiter, quoting=quoting, strict=True,
            skipinitialspace=True,
        )  # fmt: skip
        rows, begun = [], 0
        lines = text.split("\n")
        try:
            for cells in reader:
                while cells and not cells[-1].strip():
                    cells.pop()
                if cells:
                    rows.append(
                        Row(first + begun, "\n".join(lines[begun : reader.line_num]), cells)
                    )
                begun = reader.line_num
        except csv.Error:
            continue
        return rows
    return []


def _likely(rows: Sequence[Row]) -> tuple[bool, float]:
    """How likely it is that this is what separates the cells: all rows have as many, or most have
    several."""
    widths = Counter(len(row.cells) for row in rows)
    several = sum(n for width, n in widths.items() if width > 1)
    return len(widths) == 1 and several > 0, several / len(rows)


def _is_heading(rows: Sequence[Row]) -> bool:
    """Does the first row say what the columns are?"""
    cells = [_clean(cell) for cell in rows[0].cells]
    if any(_CODE_HEADINGS.fullmatch(cell) for cell in cells):
        return len(rows) > 1 or len(cells) == 1
    if len(rows) < 3 or len(cells) < 2 or not all(_WORDS.fullmatch(cell) for cell in cells):
        return False
    # Words above cells that have digits throughout.
    return any(
        all(any(c.isdigit() for c in _cell(row, n)) for row in rows[1:]) for n in range(len(cells))
    )


def _column(rows: Sequence[Row], columns: int, heading: bool) -> Column:
    """Where the codes seem to be, if no heading says it."""
    below = rows[1:] if heading else rows
    if not heading and (len({len(row.cells) for row in below}) > 1 or len(below) == 1):
        return "all"  # several on a line
    filled = [[_clean(_cell(row, n)) for row in below] for n in range(columns)]
    shapes = [{_shape(cell) for cell in cells if cell} for cells in filled]
    if not heading and all(shape == shapes[0] and len(shape) == 1 for shape in shapes):
        everything = [cell for cells in filled for cell in cells]
        if len(set(everything)) == len(everything):
            return "all"
    return max(range(columns), key=lambda n: (_coded(filled[n]), -n))


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
    return None

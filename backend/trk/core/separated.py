"""Text as rows of cells, as spreadsheets and shops separate them: each has a way of its own."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

_DELIMITERS = ("\t", ";", ",", "|")
_SEPARATOR = re.compile(r' *"? *sep *= *([\t;,|:~^/])"?[\s;,|]*', re.IGNORECASE)
"""How a spreadsheet is told what separates, in the first line, which may have become a row."""


class Row(NamedTuple):
    """A line of a list: its number, its text, and its cells."""

    line: int
    text: str
    cells: list[str]


def rows_in(text: str) -> list[Row]:
    """The rows of a text that are not empty; one that nothing separates has one cell a line."""
    lines = text.removeprefix("\ufeff").splitlines()
    said = _SEPARATOR.fullmatch(lines[0]) if lines and len(lines[0]) < 100 else None
    first = 1
    if said:
        lines, first = lines[1:], 2
    text = "\n".join(lines)
    delimiters = [said[1]] if said and said[1] in text else [d for d in _DELIMITERS if d in text]
    found = [rows for d in delimiters if (rows := _separated(text, d, first))]
    found = [rows for rows in found if any(row.cells != [row.text] for row in rows)]
    if found:
        return max(found, key=_likely)
    return [Row(n, line, [line]) for n, line in enumerate(lines, first) if line.strip()]


def unfolded(rows: Sequence[Row]) -> list[list[Row]]:
    """The same rows where each is one cell that is a row itself, in each way in which the cells may
    be separated: a spreadsheet that expects another separator than a shop has quotes whole lines.
    """
    if any(len(row.cells) > 1 for row in rows) or not rows[0].text.lstrip().startswith('"'):
        return []
    found = []
    for delimiter in (d for d in _DELIMITERS if d in rows[0].cells[0]):
        inner = [(row, _separated(row.cells[0], delimiter, 1)) for row in rows]
        if all(len(cells) == 1 for _, cells in inner) and len(inner[0][1][0].cells) > 1:
            found.append([row._replace(cells=cells[0].cells) for row, cells in inner])
    return found


def _separated(text: str, delimiter: str, first: int) -> list[Row]:
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

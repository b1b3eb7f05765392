"""Exports: a campaign's list as CSV, part by part.

For spreadsheets and programs. It begins with a byte order mark, without which spreadsheets take
UTF-8 for something else; programs read it as `utf-8-sig`. A cell that a spreadsheet would take for
a formula gets an apostrophe. What entrants answered to the fields of the form has a column for each
field, with its label, behind all others.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from trk.core.campaign import Campaign
from trk.core.field import FieldAnswer, FormField, plain
from trk.services.audit import note
from trk.services.downloads import Download
from trk.services.rows import shown_row
from trk.store import fields
from trk.store.database import Database
from trk.store.pages import Listing, Page, Span
from trk.store.program import Transaction

R = TypeVar("R")
PAGE = 1_000
"""How many rows are read and sent together."""
_FORMULA = frozenset("=+-@")
_BREAKS = ("\t", "\r", "\n")
# Only from the start of a gap, and without going back: twice the text takes twice the time.
_CUT = re.compile(r'(?<![\s",;])((?:[^\S\t\r\n]|")*+[,;\t\r\n][\s",;]*+)([=+\-@＝＋－＠﹦﹢﹣﹫])')


async def csv_lines(
    database: Database,
    campaign: Campaign,
    span: Span,
    listing: Listing[R],
    read: Callable[[Transaction, Campaign, Span], Coroutine[Any, Any, Page[R]]],
    watch: Download | None = None,
    separator: str = ",",
    make: Callable[[Any], str] | None = None,
) -> AsyncIterator[str]:
    """The rows that `read` gives of `span`, as the lines of a file, part by part; `make` makes the
    cells (`cell`, if none is given)."""
    make = make or cell
    try:
        await database.write(note, "exported", "list", about=listing.table, campaign=campaign)
        asked = await database.read(fields.of_campaign, campaign)
        asked = asked if "answers" in listing.names else []
        names = [name for name in listing.names if name != "answers"]
        heads = [make(name) for name in (*names, *labels(asked, names))]
        yield "\ufeff" + _csv([heads], separator)
        while True:
            page = await database.read(read, campaign, span)
            if page.rows:
                # What visitors sent may be long: in a thread, so that beacons do not wait for it.
                yield await asyncio.to_thread(_part, page.rows, asked, make, separator)
            if watch is not None:
                watch.reached(len(page.rows), page.next)
            if page.next is None:
                return
            span = Span(page.next, span.limit, since=span.since, until=span.until)
    finally:
        if watch is not None:
            watch.ended()


def _part(
    rows: Iterable[Any], asked: Sequence[FormField], make: Callable[[Any], str], separator: str
) -> str:
    return _csv([_cells(shown_row(row), asked, make) for row in rows], separator)


def _cells(
    shown: dict[str, Any], asked: Sequence[FormField], make: Callable[[Any], str]
) -> list[str]:
    answers = in_columns(shown.pop("answers", ()), asked)
    return [make(value) for value in (*shown.values(), *answers)]


def labels(asked: Iterable[FormField], others: Iterable[str] = ()) -> list[str]:
    """What the columns of these fields are called: by their labels, and no two by the same name."""
    taken, found = set(others), []
    for each in asked:
        label = plain(each.label)
        while label in taken:
            label = f"{label} ({each.name})"
        taken.add(label)
        found.append(label)
    return found


def in_columns(answers: Iterable[FieldAnswer], asked: Iterable[FormField]) -> list[str]:
    """What was answered to each of these fields; nothing if it was not."""
    by_field = {answer.field: answer.value for answer in answers}
    return [by_field.get(each.id, "") for each in asked]


def csv_of(rows: Iterable[Iterable[Any]], make: Callable[[Any], str] | None = None) -> str:
    """A whole list, its first row the columns' names, as the lines of a file; `make` makes the
    cells (`cell`, if none is given)."""
    make = make or cell
    return "\ufeff" + _csv([[make(value) for value in row] for row in rows])


def cell(value: Any) -> str:
    """A value as it stands in a cell. What visitors sent must not become a formula there."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and _may_be_a_formula(text) else text


def person_cell(value: Any) -> str:
    """The same for a file that a person opens, perhaps with another separator than it has: a text
    is no formula then either where such a separator cuts it, quoted or not."""
    text = cell(value)
    return _CUT.sub(r"\1'\2", text) if isinstance(value, str) else text


def _may_be_a_formula(text: str) -> bool:
    """Would some spreadsheet calculate it? Some skip white space, and some take a full-width sign
    for the plain one."""
    start = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return start in _FORMULA or text.startswith(_BREAKS)


def _csv(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows(rows)
    return written.getvalue()

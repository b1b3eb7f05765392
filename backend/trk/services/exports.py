"""Exports: a campaign's list as CSV, part by part.

For spreadsheets and programs. It begins with a byte order mark, without which spreadsheets take
UTF-8 for something else; programs read it as `utf-8-sig`. A cell that a spreadsheet would take for
a formula gets an apostrophe. What entrants answered to the fields of the form has a column for each
field, with its label, behind all others.
"""

from __future__ import annotations

import csv
import io
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


async def csv_lines(
    database: Database,
    campaign: Campaign,
    span: Span,
    listing: Listing[R],
    read: Callable[[Transaction, Campaign, Span], Coroutine[Any, Any, Page[R]]],
    watch: Download | None = None,
) -> AsyncIterator[str]:
    """The rows that `read` gives of `span`, as the lines of a file, part by part."""
    try:
        await database.write(note, "exported", "list", about=listing.table, campaign=campaign)
        asked = await database.read(fields.of_campaign, campaign)
        asked = asked if "answers" in listing.names else []
        names = [name for name in listing.names if name != "answers"]
        yield csv_of([[*names, *labels(asked, names)]])
        while True:
            page = await database.read(read, campaign, span)
            if page.rows:
                yield _csv([_cells(shown_row(row), asked) for row in page.rows])
            if watch is not None:
                watch.reached(len(page.rows), page.next)
            if page.next is None:
                return
            span = Span(page.next, span.limit, since=span.since, until=span.until)
    finally:
        if watch is not None:
            watch.ended()


def _cells(shown: dict[str, Any], asked: Sequence[FormField]) -> list[str]:
    answers = in_columns(shown.pop("answers", ()), asked)
    return [cell(value) for value in (*shown.values(), *answers)]


def labels(asked: Iterable[FormField], others: Iterable[str] = ()) -> list[str]:
    """What the columns of these fields are called: by their labels, and no two by the same name."""
    names: dict[str, None] = dict.fromkeys(others)
    found = []
    for each in asked:
        label = plain(each.label)
        found.append(label if label not in names else f"{label} ({each.name})")
        names[label] = None
    return found


def in_columns(answers: Iterable[FieldAnswer], asked: Iterable[FormField]) -> list[str]:
    """What was answered to each of these fields; nothing if it was not."""
    by_field = {answer.field: answer.value for answer in answers}
    return [by_field.get(each.id, "") for each in asked]


def csv_of(rows: Iterable[Iterable[Any]]) -> str:
    """A whole list, its first row the columns' names, as the lines of a file."""
    return "\ufeff" + _csv([[cell(value) for value in row] for row in rows])


def cell(value: Any) -> str:
    """A value as it stands in a cell. What visitors sent must not become a formula there."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and _may_be_a_formula(text) else text


def _may_be_a_formula(text: str) -> bool:
    """Would some spreadsheet calculate it? Some skip white space, and some take a full-width sign
    for the plain one."""
    start = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return start in _FORMULA or text.startswith(_BREAKS)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()

"""Lists of a campaign, read page by page, as fast with ten million rows as with a thousand.

A page begins behind the last row of the one before, by the index (campaign, id). A filter is
applied to a bounded number of rows, so a page of what is rare may be short, or empty, and yet have
a next one: every page costs about the same, and no list needs an index for each of its filters,
which every beacon would pay for. Ids rise with time, so the first id of an instant is found by
halving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from trk.store.program import Row, Transaction, number

R = TypeVar("R")

MOST_ROWS = 20_000
"""How many rows a filter is applied to, for one page."""
_SLACK = 120_000
"""How much later than its time a row may have got its id, in milliseconds: transactions overlap,
and clocks are adjusted."""
_LAST = 2**62


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a list: at most `limit` rows after the one with the id `after`, only those of
    the time from `since` until before `until` (ms)."""

    after: int | None = None
    limit: int = 100
    newest_first: bool = False
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A page's rows, and the id after which the next page begins; None after the last."""

    rows: list[R]
    next: int | None


class Owning(Protocol):
    """What has a list: usually a campaign."""

    @property
    def id(self) -> int: ...


class AllCampaigns(NamedTuple):
    """The server, as what has the lists of all campaigns together; they are `of` its id."""

    id: int = 0


class Listing(NamedTuple, Generic[R]):
    """A list: the data class of its rows, and its SQL. That is its table, which stands as `u`, the
    column of its time, what is selected for those fields that are no column of the table, the joins
    that need, and the column that has the id of what the list is `of`."""

    kind: type[R]
    table: str
    time: str
    selected: Mapping[str, str] = MappingProxyType({})
    joins: str = ""
    of: str = "campaign_id"

    @property
    def names(self) -> list[str]:
        """The names of a row's fields."""
        return [each.name for each in fields(self.kind)]  # type: ignore[arg-type]

    @property
    def columns(self) -> str:
        """SQL: a row's fields."""
        return ", ".join(f"{self.selected.get(name, f'u.{name}')} AS {name}" for name in self.names)


Condition = tuple[str, Any]
"""A condition with `?` where its one argument stands, and that argument."""


async def page(
    tx: Transaction,
    listing: Listing[R],
    whose: Owning,
    span: Span,
    conditions: Sequence[Condition] = (),
    make: Callable[..., R] | None = None,
) -> Page[R]:
    """The page of a list that `span` and `conditions` ask for; `make`, if it is given, makes the
    rows of their fields."""
    make = make or listing.kind
    low, high = await ids_between(tx, listing, whose, span.since, span.until)
    if span.after is not None:
        low, high = (
            (low, min(high, span.after)) if span.newest_first else (max(low, span.after + 1), high)
        )
    conditions = [
        *conditions,
        *([(f"u.{listing.time} >= ?", span.since)] if span.since is not None else []),
        *([(f"u.{listing.time} < ?", span.until)] if span.until is not None else []),
    ]
    found: list[Row] = []
    left = MOST_ROWS if conditions else span.limit + 1
    size = min(left, max(2 * span.limit, 250)) if conditions else left
    while True:
        wanted = span.limit + 1 - len(found)
        found += await _rows(tx, listing, whose, (low, high, size, wanted), span, conditions)
        if len(found) > span.limit:
            rows = found[: span.limit]
            return Page([make(**row) for row in rows], rows[-1]["id"])
        [end] = await _end(tx, listing, whose, (low, high, size), span)
        left -= size
        if end["seen"] < size:
            return Page([make(**row) for row in found], None)
        if left <= 0:
            return Page([make(**row) for row in found], end["id"])
        low, high = (low, end["id"]) if span.newest_first else (end["id"] + 1, high)
        size = min(4 * size, left)


async def count(tx: Transaction, listing: Listing[Any], whose: Owning, low: int, high: int) -> int:
    """How many rows a list has with ids from `low` until before `high`."""
    return await number(
        tx,
        f"SELECT COUNT(*) AS n FROM {listing.table} WHERE {listing.of} = $1 AND id >= $2 "
        "AND id < $3",
        whose.id,
        low,
        high,
    )


async def ids_between(
    tx: Transaction, listing: Listing[Any], whose: Owning, since: int | None, until: int | None
) -> tuple[int, int]:
    """Ids (first, behind the last) between which all rows of a time are, and few others."""
    low = 0 if since is None else (await _first_at(tx, listing, whose, since - _SLACK))
    high = _LAST if until is None else (await _first_at(tx, listing, whose, until + _SLACK))
    return low, high


async def ends(tx: Transaction, listing: Listing[Any], whose: Owning) -> tuple[int, int]:
    """The first id of a list, and the one behind its last; 0 and 1 where it is empty."""
    [found] = await tx.fetch(
        f"SELECT (SELECT id FROM {listing.table} WHERE {listing.of} = $1 ORDER BY id LIMIT 1) "
        f"AS low, (SELECT id FROM {listing.table} WHERE {listing.of} = $1 "
        "ORDER BY id DESC LIMIT 1) AS high",
        whose.id,
    )
    return found["low"] or 0, (found["high"] or 0) + 1


async def _first_at(tx: Transaction, listing: Listing[Any], whose: Owning, instant: int) -> int:
    """The first id at or after an instant (ms): some 25 looks into the index."""
    low, high = await ends(tx, listing, whose)
    while low < high:
        middle = (low + high) // 2
        sql = (
            f"SELECT id, {listing.time} AS at FROM {listing.table} "
            f"WHERE {listing.of} = $1 AND id >= $2 ORDER BY id LIMIT 1"
        )
        rows = await tx.fetch(sql, whose.id, middle)
        if rows and rows[0]["at"] < instant:
            low = rows[0]["id"] + 1
        else:
            high = middle
    return low


async def _rows(
    tx: Transaction,
    listing: Listing[Any],
    whose: Owning,
    part: tuple[int, int, int, int],
    span: Span,
    conditions: Sequence[Condition],
) -> list[Row]:
    direction = "DESC" if span.newest_first else "ASC"
    tests = [test.replace("?", f"${n}") for n, (test, _) in enumerate(conditions, start=6)]
    where = f"WHERE {' AND '.join(tests)} " if tests else ""
    sql = (
        f"SELECT {listing.columns} FROM (SELECT * FROM {listing.table} WHERE {listing.of} = $1 "
        f"AND id >= $2 AND id < $3 ORDER BY id {direction} LIMIT $4) AS u {listing.joins} "
        f"{where}ORDER BY u.id {direction} LIMIT $5"
    )
    return await tx.fetch(sql, whose.id, *part, *(value for _, value in conditions))


async def _end(
    tx: Transaction, listing: Listing[Any], whose: Owning, part: tuple[int, int, int], span: Span
) -> list[Row]:
    direction, last = ("DESC", "MIN") if span.newest_first else ("ASC", "MAX")
    sql = (
        f"SELECT {last}(w.id) AS id, COUNT(*) AS seen FROM (SELECT id FROM {listing.table} "
        f"WHERE {listing.of} = $1 AND id >= $2 AND id < $3 ORDER BY id {direction} LIMIT $4) AS w"
    )
    return await tx.fetch(sql, whose.id, *part)


def equals(column: str, value: Any, cast: str = "TEXT") -> list[Condition]:
    """The condition that a column has this value; none if that is None."""
    return [] if value is None else [(f"{column} = CAST(? AS {cast})", value)]


def contains(columns: Sequence[str], text: str) -> Condition:
    """The condition that one of these columns has `text` in it; A is a there (and so on to Z)."""
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    tests = [f"lower({column}) LIKE CAST(? AS TEXT) ESCAPE '\\'" for column in columns]
    return f"({' OR '.join(tests)})", f"%{escaped}%"

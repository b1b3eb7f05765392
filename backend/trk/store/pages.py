"""Lists of a campaign, read page by page, as fast with ten million rows as with a thousand.

A page begins behind the last row of the one before, by the index (campaign, id), or by that of a
column by which the list can be sorted. A filter is applied to a bounded number of rows, so a page
of what is rare may be short, or empty, and yet have a next one: every page costs about the same,
and no list needs an index for each of its filters and columns, which every beacon would pay for.
Ids rise with time, so the first id of an instant is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
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


class Lost(Exception):
    """The row behind which a page was to begin is gone."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a list: at most `limit` rows after the one with the id `after`, only those of
    the time from `since` until before `until` (ms).

    `by` is one of the list's `sorts`, for its order instead of that of time; `newest_first` is the
    other way round then. Where such a list goes on can't be told if the row `after` is gone: Lost.
    """

    after: int | None = None
    limit: int = 100
    newest_first: bool = False
    since: int | None = None
    until: int | None = None
    by: str = ""


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
    that need, and the column that has the id of what the list is `of`. `sorts` are the columns
    (of text) by which it can be sorted, by name: those that an index has behind `of`."""

    kind: type[R]
    table: str
    time: str
    selected: Mapping[str, str] = MappingProxyType({})
    joins: str = ""
    of: str = "campaign_id"
    sorts: Mapping[str, str] = MappingProxyType({})

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
    rows of their fields. Raises Lost."""
    make = make or listing.kind
    left = _Left(listing, whose, span, await _bound(tx, listing, whose, span))
    conditions = [
        *conditions,
        *([(f"u.{listing.time} >= ?", span.since)] if span.since is not None else []),
        *([(f"u.{listing.time} < ?", span.until)] if span.until is not None else []),
    ]
    found: list[Row] = []
    budget = MOST_ROWS if conditions else span.limit + 1
    size = min(budget, max(2 * span.limit, 250)) if conditions else budget
    while True:
        found += await left.rows(tx, size, conditions, span.limit + 1 - len(found))
        if len(found) > span.limit:
            rows = found[: span.limit]
            return Page([make(**row) for row in rows], rows[-1]["id"])
        end = await left.end(tx, size)
        budget -= size
        if end is None or end["seen"] < size:
            return Page([make(**row) for row in found], None)
        if budget <= 0:
            return Page([make(**row) for row in found], end["id"])
        left = replace(left, bound=_behind(span, left.bound, end["id"], end["key"]))
        size = min(4 * size, budget)


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


Bound = tuple[str, tuple[Any, ...]]
"""A condition that rows still to be read meet, with `?` for each of its arguments."""


async def _bound(tx: Transaction, listing: Listing[Any], whose: Owning, span: Span) -> Bound:
    """Which rows a span has, as far as an index tells."""
    if not span.by:
        low, high = await ids_between(tx, listing, whose, span.since, span.until)
        bound: Bound = ("id >= ? AND id < ?", (low, high))
        return bound if span.after is None else _behind(span, bound, span.after, None)
    if span.after is None:
        return "true", ()
    sql = (
        f"SELECT {listing.sorts[span.by]} AS key FROM {listing.table} "
        f"WHERE {listing.of} = $1 AND id = $2"
    )
    found = await tx.fetch(sql, whose.id, span.after)
    if not found:
        raise Lost
    return _behind(span, ("", ()), span.after, found[0]["key"])


def _behind(span: Span, bound: Bound, last: int, key: str | None) -> Bound:
    """Which of these rows are behind the one with the id `last` and, in the order `by`, this
    key."""
    if span.by:
        sign = "<" if span.newest_first else ">"
        return f"(key, id) {sign} (CAST(? AS TEXT), CAST(? AS BIGINT))", (key, last)
    low, high = bound[1]
    return bound[0], (low, min(high, last)) if span.newest_first else (max(low, last + 1), high)


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left to be read of a span."""

    listing: Listing[Any]
    whose: Owning
    span: Span
    bound: Bound

    async def rows(
        self, tx: Transaction, size: int, conditions: Sequence[Condition], wanted: int
    ) -> list[Row]:
        """Of the next `size` rows the first `wanted` ones for which the conditions hold."""
        source, args = self._next("*", size)
        used = len(args) + 1
        tests = [test.replace("?", f"${n}") for n, (test, _) in enumerate(conditions, used + 1)]
        where = f"WHERE {' AND '.join(tests)} " if tests else ""
        sql = (
            f"SELECT {self.listing.columns} FROM {source} AS u {self.listing.joins} "
            f"{where}ORDER BY {self._order('u.')} LIMIT ${used}"
        )
        return await tx.fetch(sql, *args, wanted, *(value for _, value in conditions))

    async def end(self, tx: Transaction, size: int) -> Row | None:
        """The last of the next `size` rows, and how many are `seen`; None if there are none."""
        source, args = self._next(f"id, {self._key or 'NULL'} AS key", size)
        order = f"{'w.key' if self._key else 'w.id'} {self._direction(back=True)}"
        sql = (
            f"SELECT w.id, w.key, COUNT(*) OVER () AS seen FROM {source} AS w "
            f"ORDER BY {order}, w.id {self._direction(back=True)} LIMIT 1"
        )
        return next(iter(await tx.fetch(sql, *args)), None)

    @property
    def _key(self) -> str | None:
        return self.listing.sorts[self.span.by] if self.span.by else None

    def _direction(self, *, back: bool = False) -> str:
        return "ASC" if self.span.newest_first == back else "DESC"

    def _order(self, of: str = "") -> str:
        """SQL: the order of the span; `of` stands before its columns."""
        columns = [self._key, "id"] if self._key else ["id"]
        return ", ".join(f"{of}{column} {self._direction()}" for column in columns)

    def _next(self, columns: str, size: int) -> tuple[str, list[Any]]:
        """SQL: these columns of the next `size` rows, and its arguments, of which `size` is the
        last."""
        bound, values = self.bound
        for n in range(len(values)):
            bound = bound.replace("?", f"${n + 2}", 1)
        sql = (
            f"(SELECT {columns} FROM {self.listing.table} WHERE {self.listing.of} = $1 AND "
            f"{bound.replace('key', self._key or 'key')} ORDER BY {self._order()} "
            f"LIMIT ${len(values) + 2})"
        )
        return sql, [self.whose.id, *values, size]


def equals(column: str, value: Any, cast: str = "TEXT") -> list[Condition]:
    """The condition that a column has this value; none if that is None."""
    return [] if value is None else [(f"{column} = CAST(? AS {cast})", value)]

"""Long lists on the owner's pages: their query parameters, their order, and links to other pages.

A link carries the row beside which its page begins, so that no page is read by counting what is
before it, and how many rows are before that, so that the page can be numbered (`at`). At either end
of the list the numbers are counted anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from trk.store.database import Database
from trk.store.pages import Lost, Page, Span
from trk.store.program import Transaction
from trk.web.admin.lookup import number

SIZE = 50
"""How many rows a page shows."""
_MOST = 200
"""Longer search texts are cut to this many characters."""


class Numbered(Protocol):
    """A row of a list."""

    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Numbered)


class Sort(NamedTuple):
    """An order of a list: how it is called, and how the store names it (see Span)."""

    words: str
    by: str = ""
    descending: bool = False


BY_TIME = {"": Sort("Newest first", descending=True), "oldest": Sort("Oldest first")}
"""The orders that every list has, by the parameter `order`."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """A page's rows, and what is said of them and linked below.

    They are the rows `low` to `high` of `total`, each None where it is not known. The links are
    None where they would lead nowhere new. `further`: this page is not full, because the search
    stopped early; more matches may follow.
    """

    rows: list[R]
    low: int | None
    total: int | None
    first: str | None
    previous: str | None
    next: str | None
    last: str | None
    further: bool

    @property
    def high(self) -> int | None:
        """The number of the last row."""
        return None if self.low is None else self.low + len(self.rows) - 1


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What part of the list at `here` is wanted: its filters and its order (empty if not set); the
    id after which, or before which, it starts, and how many rows are before that; or the `last`
    page."""

    here: str
    typed: Mapping[str, str]
    sorts: Mapping[str, Sort]
    after: int | None = None
    before: int | None = None
    at: int | None = None
    last: bool = False

    @property
    def chosen(self) -> dict[str, str]:
        """The filters, and the order, that are set."""
        return {name: value for name, value in self.typed.items() if value}

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set."""
        return {name: value for name, value in self.chosen.items() if name != "order"}

    @property
    def first(self) -> bool:
        """Is this the start of the unfiltered list?"""
        return not self.filters and not self.place

    @property
    def place(self) -> dict[str, int | None]:
        """Which page it is, for `address`."""
        found = {"after": self.after, "before": self.before, "at": self.at}
        return {**{name: n for name, n in found.items() if n is not None}, **self._end}

    @property
    def _end(self) -> dict[str, int | None]:
        return {"last": 1} if self.last else {}

    def anew(self) -> ListQuery:
        """The first page of the same."""
        return replace(self, after=None, before=None, at=None)

    def span(self, limit: int) -> Span:
        """The same, for the store: from the other end where the page is read backwards."""
        sort, back = self.sorts[self.typed["order"]], self.last or self.before is not None
        return Span(
            self.before if back else self.after,
            limit,
            newest_first=sort.descending != back,
            by=sort.by,
        )

    def address(self, path: str | None = None, /, **more: int | str | None) -> str:
        """The URL of this list, or of `path`, with the filters and the order; `more` takes
        precedence, and what is None or empty is left out."""
        fields = {**self.chosen, **more}
        query = urlencode(
            {name: value for name, value in fields.items() if value not in (None, "")}
        )
        return (path or self.here) + (f"?{query}" if query else "")

    def context(
        self, listed: Listed[Any], typed: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What a template needs besides the rows; `typed` is what other forms hold."""
        return {"asked": self, "links": listed, "typed": {**(typed or {}), **self.typed}}


async def read_list(
    database: Database,
    wanted: ListQuery,
    read: Callable[[Transaction, Span], Coroutine[Any, Any, Page[R]]],
    total: int | None = None,
) -> Listed[R]:
    """The page that is wanted of what `read` gives, or the first if it can't be told where that is;
    `total` is how many rows there are, if that is known."""
    limit = total % SIZE or SIZE if wanted.last and total else SIZE
    try:
        page = await database.read(read, wanted.span(limit))
    except Lost:
        return await read_list(database, wanted.anew(), read, total)
    if wanted.last or wanted.before is not None:
        return _backwards(wanted, page, limit, total)
    return _onwards(wanted, page, total)


def _onwards(wanted: ListQuery, page: Page[R], total: int | None) -> Listed[R]:
    rows, at, counted = page.rows, 0 if wanted.after is None else wanted.at, total is not None
    if page.next is None and wanted.after is not None and total is not None:
        at = max(0, total - len(rows))
    behind = None if at is None else at + len(rows)
    if page.next is None:
        total = behind
    address = wanted.address
    return Listed(
        rows,
        None if at is None or not rows else at + 1,
        _at_least(total, behind, more=page.next is not None),
        None if wanted.after is None else address(),
        _previous(wanted, rows[0].id, at, counted) if rows and wanted.after is not None else None,
        None if page.next is None else address(after=page.next, at=behind),
        None if page.next is None else address(last=1),
        page.next is not None and len(rows) < SIZE,
    )


def _backwards(wanted: ListQuery, page: Page[R], limit: int, total: int | None) -> Listed[R]:
    rows, counted = page.rows[::-1], total is not None
    end = total if wanted.last else wanted.at
    at = None if end is None else max(0, end - len(rows))
    if page.next is None:
        at = 0
    behind = None if at is None else at + len(rows)
    if wanted.last and page.next is None:
        total = behind
    address = wanted.address
    return Listed(
        rows,
        None if at is None or not rows else at + 1,
        _at_least(total, behind, more=not wanted.last),
        None if page.next is None else address(),
        None if page.next is None else _previous(wanted, page.next, at, counted),
        None if wanted.last or not rows else address(after=rows[-1].id, at=behind),
        None if wanted.last else address(last=1),
        page.next is not None and len(rows) < limit,
    )


def _at_least(total: int | None, behind: int | None, *, more: bool) -> int | None:
    """How many rows there are, where so many are on this page and before it, and perhaps `more`
    behind it; None if that contradicts what was counted a moment before."""
    if total is None or behind is None or behind + more <= total:
        return total
    return None if more else behind


def _previous(wanted: ListQuery, before: int, at: int | None, counted: bool) -> str:
    """The page before this row, which has so many before it: in a list that is `counted` the first
    page where these would fit on it, however many rows have come since."""
    if counted and at is not None and at <= SIZE:
        return wanted.address()
    return wanted.address(before=before, at=at)


def list_query(
    request: Request,
    here: str,
    filters: Mapping[str, Collection[str] | None],
    sorts: Mapping[str, Sort] = BY_TIME,
) -> ListQuery:
    """Read a list's query parameters.

    `filters` maps each filter to its allowed values, or to None if it is a search text; `sorts` has
    the list's orders. Other values are ignored.
    """
    asked, found = request.query_params, {}
    for name, values in {**filters, "order": sorts}.items():
        value = asked.get(name, "").replace("\0", "").strip()[:_MOST]
        found[name] = value if values is None or value in values else ""
    after, before, at = (number(asked.get(name, "")) for name in ("after", "before", "at"))
    return ListQuery(here, found, sorts, after, before, at, asked.get("last") == "1")


def reason_in(form: Mapping[str, str], field: str = "reason") -> tuple[str, str | None]:
    """The reason given for a correction, and what is wrong with it (None if it is fine)."""
    reason = form.get(field, "").strip()
    if not reason:
        return reason, "Give a reason."
    if len(reason) > 1_000 or "\0" in reason:
        return reason, "Use at most 1000 characters."
    return reason, None

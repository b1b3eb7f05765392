"""Long lists on the owner's pages: what their address asks for, and where the next part is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request

from trk.store.pages import Page, Span
from trk.web.admin.lookup import number

SIZE = 50
"""How many rows a page shows."""
_OLDEST_FIRST = "oldest"
_MOST = 200
"""How many characters of what is searched count."""


class Links(NamedTuple):
    """Where a list begins (from a later part), and goes on; None: nowhere.

    `further`: the rows of this part were looked through, and more of what was asked may follow.
    """

    start: str | None
    onward: str | None
    further: bool
    newest_first: bool


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which part of the list at `here` is asked for: its filters, empty where not set, and behind
    which id."""

    here: str
    typed: Mapping[str, str]
    after: int | None

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set."""
        return {name: value for name, value in self.typed.items() if value}

    @property
    def newest_first(self) -> bool:
        """Which way round it is."""
        return self.typed.get("order") != _OLDEST_FIRST

    @property
    def span(self) -> Span:
        """As the store takes it."""
        return Span(self.after, SIZE, newest_first=self.newest_first)

    @property
    def first(self) -> bool:
        """Is it all of the list, from its beginning?"""
        return not self.filters and self.after is None

    def address(self, path: str | None = None, **more: int | None) -> str:
        """The address of this list with its filters, or `path` with them."""
        fields = {**self.filters, **{key: str(n) for key, n in more.items() if n is not None}}
        return (path or self.here) + (f"?{urlencode(fields)}" if fields else "")

    def links(self, page: Page[Any]) -> Links:
        """The links below a page of it."""
        return Links(
            None if self.after is None else self.address(),
            None if page.next is None else self.address(after=page.next),
            page.next is not None and len(page.rows) < SIZE,
            self.newest_first,
        )


def list_query(
    request: Request, here: str, filters: Mapping[str, Collection[str] | None]
) -> ListQuery:
    """What the request's address asks of a list.

    `filters` has the values of each filter, or None where it is a text to search. A value that is
    none of them asks for nothing. Every list can be turned round (`order`).
    """
    found = {}
    for name, values in {**filters, "order": (_OLDEST_FIRST,)}.items():
        value = request.query_params.get(name, "").replace("\0", "").strip()[:_MOST]
        found[name] = value if values is None or value in values else ""
    return ListQuery(here, found, number(request.query_params.get("after", "")))


def reason_in(form: Mapping[str, str], field: str = "reason") -> tuple[str, str | None]:
    """The reason that a form gives for a correction, and what is wrong with it, or None."""
    reason = form.get(field, "").strip()
    if not reason:
        return reason, "Please say why: others will ask."
    if len(reason) > 1_000 or "\0" in reason:
        return reason, "Please use at most 1000 characters."
    return reason, None

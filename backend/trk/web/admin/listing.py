"""Long lists on the owner's pages: their query parameters, and links to the next page."""

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
"""Longer search texts are cut to this many characters."""


class Links(NamedTuple):
    """Links to a list's first page (None on the first) and next page (None on the last).

    `further`: this page is not full, because the search stopped early; more matches may follow.
    """

    start: str | None
    onward: str | None
    further: bool
    newest_first: bool


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What part of the list at `here` is wanted: its filters (empty if not set), and the id after
    which it starts."""

    here: str
    typed: Mapping[str, str]
    after: int | None

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set."""
        return {name: value for name, value in self.typed.items() if value}

    @property
    def newest_first(self) -> bool:
        """Whether the list is newest first."""
        return self.typed.get("order") != _OLDEST_FIRST

    @property
    def span(self) -> Span:
        """The same, for the store."""
        return Span(self.after, SIZE, newest_first=self.newest_first)

    @property
    def first(self) -> bool:
        """Is this the start of the unfiltered list?"""
        return not self.filters and self.after is None

    def address(self, path: str | None = None, **more: int | None) -> str:
        """The URL of this list, or of `path`, with the filters."""
        fields = {**self.filters, **{key: str(n) for key, n in more.items() if n is not None}}
        return (path or self.here) + (f"?{urlencode(fields)}" if fields else "")

    def context(self, page: Page[Any]) -> dict[str, Any]:
        """What a template needs besides the page's rows."""
        return {"asked": self, "links": self.links(page), "typed": self.typed}

    def links(self, page: Page[Any]) -> Links:
        """The links below a page of the list."""
        return Links(
            None if self.after is None else self.address(),
            None if page.next is None else self.address(after=page.next),
            page.next is not None and len(page.rows) < SIZE,
            self.newest_first,
        )


def list_query(
    request: Request, here: str, filters: Mapping[str, Collection[str] | None]
) -> ListQuery:
    """Read a list's query parameters.

    `filters` maps each filter to its allowed values, or to None if it is a search text. Other
    values are ignored. Every list can be reversed (`order`).
    """
    found = {}
    for name, values in {**filters, "order": (_OLDEST_FIRST,)}.items():
        value = request.query_params.get(name, "").replace("\0", "").strip()[:_MOST]
        found[name] = value if values is None or value in values else ""
    return ListQuery(here, found, number(request.query_params.get("after", "")))


def reason_in(form: Mapping[str, str], field: str = "reason") -> tuple[str, str | None]:
    """The reason given for a correction, and what is wrong with it (None if it is fine)."""
    reason = form.get(field, "").strip()
    if not reason:
        return reason, "Give a reason."
    if len(reason) > 1_000 or "\0" in reason:
        return reason, "Use at most 1000 characters."
    return reason, None

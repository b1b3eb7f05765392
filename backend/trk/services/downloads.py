"""The progress of downloads: a browser does not show it for a file of unknown size.

It is kept in memory, because a server is one process; after a restart there is no download
either.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

import msgspec

_MOST = 200
"""How many downloads are remembered, the latest."""

State = Literal["running", "complete", "broken"]


class Progress(msgspec.Struct, frozen=True):
    """How many `rows` are out, and about how many per cent of the list that is."""

    rows: int
    percent: int
    state: State


class Download:
    """A download under way, of ids from `first` to `last`."""

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last = first, last
        self._rows, self._reached = 0, first
        self._state: State = "running"

    def reached(self, rows: int, upto: int | None) -> None:
        """So many further rows are out: all up to this id, or up to the end (None)."""
        self._rows += rows
        if upto is None:
            self._state = "complete"
        else:
            self._reached = upto

    def ended(self) -> None:
        """Nothing more is sent: unless the end was reached, the download was broken off."""
        if self._state == "running":
            self._state = "broken"

    def progress(self) -> Progress:
        """The progress, for the page that asks."""
        if self._state == "complete":
            return Progress(self._rows, 100, "complete")
        whole = max(1, self._last - self._first)
        percent = 100 * (self._reached - self._first) // whole
        return Progress(self._rows, min(99, max(0, percent)), self._state)


class Downloads:
    """The latest downloads, by their owner and the name that the page gave them."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str], Download] = OrderedDict()

    def begin(self, owner: int, name: str, bounds: tuple[int, int]) -> Download:
        """A download begins, of ids between these bounds."""
        self._known[owner, name] = download = Download(*bounds)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return download

    def find(self, owner: int, name: str) -> Download | None:
        """The download that this owner's page has given this name."""
        return self._known.get((owner, name))

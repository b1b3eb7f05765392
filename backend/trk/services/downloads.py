"""The progress of downloads: a browser does not show it for a file of unknown size.

It is kept in memory that all processes of a server share, since the page may ask another one than
the file comes from; after a restart there is no download either.
"""

from __future__ import annotations

import mmap
import struct
import time
from hashlib import blake2b
from typing import Literal, NamedTuple

import msgspec

_MOST = 200
"""How many downloads are remembered, the latest."""

State = Literal["running", "complete", "broken"]
_STATES: tuple[State, ...] = ("running", "complete", "broken")


class Progress(msgspec.Struct, frozen=True):
    """How many `rows` are out, and about how many per cent of the list that is."""

    rows: int
    percent: int
    state: State


class _Record(NamedTuple):
    """A download of ids from `first` to `last`, of which those up to `reached` are out."""

    key: bytes
    begun: int
    first: int
    last: int
    reached: int
    rows: int
    state: int

    def progress(self) -> Progress:
        state = _STATES[self.state]
        whole = max(1, self.last - self.first)
        percent = min(99, max(0, 100 * (self.reached - self.first) // whole))
        return Progress(self.rows, 100 if state == "complete" else percent, state)


_LAYOUT = struct.Struct("=16s6q")


class Downloads:
    """The latest downloads, by their owner and the name that the page gave them."""

    def __init__(self) -> None:
        # Anonymous and shared: a process that is forked from this one sees the same.
        self._memory = mmap.mmap(-1, _MOST * _LAYOUT.size)

    def begin(self, owner: int, name: str, bounds: tuple[int, int]) -> Download:
        """A download begins, of ids between these bounds."""
        key = _key(owner, name)
        known = [self.read(place) for place in range(_MOST)]
        same = (place for place in range(_MOST) if known[place].key == key)
        oldest = min(range(_MOST), key=lambda place: known[place].begun)
        first, last = bounds
        record = _Record(key, time.monotonic_ns(), first, last, first, 0, 0)
        return Download(self, next(same, oldest), record)

    def find(self, owner: int, name: str) -> Progress | None:
        """How far the download is that this owner's page has given this name."""
        key = _key(owner, name)
        found = (self.read(place) for place in range(_MOST))
        return next((record.progress() for record in found if record.key == key), None)

    def read(self, place: int) -> _Record:
        """What is kept at one of the places."""
        return _Record(*_LAYOUT.unpack_from(self._memory, place * _LAYOUT.size))

    def write(self, place: int, record: _Record) -> None:
        """Keep it there."""
        _LAYOUT.pack_into(self._memory, place * _LAYOUT.size, *record)


class Download:
    """A download under way."""

    def __init__(self, downloads: Downloads, place: int, record: _Record) -> None:
        self._downloads, self._place, self._record = downloads, place, record
        downloads.write(place, record)

    def reached(self, rows: int, upto: int | None) -> None:
        """So many further rows are out: all up to this id, or up to the end (None)."""
        rows += self._record.rows
        if upto is None:
            self._note(self._record._replace(rows=rows, state=_STATES.index("complete")))
        else:
            self._note(self._record._replace(rows=rows, reached=upto))

    def ended(self) -> None:
        """Nothing more is sent: unless the end was reached, the download was broken off."""
        if _STATES[self._record.state] == "running":
            self._note(self._record._replace(state=_STATES.index("broken")))

    def _note(self, record: _Record) -> None:
        self._record = record
        # Another may have its place by now.
        if self._downloads.read(self._place).key == record.key:
            self._downloads.write(self._place, record)


def _key(owner: int, name: str) -> bytes:
    return blake2b(f"{owner} {name}".encode(), digest_size=16).digest()

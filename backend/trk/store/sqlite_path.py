"""The file that an address of SQLite's means."""

from __future__ import annotations

from urllib.parse import unquote

_SCHEME = "sqlite:///"


def path_of(url: str) -> str:
    """The path in `sqlite:///PATH`, in which %20 is a space, as in other addresses."""
    return unquote(url.removeprefix(_SCHEME))

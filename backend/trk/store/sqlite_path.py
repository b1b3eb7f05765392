"""The file that an address of SQLite's means."""

from __future__ import annotations

import os
from urllib.parse import unquote

_SCHEME = "sqlite:///"


def path_of(url: str) -> str:
    """The path in `sqlite:///PATH`, in which %20 is a space, as in other addresses; where it is a
    link, that to which it leads: there, and not beside the link, SQLite has its other files."""
    path = unquote(url.removeprefix(_SCHEME))
    return os.path.realpath(path) if os.path.islink(path) else path

"""Which site a request comes from, by the Origin that browsers send with it."""

from __future__ import annotations

import re

MAX_ORIGIN = 255
"""The most characters of an Origin: no host's name is longer than that."""

_OF_A_SITE = re.compile(rb"https?://((?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)", re.I)


def host_of(origin: bytes) -> str | None:
    """The host in an Origin header, lower-case, with its port where that is not the usual one.

    None for anything that names no web site: `null`, an application's scheme, or something made up.
    The result contains only letters, digits and `.-_:[]`.
    """
    if len(origin) > MAX_ORIGIN:
        return None
    found = _OF_A_SITE.fullmatch(origin)
    return found[1].decode("ascii").lower() if found else None

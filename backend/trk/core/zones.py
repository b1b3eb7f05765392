"""Time zones: which names are those of one."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})
"""Files of the zones' database that stand for whatever a machine is set to, or for nothing."""


def is_zone(name: str) -> bool:
    """Is it the name of a time zone, such as `Europe/Berlin` or `UTC`?"""
    return name in _names()


@cache
def places() -> tuple[str, ...]:
    """The zones to choose from: places, without legacy names."""
    named = (each for each in _names() if "/" in each and not each.startswith("Etc/"))
    return tuple(sorted({"UTC", *named}))


@cache
def _names() -> frozenset[str]:
    # `right/` counts leap seconds, which no clock of ours does; `posix/` has all of them again.
    return frozenset(
        each
        for each in {"UTC", *available_timezones()} - _NO_ZONES
        if not each.startswith(("posix/", "right/"))
    )

"""Which names are those of a time zone."""

from __future__ import annotations

import pytest

from trk.core.zones import is_zone, places


@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+5", "EST5EDT", "Asia/Calcutta"],
)
def test_a_zone_is_one(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Factory", "localtime", "posixrules", "right/Europe/Berlin", "posix/Europe/Berlin"),
        *("right/UTC", "posix/UTC", "", "europe/berlin", "Europe", "../etc/passwd"),
        *("/etc/localtime", "Europe/Berlin\0", "zone.tab", "leapseconds", "Europe/Berlin/"),
    ],
)
def test_what_stands_for_something_else_is_none(name: str) -> None:
    assert not is_zone(name)
    assert name not in places()


def test_places_are_offered() -> None:
    assert {"Europe/Berlin", "UTC"} <= set(places())
    assert all(is_zone(name) for name in places())
    assert not [name for name in places() if name.startswith(("Etc/", "posix", "right"))]

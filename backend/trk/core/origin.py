"""Sites by their origins: what browsers send with a request, and what an owner types."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

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


_TYPED = re.compile(r"(https?)://([^\s/?#@:\[\]\\]+|\[[0-9a-f:.]+\])(?::([0-9]{0,6}))?/*", re.I)
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")
_USUAL = {"http": 80, "https": 443}


def normal_origin(typed: str) -> str | None:
    """The origin of a site as browsers send it: `https://xn--bcher-kva.example` for
    `HTTPS://Bücher.example:443/`. None for what is no origin, such as an address with a path, and
    for one that no content policy can name: an IPv6 address, or a host with an underscore.
    """
    address = normal_address(typed)
    return None if address is None or "[" in address or "_" in address else address


def normal_address(typed: str) -> str | None:
    """The same of any server: its address without a path, as browsers write it."""
    found = _TYPED.fullmatch(typed)
    if found is None or len(typed) > 2 * MAX_ORIGIN:
        return None
    scheme, host = found[1].lower(), _host(found[2])
    port = int(found[3] or _USUAL[scheme])
    if host is None or not 1 <= port <= 65_535:
        return None
    origin = f"{scheme}://{host}" + ("" if port == _USUAL[scheme] else f":{port}")
    return origin if len(origin) <= MAX_ORIGIN else None


def _host(typed: str) -> str | None:
    try:
        if typed.startswith("["):
            return f"[{IPv6Address(typed[1:-1])}]"
        host = typed.lower() if typed.isascii() else idna.encode(typed, uts46=True).decode()
        if _NUMBER.fullmatch(host):  # a browser takes it for an IP address, in its usual form
            return str(IPv4Address(host))
    except (idna.IDNAError, AddressValueError):
        return None
    return host if _HOST.fullmatch(host) else None

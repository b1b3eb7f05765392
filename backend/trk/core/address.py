"""Which addresses of computers belong to the internet, and so may be sent to; which are local."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
"""A translator forwards these addresses to the IPv4 address in the last 32 bits (RFC 6052)."""
_NEVER4 = tuple(
    IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments, among them a cloud's (192.0.0.192) metadata
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16",  # a cloud's own services, inside each of its networks
    )
)
_NEVER6 = tuple(
    IPv6Network(network)
    for network in (
        "::/96",  # IPv4-compatible: abandoned, and an IPv4 address in disguise
        "64:ff9b:1::/48",  # NAT64 of a local network
        "2001::/32",  # Teredo, and
        "2002::/16",  # 6to4: tunnels to an IPv4 address that is part of it
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing inside a network
    )
)


def is_public(address: str) -> bool:
    """Is `address` (an IP address in its usual form) one of the internet?

    False for a private, loopback, link-local, multicast, unspecified or reserved one, however it
    is wrapped (IPv4-mapped, NAT64), and for what is no address.
    """
    found = unwrapped(address)
    if found is None:
        return False
    return _is_public4(found) if isinstance(found, IPv4Address) else _is_public6(found)


def unwrapped(address: str) -> IPv4Address | IPv6Address | None:
    """The IP address that `address` means: the IPv4 one that it wraps (IPv4-mapped, NAT64), or
    itself. None for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return found
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found


def is_local(host: str) -> bool:
    """Does the host of a URL (a name or an IP address) mean the machine of whoever uses it?"""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified


def _is_public4(address: IPv4Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NEVER4)
    )


def _is_public6(address: IPv6Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_site_local
        and not address.is_reserved
        and not any(address in network for network in _NEVER6)
    )

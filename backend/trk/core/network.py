"""From which network somebody entered: remembered as a keyed hash, and limited if too many of those
who enter there do not confirm their e-mail."""

from __future__ import annotations

import hmac

from trk.core.rate import HOUSEHOLD, network_of

HOUR = 3_600_000
"""In milliseconds."""
UNCONFIRMED = 30
"""How many may enter a campaign from one network within an hour and not confirm their e-mail, where
only confirmed ones count. Each who confirms makes room for one more, so that an office or a school
whose people confirm never meets it."""


def network_hash(secret: str, campaign_id: int, address: str) -> str | None:
    """What is stored of the network of an IP address: 32 hexadecimal digits.

    The network is one IPv4 address, or the /56 of an IPv6 household. The hash is keyed with the
    installation's `secret`, and is another one in each campaign, so that nobody can be followed
    from one to the next. None for what is no address of the internet (see `network_of`).
    """
    network = network_of(address, HOUSEHOLD)
    if network is None:
        return None
    return hmac.digest(secret.encode(), f"{campaign_id}\n{network}".encode(), "sha256").hex()[:32]


def slow_wait(unconfirmed: int, confirmed: int, oldest: int | None, now: int) -> float:
    """How many seconds somebody has to wait before they enter from a network; 0: they may.

    `unconfirmed` and `confirmed` are how many have entered there within the last hour, `oldest`
    when the first of the unconfirmed did (ms, like `now`).
    """
    if unconfirmed - confirmed < UNCONFIRMED or oldest is None:
        return 0
    return max(1, (oldest + HOUR - now) / 1000)

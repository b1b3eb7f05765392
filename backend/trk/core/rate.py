"""Rate limits: how often one visitor, and one address, may send something.

A limit is a bucket that holds `burst` requests and fills again at `per_second`, decided by one
number per key: the instant at which its bucket is full again (the generic cell rate algorithm).
Behind one address may sit a whole school, so an address gets what some thousands of visitors need.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_network

from trk.core.address import unwrapped


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` at once, and `per_second` in the long run."""

    burst: int
    per_second: float


VISITOR = Limit(burst=600, per_second=5)
"""Beacons of one visitor: a hundred pages within seconds, each of which sends again what the one
before may not have finished, stay far below this; a page that pushes in a loop does not."""
ADDRESS = Limit(burst=6_000, per_second=100)
"""Beacons from one address: 2,000 pupils who start within the same minute push three times each."""
ANSWERS = Limit(burst=10, per_second=1 / 30)
"""Answers of one entrant to one question: enough for typing errors, too few for guessing."""
WRONG_ANSWERS = Limit(burst=60, per_second=1 / 60)
"""Wrong answers to one question from one network, whoever gives them: a class that mistypes stays
below; to try a code of four digits takes a week."""
ENTERING = Limit(burst=300, per_second=5)
"""Forms to enter from one address: a classroom enters at once, a script is slowed down."""
API = Limit(burst=3_000, per_second=50)
"""Calls with one token: a script that reads every page of a long list stays below."""
API_BEACONS = Limit(burst=6_000, per_second=200)
"""Beacons with one token: a whole shop's orders come from one server."""
SIGN_INS_OF_ACCOUNT = Limit(burst=10, per_second=1 / 30)
"""Attempts to sign in to one account: enough for typing errors, too few for guessing."""
SIGN_INS_FROM_ADDRESS = Limit(burst=30, per_second=1 / 10)
"""Attempts to sign in from one address, whosever accounts they are for."""
SECOND_FACTORS = Limit(burst=5, per_second=1 / 300)
"""Codes of the second factor for one account, and apart from them its recovery codes: six digits
are guessed by one in a thousand in a day, by somebody who has the password."""

HOUSEHOLD = 56
"""Providers give a household a /56, or less. With a limit on a /64 it would have 256 of them."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The decision: `full_at` is what to remember of the key (s), `wait` how long to wait (s)."""

    full_at: float
    wait: float

    @property
    def admitted(self) -> bool:
        """May the request go on?"""
        return self.wait == 0


def admit(limit: Limit, full_at: float | None, now: float) -> Admission:
    """Decide one request at `now` (s, of any steady clock); `full_at` is None for a new key.

    A refused request costs nothing: who waits `wait` seconds is admitted.
    """
    start = now if full_at is None else max(full_at, now)
    after = start + 1 / limit.per_second
    over = after - now - limit.burst / limit.per_second
    # A nanosecond of tolerance: the sum of 1/3 three times is not 1.
    return Admission(start, over) if over > 1e-9 else Admission(after, 0)


@lru_cache(4096)  # parsing an address would take a tenth of a beacon's way through the server
def network_of(address: str, prefix: int = 64) -> str | None:
    """What counts as one address: an IPv4 address, or the IPv6 network of this `prefix`. Every
    household has a /64 at least; where a limit protects from cheats, it is HOUSEHOLD.

    None for what is not an address of the internet: behind a proxy that was not introduced to the
    server (or on a developer's machine) all the world has that one, and it must not be limited.
    """
    parsed = _parsed(address)
    return _whole(parsed, prefix) if parsed is not None and parsed.is_global else None


def sender_of(address: str) -> str:
    """The same where every address is limited, private ones too: in one's own network sits who
    guesses passwords as well. What is no address counts as one."""
    parsed = _parsed(address)
    return "" if parsed is None else _whole(parsed, HOUSEHOLD)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    return unwrapped(address.partition("%")[0])


def _whole(parsed: IPv4Address | IPv6Address, prefix: int) -> str:
    if isinstance(parsed, IPv6Address):
        host = 128 - prefix
        return f"{ip_network((int(parsed) >> host << host, prefix))}"
    return str(parsed)

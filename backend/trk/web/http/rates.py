"""Rate limits in memory: who sent how much lately, with no address kept in clear text."""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from trk.core.rate import Limit, admit


class Allowance(NamedTuple):
    """A sender's standing: seconds to wait (0: go ahead), requests left now, and seconds until the
    full burst is available again."""

    wait: float
    left: int
    reset: int


class Rates:
    """The buckets of one process. Keys are kept only as hashes, keyed with a secret of the process.

    Each purpose has a bounded memory of its own, so that whoever fills one (with made-up visitors,
    say) makes no other forget. A purpose is a fixed text, or the memories would be without bound.
    """

    def __init__(self, capacity: int = 50_000, clock: Callable[[], float] = time.monotonic) -> None:
        """`capacity` is how many keys a generation of a purpose holds; `clock` returns monotonic
        seconds."""
        self._capacity = capacity
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._memories: dict[str, _Memory] = {}

    def wait(self, limit: Limit, purpose: str, who: str) -> float:
        """Count a request by `who`: 0 if it may proceed, otherwise how many seconds to wait."""
        return self.count(limit, purpose, who).wait

    def look(self, limit: Limit, purpose: str, who: str) -> float:
        """How many seconds `who` would have to wait now; counts nothing."""
        memory = self._memories.get(purpose)
        full_at = memory.full_at(self._key(who)) if memory else None
        return admit(limit, full_at, self._clock()).wait

    def count(self, limit: Limit, purpose: str, who: str) -> Allowance:
        """Count a request by `who`, and return their standing."""
        memory = self._memories.get(purpose)
        if memory is None:
            memory = self._memories[purpose] = _Memory(self._capacity)
        key = self._key(who)
        now = self._clock()
        admission = admit(limit, memory.full_at(key), now)
        memory.keep(key, admission.full_at)
        reset = max(admission.full_at - now, 0.0)
        left = limit.burst - math.ceil(reset * limit.per_second - 1e-6)
        return Allowance(admission.wait, max(left, 0), math.ceil(reset))

    def _key(self, who: str) -> bytes:
        text = who.encode("utf-8", "replace")
        return hashlib.blake2b(text, digest_size=16, key=self._secret).digest()


class _Memory:
    """When each bucket of one purpose is full again.

    There are two generations, and when the younger is full the older is dropped, which forgives
    only those who have sent nothing for long.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._young: dict[bytes, float] = {}
        self._old: dict[bytes, float] = {}

    def full_at(self, key: bytes) -> float | None:
        return self._young.get(key) or self._old.get(key)

    def keep(self, key: bytes, full_at: float) -> None:
        if len(self._young) >= self._capacity and key not in self._young:
            self._old, self._young = self._young, {}
        self._young[key] = full_at

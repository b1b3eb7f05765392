"""Owners' passwords: judged, hashed and checked in threads, so that no beacon waits for one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple, Unpack

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trk.core.password import password_mistake

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


_MOST = 16
"""How many passwords may be in work or waiting: the last one waits for about a second."""
_MOST_OF_ONE = 4
"""How many of them may be one sender's."""


class Crowded(Exception):
    """As many passwords are in work or waiting as may be; it works again within seconds."""


class Passwords:
    """Hashes and checks passwords, two at a time: each takes 64 MiB and some 50 ms."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """`hasher` says what a hash costs: argon2-cffi's recommendation unless it is given."""
        self._hasher = hasher or PasswordHasher()
        self._nobodys = _nobodys(self._hasher)
        self._threads = ThreadPoolExecutor(2, "passwords")
        self._at_work = 0
        self._of_sender: Counter[str] = Counter()

    async def mistake(self, password: str, known: Collection[str]) -> str | None:
        """What is wrong with a new password of somebody of whom all can know `known`, or None."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, password_mistake, password, known)

    async def hash(self, password: str) -> str:
        """What is stored of `password`. Raises Crowded."""
        return await self._in_turn(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Is `stored` the hash of `password`? None and an empty hash take just as long. Raises
        Crowded."""
        right = await self._in_turn(self._verified, stored or self._nobodys, password)
        return right and bool(stored)

    @contextmanager
    def place_for(self, sender: str) -> Iterator[None]:
        """A place in the queue for one of a sender's passwords; raises Crowded if it has all that
        one sender may have, who so can't keep the others out."""
        if self._of_sender[sender] >= _MOST_OF_ONE:
            raise Crowded
        self._of_sender[sender] += 1
        try:
            yield
        finally:
            self._of_sender[sender] -= 1
            if not self._of_sender[sender]:
                del self._of_sender[sender]

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)

    async def _in_turn(self, work: Callable[[Unpack[Ts]], T], *args: *Ts) -> T:
        if self._at_work >= _MOST:
            raise Crowded
        self._at_work += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._at_work -= 1

    def _verified(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _nobodys(hasher: PasswordHasher) -> str:
    """The hash of a password that nobody knows: to check it takes as long as to check an owner's.

    Only the cost in front matters; the digest is of no password.
    """
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = "MXAqa6SBZ0QT44IGJymsOA", "qj5KWk+GK8My2lhXx07rWKii53aX3t+wNTGNbqqJwp0"
    return f"$argon2id$v=19${cost}${salt}${digest}"

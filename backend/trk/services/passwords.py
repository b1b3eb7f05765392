"""Owners' passwords: judged, hashed and checked in threads, so that no beacon waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trk.core.password import password_mistake


class Passwords:
    """Hashes and checks passwords, two at a time: each takes 64 MiB and some 50 ms."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """`hasher` says what a hash costs: argon2-cffi's recommendation unless it is given."""
        self._hasher = hasher or PasswordHasher()
        self._nobodys = _nobodys(self._hasher)
        self._threads = ThreadPoolExecutor(2, "passwords")

    async def mistake(self, password: str, known: Collection[str]) -> str | None:
        """What is wrong with a new password of somebody of whom all can know `known`, or None."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, password_mistake, password, known)

    async def hash(self, password: str) -> str:
        """What is stored of `password`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Is `stored` the hash of `password`? None and an empty hash take just as long."""
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(
            self._threads, self._verified, stored or self._nobodys, password
        )
        return right and bool(stored)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)

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

"""Owners' passwords: argon2id, in separate threads, so that no beacon waits for one."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$MXAqa6SBZ0QT44IGJymsOA"
    "$qj5KWk+GK8My2lhXx07rWKii53aX3t+wNTGNbqqJwp0"
)
"""The hash of a password that nobody knows: to check it takes as long as to check an owner's."""


class Passwords:
    """Hashes and checks passwords, two at a time: each takes 64 MiB and some 50 ms."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2, "passwords")

    async def hash(self, password: str) -> str:
        """What is stored of `password`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Is `stored` the hash of `password`? None and an empty hash take just as long."""
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._threads, _verified, stored or _NOBODYS, password)
        return right and bool(stored)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)


def _verified(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False

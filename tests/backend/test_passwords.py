"""Owners' passwords at their real cost, which tests elsewhere save."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from trk.app import create_app
from trk.services.passwords import Passwords
from trk.settings import Settings
from trk.web.server import server_of

RECOMMENDED = PasswordHasher()


class Noting(PasswordHasher):
    """A hasher that keeps which hashes it was asked to check."""

    def __init__(self) -> None:
        super().__init__()
        self.checked: list[str | bytes] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.checked.append(hash)
        return super().verify(hash, password)


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    """The passwords of a server as it is in use."""
    made = server_of(create_app(Settings())).passwords
    yield made
    made.close()


async def test_a_password_is_stored_as_a_hash_at_the_cost_that_argon2_recommends(
    passwords: Passwords,
) -> None:
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert RECOMMENDED.verify(stored, "correct horse")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "wrong horse")
    assert not await passwords.verify("no hash at all", "wrong horse")


async def test_to_check_nobodys_password_costs_what_an_owners_costs() -> None:
    hasher = Noting()
    passwords = Passwords(hasher)
    stored = await passwords.hash("correct horse")
    for hash_of in (stored, None, ""):
        await passwords.verify(hash_of, "correct horse")
    passwords.close()
    costs = {str(extract_parameters(str(each))) for each in hasher.checked}
    assert len(hasher.checked) == 3
    assert costs == {str(extract_parameters(stored))}

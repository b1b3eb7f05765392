"""Fixtures: a primary with a standby, and a fresh database on both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.backend.standbys.servers import Two, named_on, servers


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    """A primary and its standby, which are as they were after each test."""
    with servers(1) as made:
        yield made


@pytest.fixture
async def name(two: Two) -> str:
    """The name of a fresh database on both."""
    return await named_on(two[0])

"""A primary that dies or hangs, and its standby in its place: the server goes on within seconds,
and has all that it acknowledged."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.backend.conftest import TokenedBackend
from tests.backend.shoppers import Shoppers, number_of
from tests.postgres import PostgresServer, Unavailable, private_server, standby_of
from trk.store.migrate import migrate
from trk_sdk.testkit.truth import make_campaign

WITHIN = 15.0
"""Seconds after which it has to go on."""


@pytest.fixture
def two() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """A primary and its standby."""
    try:
        with private_server() as primary, standby_of(primary) as standby:
            yield primary, standby
    except Unavailable as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL: {reason}")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
async def test_a_server_goes_on_with_the_standby_and_has_lost_nothing(
    two: tuple[PostgresServer, PostgresServer], how: signal.Signals, tmp_path: Path
) -> None:
    primary, standby = two
    primary_url = await asyncio.to_thread(primary.create, "failover")
    await migrate(primary_url)
    hosts = f"{primary.directory},{standby.directory}"
    backend = await asyncio.to_thread(
        TokenedBackend,
        tmp_path / "trk",
        f"postgresql://trk@/failover?host={hosts}&target_session_attrs=read-write",
    )
    try:
        await asyncio.to_thread(backend.start)
        campaign = await asyncio.to_thread(
            lambda: make_campaign(backend, ["VIP"], url="", pause=time.sleep)
        )
        shoppers = Shoppers(campaign)

        def fail_over() -> None:
            primary.send(how)
            standby.promote()

        took = await _until_it_goes_on(shoppers, fail_over)
        stored = await _stored(standby.url("failover"))
    finally:
        await asyncio.to_thread(primary.send, signal.SIGKILL)
        await asyncio.to_thread(backend.close)
    assert shoppers.acknowledged <= stored.keys()
    assert set(stored.values()) == {2}, "each of a beacon's two pairs, once"
    assert took < WITHIN
    assert "Traceback" not in backend.log()


async def _stored(url: str) -> Counter[int]:
    """How many pairs of each beacon there are."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT beacon FROM trackings")
    finally:
        await connection.close()
    return Counter(number_of(row["beacon"]) for row in rows)


async def _until_it_goes_on(shoppers: Shoppers, fail_over: Callable[[], None]) -> float:
    """Send, fail over, send until forty more are acknowledged: the seconds until the first."""
    failed_at: list[tuple[float, int]] = []

    def noted() -> None:
        fail_over()
        failed_at.append((time.monotonic(), len(shoppers.acknowledged)))

    shopping = asyncio.create_task(shoppers.send_until_gone(40, noted))
    began = time.monotonic()
    first = None
    while not failed_at or len(shoppers.acknowledged) < failed_at[0][1] + 40:
        assert not shopping.done()
        assert time.monotonic() - began < 60
        if failed_at and first is None and len(shoppers.acknowledged) > failed_at[0][1]:
            first = time.monotonic()
        await asyncio.sleep(0.02)
    shopping.cancel()
    await asyncio.gather(shopping, return_exceptions=True)
    return (first or time.monotonic()) - failed_at[0][0]

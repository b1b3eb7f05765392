"""What several processes have counted is told as one, whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from trk.services.counted import Counted
from trk.services.downloads import Downloads
from trk.services.place import Place
from trk.services.wakes import Wakes


@asynccontextmanager
async def counting(folder: Path, numbers: list[int]) -> AsyncIterator[list[Counted]]:
    """Processes with these numbers, of two; each has counted its number plus one."""
    opened = []
    for number in numbers:
        registry = CollectorRegistry()
        series = Counter("trk_requests", "Requests.", ["route"], registry=registry)
        for route in range(4_000):  # some 300 KB
            series.labels(f"/a-route-with-a-name-that-is-rather-long/{route}").inc(number + 1)
        Gauge("trk_mails", "E-mails.", registry=registry).set(7)
        place = Place(number, 2, folder, Wakes(), Downloads(), has_store=False)
        opened.append(Counted(place, registry))
    for each in opened:
        await each.open()
    try:
        yield opened
    finally:
        for each in opened:
            await each.close()


async def test_what_each_has_counted_is_added_up_however_much_it_is(tmp_path: Path) -> None:
    async with counting(tmp_path, [0, 1]) as processes:
        for each in processes:
            together = await each.collected()
            assert together is not None
            told = generate_latest(together).decode()
            assert told.count("} 3.0\n") == 4_000
            assert "\ntrk_mails 7.0\n" in told  # of the database, not of each process
            assert "\ntrk_workers 2.0\n" in told


async def test_without_what_one_has_counted_nothing_is_told(tmp_path: Path) -> None:
    async with counting(tmp_path, [0]) as [alone]:
        assert await alone.collected() is None
        async with counting(tmp_path, [1]):
            assert await alone.collected() is not None


async def test_without_a_folder_it_counts_on(tmp_path: Path) -> None:
    async with counting(tmp_path / "gone", [0]) as [alone]:
        assert await alone.collected() is None

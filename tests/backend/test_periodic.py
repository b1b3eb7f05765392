"""The loop of all jobs: rounds, being woken, and backing off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from trk.core.campaign import Campaign
from trk.services.jobs import periodic
from trk.services.jobs.periodic import Periodic
from trk.store.errors import DatabaseError, Gone, Locked, Unavailable


class Counting(Periodic):
    """A job whose rounds are counted; `fails` says what goes wrong in which of them."""

    def __init__(self, every: float, fails: Callable[[int], Exception | None]) -> None:
        super().__init__("counting", every)
        self.rounds = 0
        self._fails = fails
        self._reached = asyncio.Condition()

    async def work(self) -> None:
        self.rounds += 1
        async with self._reached:
            self._reached.notify_all()
        if problem := self._fails(self.rounds):
            raise problem

    async def until(self, rounds: int) -> None:
        async with self._reached:
            await self._reached.wait_for(lambda: self.rounds >= rounds)


@asynccontextmanager
async def at_work(job: Counting) -> AsyncIterator[Counting]:
    task = asyncio.create_task(job.run())
    try:
        async with asyncio.timeout(20):
            yield job
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_who_says_that_there_is_something_to_do_is_not_kept_waiting() -> None:
    async with at_work(Counting(3600, lambda _: None)) as job:
        await job.until(1)
        for rounds in (2, 3):
            job.wake()
            await job.until(rounds)


async def test_a_round_that_fails_is_tried_again_and_ends_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periodic, "_LONGEST", 0.001)
    problems = {1: DatabaseError("the disk is gone"), 2: KeyError("a bug")}
    async with at_work(Counting(3600, problems.get)) as job:
        await job.until(3)
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [
        ("WARNING", "counting will be retried later: the disk is gone"),
        ("ERROR", "counting failed and will be retried later"),
    ]


async def test_pauses_after_failures_grow_to_a_minute_and_are_short_again_after_a_success(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float | None] = []
    timeout = asyncio.timeout

    def noted(seconds: float | None) -> asyncio.Timeout:
        pauses.append(seconds)
        return timeout(0)

    job = Counting(7.0, lambda n: None if n == 9 else DatabaseError("the disk is gone"))
    async with at_work(job):
        monkeypatch.setattr(asyncio, "timeout", noted)
        await job.until(11)
    assert pauses[:10] == [2, 4, 8, 16, 32, 60, 60, 60, 7, 2]


async def test_it_is_tried_again_after_any_number_of_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timeout = asyncio.timeout
    async with at_work(Counting(7.0, lambda n: DatabaseError("the disk is gone"))) as job:
        monkeypatch.setattr(asyncio, "timeout", lambda _: timeout(0))
        await job.until(1_100)


def campaign(key: str) -> Campaign:
    return Campaign(id=1, key=key, name="Win", slug="win", kind="competition", timezone="UTC")


class Each(Counting):
    """A job that does something for each of three campaigns; `problem` is of the second."""

    def __init__(self, campaigns: list[Campaign], problem: Exception) -> None:
        super().__init__(3600, lambda n: None)
        self.done: list[str] = []
        self._campaigns = campaigns
        self._problem = problem

    async def work(self) -> None:
        await self.for_each(self._campaigns, self._do)

    async def _do(self, campaign: Campaign) -> None:
        if campaign is self._campaigns[1]:
            raise self._problem
        self.done.append(campaign.key)


@pytest.mark.parametrize("problem", [KeyError("a bug"), Locked("held"), Gone("deleted")])
async def test_a_campaign_with_which_something_goes_wrong_keeps_no_other_waiting(
    problem: Exception,
) -> None:
    job = Each([campaign(key) for key in ("first", "second", "third")], problem)
    if isinstance(problem, Gone):
        await job.work()
    else:
        with pytest.raises(type(problem)):
            await job.work()
    assert job.done == ["first", "third"]


async def test_without_a_database_a_round_ends_at_once() -> None:
    job = Each([campaign(key) for key in ("first", "second", "third")], Unavailable("away"))
    with pytest.raises(Unavailable):
        await job.work()
    assert job.done == ["first"]

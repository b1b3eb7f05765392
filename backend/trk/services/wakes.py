"""Waking a job that another process of the server runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

_MOST = 4096
"""How many bytes are read at once; what one job is woken for more than once is done in one go."""


class Job(Protocol):
    """What can be woken (see jobs/periodic.py)."""

    elsewhere: Callable[[], None] | None

    def wake(self) -> None:
        """There is something to do."""


class Wakes:
    """A pipe that the processes of a server share: a byte in it is the number of a job."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def forward(self, jobs: Sequence[Job]) -> None:
        """These run elsewhere: whoever wakes one of them here tells it there."""
        for number, job in enumerate(jobs):
            job.elsewhere = partial(self._send, number)

    def listen(self, jobs: Sequence[Job]) -> None:
        """These run here, in the same order: wake whom the others name."""
        asyncio.get_running_loop().add_reader(self._read, self._hear, jobs)

    def leave(self) -> None:
        """They run here no longer."""
        asyncio.get_running_loop().remove_reader(self._read)

    def _send(self, number: int) -> None:
        # A pipe that is full has named them all.
        with contextlib.suppress(BlockingIOError):
            os.write(self._write, bytes([number]))

    def _hear(self, jobs: Sequence[Job]) -> None:
        with contextlib.suppress(BlockingIOError):
            for number in set(os.read(self._read, _MOST)):
                jobs[number].wake()

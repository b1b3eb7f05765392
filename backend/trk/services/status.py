"""Answers the polls of campaign pages; those that wait together are answered by one read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from trk.store.database import Database
from trk.store.status import Poll, PollResult, poll_results


class StatusReader:
    """Answers the polls that wait together by one read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Poll, asyncio.Future[PollResult | None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def read(self, poll: Poll) -> PollResult | None:
        """What the database knows for one poll."""
        future: asyncio.Future[PollResult | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((poll, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer())
        return await future

    async def _answer(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                seen: Sequence[PollResult | None] = await self._database.read(
                    poll_results, [poll for poll, _ in group]
                )
            except Exception as error:
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(group, seen, strict=True):
                if not future.done():
                    future.set_result(answer)

"""Runs what leaves nothing behind, however it is asked to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


def ended_in_order(work: Coroutine[Any, Any, object]) -> int:
    """Run `work`, which is cancelled by Ctrl-C, SIGTERM or the end of its terminal; the exit
    status: 0 if it returns something true, 130 if it was cancelled."""

    async def run() -> object:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await work

    try:
        return 0 if asyncio.run(run()) else 1
    except asyncio.CancelledError:
        return 130

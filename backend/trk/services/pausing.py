"""Pauses between the parts of a long deed, so that half of the time is left to everybody else."""

from __future__ import annotations

import asyncio
import time


async def pause_since(began: float) -> None:
    """Pause for as long as a part took that `began` then, by time.monotonic."""
    await asyncio.sleep(time.monotonic() - began)

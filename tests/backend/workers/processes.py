"""The processes of a server that consists of several, and what shoppers have had stored by it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

import psutil

from tests.backend.shoppers import Shoppers, number_of
from trk_sdk.testkit.process import Server
from trk_sdk.testkit.truth import Campaign

TWO = {"TRK_WORKERS": "2"}


def processes(backend: Server) -> list[psutil.Process]:
    """The children, in the order in which they were started: on SQLite the first one stores."""
    return sorted(psutil.Process(backend.pid).children(), key=lambda each: each.pid)


def all_again(backend: Server, before: list[psutil.Process]) -> None:
    """Wait until there are as many processes as there were, and not the same ones."""
    until = time.monotonic() + 20
    while len(now := processes(backend)) < len(before) or now == before:
        assert time.monotonic() < until, f"not {len(before)}, or the same:\n{backend.log()}"
        time.sleep(0.02)


def start(server: Server, settings: Mapping[str, str]) -> None:
    """Start it, and wait until its parent knows that all its processes are ready: one that ends
    before has failed to start, and hears of no signal yet."""
    size = server.log_size()
    server.start(settings)
    until = time.monotonic() + 60
    while "processes are ready" not in server.log(size):
        assert time.monotonic() < until, server.log(size)
        time.sleep(0.02)


def stored_of(campaign: Campaign) -> set[int]:
    return {number_of(tracking.beacon) for tracking in campaign.trackings()}


async def stored_once(campaign: Campaign, shoppers: Shoppers) -> None:
    """All that was acknowledged is there; sent again, all is there, and nothing twice."""
    assert shoppers.acknowledged <= stored_of(campaign)
    answers = await shoppers.send_again()
    assert all(answers[number]["duplicate"] for number in shoppers.acknowledged)
    trackings = campaign.trackings()
    assert len(trackings) == 2 * len(shoppers.sent)
    assert {number_of(tracking.beacon) for tracking in trackings} == shoppers.sent


async def shopping_on(shoppers: Shoppers, answers: int, end: Callable[[], object]) -> None:
    """As many more answers, then `end` something; who is not cut off by it stops soon after."""
    wanted = len(shoppers.acknowledged) + answers
    shopping = asyncio.create_task(shoppers.send_until_gone(answers, end))
    async with asyncio.timeout(60):
        while len(shoppers.acknowledged) < wanted + 50 and not shopping.done():
            await asyncio.wait([shopping], timeout=0.05)
    shopping.cancel()
    await asyncio.gather(shopping, return_exceptions=True)

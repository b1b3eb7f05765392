"""Clients that send beacons for as long as there is a server, and know what it has acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx

from tests.backend.wire import VISITOR, Pair, asynchronous_client, beacon, beacon_url
from trk_sdk.testkit.truth import Campaign

CLIENTS = 16
"""How many send at once."""
UNHURRIED = 0.05
"""Seconds between a client's beacons once the load has done what it is for."""


class Shoppers:
    """Sixteen clients that send a beacon each, again and again, each with two pairs."""

    def __init__(self, campaign: Campaign) -> None:
        self._url = beacon_url(campaign)
        self.sent: set[int] = set()
        self.acknowledged: set[int] = set()
        self.told_to_come_back: set[int] = set()

    async def send_until_gone(self, answers: int, end: Callable[[], object]) -> None:
        """Send, and `end` the server under way once it has given so many answers.

        If that takes long (a backup, say), they go on without haste.
        """
        wanted = len(self.acknowledged) + answers
        reached = asyncio.Event()

        async def shop(client: httpx.AsyncClient) -> None:
            while True:
                number = len(self.sent)
                self.sent.add(number)
                try:
                    answer = await client.post(self._url, content=self.beacon(number))
                except httpx.TransportError:
                    return
                if answer.status_code == 503:
                    self.told_to_come_back.add(number)
                    continue
                assert answer.status_code == 200, answer.text
                self.acknowledged.add(number)
                if len(self.acknowledged) >= wanted:
                    reached.set()
                if len(self.acknowledged) >= wanted + 100:
                    await asyncio.sleep(UNHURRIED)

        async with asynchronous_client() as client:
            shopping = asyncio.gather(*[shop(client) for _ in range(CLIENTS)])
            try:
                await reached.wait()
                await asyncio.to_thread(end)
                await shopping
            finally:
                shopping.cancel()

    async def send_again(self) -> dict[int, dict[str, object]]:
        """Send all that was ever sent; the answers by number."""
        answers = {}
        numbers = iter(sorted(self.sent))

        async def shop(client: httpx.AsyncClient) -> None:
            for number in numbers:
                answer = await client.post(self._url, content=self.beacon(number))
                assert answer.status_code == 200, answer.text
                answers[number] = answer.json()

        async with asynchronous_client() as client:
            await asyncio.gather(*[shop(client) for _ in range(CLIENTS)])
        return answers

    @staticmethod
    def beacon(number: int) -> bytes:
        """The beacon with this number, always the same."""
        # Of many visitors, so that none is slowed down; every 64th is of the one who entered.
        visitor = VISITOR if number % 64 == 0 else f"{number % 64:032x}"
        pairs: list[Pair] = [["VIP", str(number)], ["seen", str(number)]]
        return beacon(number, *pairs, visitor=visitor)


def number_of(beacon: str) -> int:
    """The number that stands in a stored beacon's id."""
    return int(beacon[-12:], 16)

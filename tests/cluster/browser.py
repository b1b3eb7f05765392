"""A browser on a customer's site, as trk.js makes it behave: what a page pushes stays in its outbox
until the server has it (sdk/trk_sdk/src/trk/delivery.js)."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx

_PATIENCE = 30.0
"""Seconds after which a request that is not answered has failed."""
_HOUR = 3600.0


@dataclass(slots=True)
class Pushed:
    """A beacon that was pushed: `acknowledged` by a 2xx, with the actions it `unlocked`."""

    campaign: str
    visitor: str
    email: str
    names: tuple[str, ...]
    acknowledged: bool = False
    unlocked: tuple[str, ...] = ()


@dataclass(slots=True)
class Ledger:
    """What all browsers know: that must be in the database."""

    pushed: dict[str, Pushed] = field(default_factory=dict)
    """By the beacon's id."""
    entered: dict[str, str] = field(default_factory=dict)
    """The campaign of each e-mail that was told that it has entered."""
    told: Counter[int] = field(default_factory=Counter)
    """Answers to beacons by their status; 0 is for none."""
    refused: list[str] = field(default_factory=list)
    """Answers that let an outbox throw a beacon away: there must be none."""
    acknowledged: list[str] = field(default_factory=list)
    """The ids of beacons, in the order in which the server had them."""
    at: list[float] = field(default_factory=list)
    """When beacons were acknowledged, by the monotonic clock."""

    def acknowledge(self, beacon: str, unlocked: tuple[str, ...]) -> None:
        """Note that the server has it."""
        pushed = self.pushed[beacon]
        pushed.acknowledged, pushed.unlocked = True, unlocked
        self.acknowledged.append(beacon)
        self.at.append(time.monotonic())

    def silence(self, since: float, until: float) -> float:
        """The longest time between these instants in which nothing was acknowledged, in seconds."""
        times = [since, *(at for at in self.at if since < at < until), until]
        return max(after - before for before, after in pairwise(times))


class Browser:
    """One visitor of a campaign, who will enter with an e-mail."""

    def __init__(self, url: str, campaign: str, number: int, ledger: Ledger) -> None:
        self.campaign = campaign
        self.email = f"{campaign}-{number}@example.org"
        self._visitor = secrets.token_hex(16)
        self._address = f"{url}/{campaign}"
        self._ledger = ledger
        self._client = httpx.AsyncClient(trust_env=False, verify=False, timeout=_PATIENCE)

    async def close(self) -> None:
        """Forget its cookies and connections."""
        await self._client.aclose()

    async def push(self, *names: str, **fields: str) -> None:
        """Send a beacon with these names; return once the server has it."""
        made, began, pause = _id(), time.monotonic(), 0.4
        pairs = [[name, f"{name} of {self.email}"] for name in names]
        if names:
            self._ledger.pushed[made] = Pushed(self.campaign, self._visitor, self.email, names)
        while True:
            body = {"id": made, "visitor": self._visitor, "pairs": pairs, **fields}
            answer = await self._sent({**body, "age": int((time.monotonic() - began) * 1000)})
            self._ledger.told[answer.status_code if answer is not None else 0] += 1
            if answer is not None and _ours(answer) and not _later(answer.status_code):
                if answer.status_code != 200 or answer.json()["refused"]:
                    self._ledger.refused.append(f"{answer.status_code} {answer.text}")
                elif names:
                    self._ledger.acknowledge(made, tuple(answer.json()["unlocked"]))
                return
            pause *= 2
            after = answer.headers.get("retry-after", "") if answer is not None else ""
            rest = float(after) if after.isdigit() and int(after) else pause
            await asyncio.sleep(min(rest, _HOUR) * (1 + random.random() / 2))

    async def _sent(self, body: dict[str, object]) -> httpx.Response | None:
        """The answer, or None. After a fetch that failed, XMLHttpRequest is tried at once."""
        text = json.dumps(body)
        headers = {"content-type": "text/plain"}
        for _ in range(2):
            try:
                return await self._client.post(
                    f"{self._address}/beacon", content=text, headers=headers
                )
            except httpx.TimeoutException:
                return None
            except httpx.TransportError:
                continue
        return None

    async def enter(self) -> None:
        """Come to the campaign's page by a click on the site, and enter; whoever gets an error
        tries again."""
        ticket = secrets.token_hex(16)
        await self.push(ticket=ticket)
        await self._until("GET", self._address, params={"visitor": ticket})
        form = {"name": "Ann", "email": self.email}
        # Where only the answer was lost, the second try is told of a mail, and that is a 200.
        await self._until("POST", f"{self._address}/enter", data=form)
        self._ledger.entered[self.email] = self.campaign

    async def look(self) -> None:
        """Poll as the campaign's page does, once all is done: whoever has entered must see that.
        Raises AssertionError."""
        seen = (await self._until("GET", f"{self._address}/status")).json()
        if seen["entered"] and any(each["state"] != "done" for each in seen["status"]["actions"]):
            raise AssertionError(f"{self.email} does not see what they have done: {seen}")

    async def _until(self, method: str, url: str, **more: Any) -> httpx.Response:
        while True:
            try:
                answer = await self._client.request(
                    method, url, follow_redirects=method == "GET", **more
                )
                if answer.status_code < 400:
                    return answer
                if answer.status_code < 500:
                    raise AssertionError(f"{method} {url}: {answer.status_code} {answer.text}")
            except httpx.TransportError:
                pass
            await asyncio.sleep(1 + random.random())


def _id() -> str:
    """An idempotency id: a UUIDv7."""
    stamp, rest = f"{int(time.time() * 1000):012x}", secrets.token_hex(9)
    return f"{stamp[:8]}-{stamp[8:]}-7{rest[:3]}-8{rest[3:6]}-{rest[6:]}"


def _later(status: int) -> bool:
    return status == 429 or status >= 500


def _ours(answer: httpx.Response) -> bool:
    """Is it our server's answer? A proxy's page acknowledges nothing."""
    try:
        body = answer.json()
    except ValueError:
        return False
    return isinstance(body, dict) and ("refused" in body or "error" in body)

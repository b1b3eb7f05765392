"""The load: visitors of three campaigns, who push and enter in any order."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import httpx

from tests.cluster.browser import Browser, Ledger
from trk.services.tokens import make_token
from trk.store.database import Database


@dataclass(frozen=True, slots=True)
class Kind:
    """A campaign of the load: its settings as the API takes them, and what its visitors push."""

    key: str
    settings: dict[str, object]
    actions: tuple[str, ...]


CAMPAIGNS = (
    Kind("bike1", {"kind": "competition", "confirmed_only": False}, ("VIP", "Purchase", "Share")),
    Kind(
        "codes",
        {
            "kind": "reward",
            "reward_kind": "codes",
            "reward_after": 2,
            "confirmed_only": False,
        },
        ("First", "Second", "Third"),
    ),
    # Entering sends a mail.
    Kind("mail1", {"kind": "competition", "confirmed_only": True}, ("Visit", "Like")),
)
CODES = 20_000
EVENTS = ["entrant.created", "action.completed", "reward.claimed"]


async def make_campaigns(url: str, database: str, hook: str) -> None:
    """Make the campaigns by the API at `url`; `hook` is told of all that happens in `codes`."""
    opened = Database(database)
    await opened.open()
    token = (await opened.write(make_token, "cluster")).token
    await opened.close()
    async with httpx.AsyncClient(
        base_url=f"{url}/api/v1",
        headers={"authorization": f"Bearer {token}"},
        trust_env=False,
        verify=False,
        timeout=30,
    ) as api:

        async def post(path: str, **body: object) -> None:
            (await api.post(path, json=body)).raise_for_status()

        for kind in CAMPAIGNS:
            await post("/campaigns", name=kind.key, key=kind.key, **kind.settings)
            for name in kind.actions:
                await post(f"/campaigns/{kind.key}/actions", title=name, tracking_name=name)
        codes = "\n".join(f"CODE-{n}" for n in range(CODES))
        (await api.post("/campaigns/codes/codes", content=codes)).raise_for_status()
        await post("/campaigns/codes/webhooks", url=hook, events=EVENTS)


class Load:
    """Visitors who come at a rate."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.ledger = ledger
        self._url = url
        self._visits: set[asyncio.Task[None]] = set()
        self._number = 0
        self.failed: list[BaseException] = []
        """What ended a visit that should not have."""

    @property
    def visitors(self) -> int:
        """How many are still there."""
        return len(self._visits)

    async def come(self, rate: float) -> None:
        """Let so many visitors come each second, until it is cancelled."""
        while True:
            self._number += 1
            visit = asyncio.create_task(self._visit(self._number))
            self._visits.add(visit)
            visit.add_done_callback(self._gone)
            await asyncio.sleep(random.expovariate(rate))

    async def gone(self, seconds: float) -> int:
        """Wait until all have gone, for so long at most; how many are left."""
        if self._visits:
            await asyncio.wait(self._visits, timeout=seconds)
        left = len(self._visits)
        for visit in self._visits:
            visit.cancel()
        return left

    def _gone(self, visit: asyncio.Task[None]) -> None:
        self._visits.discard(visit)
        if not visit.cancelled() and (error := visit.exception()) is not None:
            self.failed.append(error)

    async def _visit(self, number: int) -> None:
        kind = random.choice(CAMPAIGNS)
        browser = Browser(self._url, kind.key, number, self.ledger)
        pushes = [kind.actions]  # in one task of the page
        if random.random() < 0.8:
            pushes = [(name,) for name in kind.actions]
        enters = random.randint(0, len(pushes))
        try:
            for n, names in enumerate([*pushes[:enters], (), *pushes[enters:]]):
                await asyncio.sleep(random.random() if n else 0)
                await (browser.push(*names) if names else browser.enter())
            await browser.look()
        finally:
            await browser.close()

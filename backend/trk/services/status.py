"""Answers the polls of campaign pages; those that wait together are answered by one read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from trk.core.campaign import Action, Campaign
from trk.store.database import Database
from trk.store.program import Transaction
from trk.store.status import (
    Poll,
    PollResult,
    Session,
    Standing,
    poll_results,
    rules,
    sessions,
)
from trk.store.together import Together

_KEPT = 0.5
"""Seconds for which it is taken for granted that nobody else has changed a campaign's rules."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A campaign and its actions as they were read a moment ago; `etags` are those of the answers
    for each standing that was seen since."""

    campaign: Campaign
    actions: list[Action]
    read_at: float
    etags: dict[Standing, str] = field(default_factory=dict)


Glance = tuple[Rules, Session]


class StatusReader:
    """Answers the polls that wait together by one read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rules: dict[str, Rules] = {}
        self._whole: Together[Poll, PollResult | None] = Together(
            lambda polls: database.read_public(poll_results, polls)
        )
        self._glances = Together(self._glance)

    async def read(self, poll: Poll) -> PollResult | None:
        """What the database knows for one poll."""
        return await self._whole.ask(poll)

    def glance(self, poll: Poll) -> asyncio.Future[Glance | None]:
        """The same at a fraction of the cost, with the campaign and its actions as they were up to
        half a second ago, if another process has changed them since; None if there is no such
        campaign."""
        return self._glances.ask(poll)

    async def _glance(self, polls: Sequence[Poll]) -> list[Glance | None]:
        now = time.monotonic()
        oldest = max(now - _KEPT, self._database.changed_at)
        known = {key: each for key, each in self._rules.items() if each.read_at > oldest}
        missing = {poll.key for poll in polls} - known.keys()

        async def program(tx: Transaction) -> list[Session]:
            for key, found in (await rules(tx, missing) if missing else {}).items():
                known[key] = Rules(*found, now)
            return await sessions(tx, polls, {key: each.campaign.id for key, each in known.items()})

        seen = await self._database.read_public(program)
        self._rules = known
        return [
            (known[poll.key], session) if poll.key in known else None
            for poll, session in zip(polls, seen, strict=True)
        ]

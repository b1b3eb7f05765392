"""A deed to many entrants, a part at a time, so that beacons do not wait for all of it.

Each part is whole; whoever looks meanwhile, or after a crash, sees the deed half done. It can be
done again then: what is done already is left as it is. All of it is one entry of the audit.

Each entrant's turn comes once, in the order of their ids: two owners of whom one puts back what the
other does would otherwise go on for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from trk.core.audit import Deed, Done
from trk.core.campaign import Campaign
from trk.services.audit import note, note_more
from trk.services.pausing import pause_since
from trk.store.database import Database
from trk.store.program import Transaction

AT_ONCE = 150
"""To how many entrants it is done in one transaction: some milliseconds, or twenty where each has
friends who are counted, too."""


class Parts:
    """The transactions of one deed, one after the other."""

    def __init__(
        self, database: Database, campaign: Campaign, deed: Deed, undoing: str = ""
    ) -> None:
        """`undoing` is what the audit has before the number of entrants."""
        self._database = database
        self._campaign = campaign
        self._deed = deed
        self._undoing = undoing
        self._entry: int | None = None
        self.changed: list[int] = []
        """Those whom it was done to, by id."""

    async def take(
        self, program: Callable[[Transaction], Coroutine[Any, Any, list[int]]]
    ) -> list[int]:
        """Do a part of it: the ids of those whom the program has changed."""

        async def part(tx: Transaction) -> tuple[list[int], int | None]:
            changed = await program(tx)
            return changed, await self._note(tx, changed)

        began = time.monotonic()
        changed, self._entry = await self._database.write(part)
        self.changed += changed
        if len(changed) == AT_ONCE:
            await pause_since(began)
        return changed

    async def take_all(
        self, program: Callable[[int, Transaction], Coroutine[Any, Any, list[int]]]
    ) -> list[int]:
        """Do part after part, each to entrants with ids above the last one's, until the program
        changes nobody: the ids of all whom it changed."""
        after = 0
        while changed := await self.take(partial(program, after)):
            after = changed[-1]
        return self.changed

    async def _note(self, tx: Transaction, changed: list[int]) -> int | None:
        if not changed:
            return self._entry
        together = len(self.changed) + len(changed)
        if together == 1:
            about = self._undoing.removesuffix(": ")
            return await note(
                tx, self._deed, "entrant", changed[0], about=about, campaign=self._campaign
            )
        about = f"{self._undoing}{together} entrants"
        if self._entry is None:
            return await note(tx, self._deed, "entrant", about=about, campaign=self._campaign)
        now = f"{self._undoing}{len(changed)} entrants"
        done = Done(self._deed, "entrant", None, now, self._campaign.key)
        await note_more(tx, self._entry, done, about)
        return self._entry

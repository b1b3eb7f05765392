"""Tries an action with an entrant who is there for the moment only."""

from __future__ import annotations

import secrets

from trk.core.beacon import Answer, Beacon
from trk.core.campaign import Action, Campaign, as_published
from trk.core.keys import beacon_id
from trk.core.rejection import Rejection
from trk.store import beacons, entrants
from trk.store.database import Database
from trk.store.program import Transaction
from trk.store.submissions import Submission, named_visitor


class _TakenBack(Exception):
    def __init__(self, reply: Answer | Rejection) -> None:
        super().__init__("a trial")
        self.reply = reply


async def try_action(database: Database, campaign: Campaign, action: Action, now: int) -> bool:
    """Does this action unlock, at `now` (ms), for somebody who has entered?

    A test entrant enters and their beacon is stored, in a transaction that is taken back: nothing
    of it stays, and nobody is told by mail or webhook.
    """

    async def run(tx: Transaction) -> None:
        entrant = await entrants.enter(
            tx,
            as_published(campaign, 0),
            name="Test",
            email=f"{secrets.token_hex(16)}@test.invalid",
            session_hash=secrets.token_hex(32),
            visitor=None,
            now=now,
        )
        assert entrant is not None
        named, number = named_visitor(entrant.id), beacon_id(now, secrets.token_hex(9))
        beacon = Beacon(number, named, [[action.tracking_name, secrets.token_hex(16)]])
        sent = Submission(campaign.key, beacon, now, True, entrant.id, tested=True)
        [reply] = await beacons.store(tx, [sent])
        raise _TakenBack(reply)

    try:
        await database.write(run)
    except _TakenBack as tried:
        return isinstance(tried.reply, Answer) and tried.reply.pairs == ["unlocked"]
    raise AssertionError("a trial was not taken back")

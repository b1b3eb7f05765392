"""Who finds no room is told when there will be some: behind those who were sent away before."""

from __future__ import annotations

from tests.backend.stored import NOW, beacon_id, visitor
from trk.core.beacon import Beacon
from trk.core.rejection import Rejection, RejectionReason
from trk.store.database import Database
from trk.store.storing import StoringHere
from trk.store.submissions import Submission
from trk.store.writer import Writer


class Full:
    """A writer that stores nothing, with room for ten; before it has stored any, it counts on five
    a second."""

    def __init__(self, database: Database) -> None:
        self._writer = Writer(StoringHere(database), capacity=10)
        for key in ("big12", "small1"):
            self._writer._waiting.know(key)  # as of campaigns that have stored
        self._number = 0

    def push(self, key: str) -> int | None:
        """The seconds after which this one is to come back; None: it waits here."""
        self._number += 1
        beacon = Beacon(beacon_id(self._number), visitor(self._number), [["Purchase"]])
        answered = self._writer.submit(Submission(key, beacon, NOW))
        if not answered.done():
            return None
        reply = answered.result()
        assert isinstance(reply, Rejection)
        assert reply.reason is RejectionReason.BUSY
        return reply.wait


async def test_each_is_told_another_time_as_many_as_can_be_stored_until_then(
    sqlite_database: Database,
) -> None:
    full = Full(sqlite_database)
    assert [full.push("big12") for _ in range(10)] == [None] * 10
    told = [full.push("big12") for _ in range(500)]
    for n, wait in enumerate(told):
        # When its turn comes; trk.js waits for up to half as long again.
        turn = (10 + n) / 5
        assert wait is not None
        assert 0.8 * turn <= wait <= 0.8 * turn + 4
    # No more come back within any ten seconds than can be stored meanwhile, and some.
    for second in range(0, 80, 10):
        assert sum(second <= (wait or 0) < second + 10 for wait in told) <= 50 / 0.8 + 15


async def test_the_rush_of_one_campaign_lets_no_other_wait_as_long(
    sqlite_database: Database,
) -> None:
    full = Full(sqlite_database)
    for _ in range(500):
        full.push("big12")
    assert [full.push("small1") for _ in range(5)] == [None] * 5
    wait = full.push("small1")
    assert wait is not None
    assert wait <= 5


async def test_nobody_is_sent_away_for_longer_than_a_quarter_of_an_hour(
    sqlite_database: Database,
) -> None:
    full = Full(sqlite_database)
    told = [full.push("big12") or 0 for _ in range(20_000)]
    assert max(told) <= 0.8 * 900 + 3


async def test_made_up_keys_share_one_place(sqlite_database: Database) -> None:
    full = Full(sqlite_database)
    told = [full.push(f"made{n}") or 0 for n in range(300)]
    assert told[-1] > 0.8 * 50

"""Compares what browsers, the mail server and the endpoint know with what the database has."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.backend.counting import counted_anew, kept
from tests.backend.stored import campaign_in
from tests.cluster.browser import Ledger
from tests.cluster.load import CAMPAIGNS
from tests.cluster.outside import Outside
from trk.store.database import Database

SETTLING = 240.0
"""Seconds that mails and events may still take: what a kill has interrupted is tried again within
two minutes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: how many things it is about, how many of them were `lost` and `twice`.

    `allowed`: how many may be there twice, as docs/operating.md says.
    """

    what: str
    number: int
    lost: int
    twice: int
    allowed: int = 0

    @property
    def kept(self) -> bool:
        """Was the promise kept?"""
        return self.lost == 0 and self.twice <= self.allowed


async def settled(connection: asyncpg.Connection) -> None:
    """Wait until all mails and events have gone out, for SETTLING at most."""
    until = time.monotonic() + SETTLING
    while time.monotonic() < until:
        waiting = await connection.fetchval(
            "SELECT (SELECT COUNT(*) FROM mails WHERE sent_at IS NULL) + "
            "(SELECT COUNT(*) FROM webhook_deliveries WHERE delivered_at IS NULL)"
        )
        if waiting == 0:
            return
        await asyncio.sleep(1)


async def balance(url: str, ledger: Ledger, out: Outside, cut: int) -> list[Line]:
    """A line for each promise, of the database at `url`; `cut` is how often a node was killed, or
    lost its database."""
    connection = await asyncpg.connect(url)
    try:
        await settled(connection)
        lines = [
            await _beacons(connection, ledger, ledger.acknowledged),
            await _unlocked(connection, ledger),
            await _entrants(connection, ledger),
            *await _rewards(connection, ledger, out),
            await _mails(connection, out, cut),
            *await _events(connection, out),
        ]
    finally:
        await connection.close()
    return [*lines, *await _counts(url)]


async def look(url: str, ledger: Ledger, beacons: Sequence[str]) -> Line:
    """What became of these acknowledged beacons. Raises what the driver does while the database is
    away."""
    connection = await asyncpg.connect(url, timeout=2, command_timeout=5)
    try:
        return await _beacons(connection, ledger, beacons)
    finally:
        connection.terminate()


async def _beacons(connection: asyncpg.Connection, ledger: Ledger, beacons: Sequence[str]) -> Line:
    rows = await connection.fetch(
        "SELECT beacon, COUNT(*) AS n FROM trackings WHERE beacon = ANY($1) GROUP BY beacon",
        beacons,
    )
    stored = {row["beacon"]: row["n"] for row in rows}
    numbers = [(stored.get(each, 0), len(ledger.pushed[each].names)) for each in beacons]
    lost = sum(found < pairs for found, pairs in numbers)
    twice = sum(found > pairs for found, pairs in numbers)
    return Line("beacons acknowledged", len(beacons), lost, twice)


async def _unlocked(connection: asyncpg.Connection, ledger: Ledger) -> Line:
    rows = await connection.fetch(
        "SELECT e.email, a.tracking_name AS name FROM completions AS c "
        "JOIN entrants AS e ON e.id = c.entrant_id JOIN actions AS a ON a.id = c.action_id"
    )
    found = Counter((row["email"], row["name"]) for row in rows)
    acknowledged = [p for p in ledger.pushed.values() if p.acknowledged]
    told = {(p.email, name) for p in acknowledged for name in p.unlocked}
    done = {(p.email, name) for p in acknowledged for name in p.names if p.email in ledger.entered}
    return _line("actions unlocked", told | done, found)


async def _entrants(connection: asyncpg.Connection, ledger: Ledger) -> Line:
    rows = await connection.fetch("SELECT email FROM entrants")
    return _line("entrants", ledger.entered, Counter(row["email"] for row in rows))


async def _rewards(connection: asyncpg.Connection, ledger: Ledger, out: Outside) -> list[Line]:
    rows = await connection.fetch(
        "SELECT e.email, c.value FROM claims AS c JOIN entrants AS e ON e.id = c.entrant_id"
    )
    actions = Counter(
        p.email
        for p in ledger.pushed.values()
        if p.acknowledged and p.campaign == "codes" and p.email in ledger.entered
        for _ in p.names
    )
    earned = [email for email, number in actions.items() if number >= 2]
    claims = Counter(row["email"] for row in rows)
    codes = Counter(row["value"] for row in rows)
    # Whose code stands in a mail, that is the one who has it.
    owners = {row["value"]: row["email"] for row in rows}
    mailed = Counter(
        (code, mail["To"])
        for mail in {mail["Message-ID"]: mail for mail in out.inbox.mails}.values()
        for code in set(re.findall(r"CODE-\d+", mail.get_body().get_content()))  # type: ignore[union-attr]
    )
    wrong = len(mailed.keys() - owners.items())
    given = Line("codes given", len(codes), 0, sum(n - 1 for n in codes.values()) + wrong)
    return [_line("rewards earned", earned, claims), given]


async def _mails(connection: asyncpg.Connection, out: Outside, cut: int) -> Line:
    rows = await connection.fetchval("SELECT COUNT(*) FROM mails")
    arrived = Counter(mail["Message-ID"] for mail in out.inbox.mails)
    again = sum(arrived.values()) - len(arrived)
    # docs/operating.md: twice only what was taken in the moment before its node was killed, or lost
    # its connection.
    return Line("mails", rows, rows - len(arrived), again, allowed=cut)


async def _events(connection: asyncpg.Connection, out: Outside) -> list[Line]:
    rows = await connection.fetch(
        "SELECT 'action.completed' AS kind, c.id AS subject FROM completions AS c "
        "JOIN campaigns AS k ON k.id = c.campaign_id WHERE k.key = 'codes' "
        "UNION ALL SELECT 'entrant.created', e.id FROM entrants AS e "
        "JOIN campaigns AS k ON k.id = e.campaign_id WHERE k.key = 'codes' "
        "UNION ALL SELECT 'reward.claimed', entrant_id FROM claims"
    )
    got = out.receiver.at("/events")
    ids = {request.headers["webhook-id"]: request.event for request in got}
    subjects: Counter[tuple[str, int]] = Counter()
    for event in ids.values():
        data = event["data"]
        subject = data.get("completion_id") or data["entrant"]["id"]
        subjects[event["type"], subject] += 1
    line = _line("events", [(row["kind"], row["subject"]) for row in rows], subjects)
    # They arrive at least once: the receiver knows a repeated one by its id.
    repeated = Line("  of them repeated, with their id", len(got) - len(ids), 0, 0)
    return [line, repeated]


async def _counts(url: str) -> list[Line]:
    database = Database(url, readers=1)
    await database.open()
    try:
        number = less = more = 0
        for kind in CAMPAIGNS:
            campaign = await campaign_in(database, kind.key)
            extent, entries = await kept(database, campaign)
            real_extent, real_entries = await counted_anew(database, campaign)
            pairs = zip((*extent, entries), (*real_extent, real_entries), strict=True)
            for held, real in pairs:
                number += real
                less += max(0, real - held)
                more += max(0, held - real)
    finally:
        await database.close()
    return [Line("sums of kept counts", number, less, more)]


def _line(what: str, expected: Iterable[object], found: Mapping[Any, int]) -> Line:
    """`expected` each once; what is found beyond it is not wrong, but twice is."""
    wanted = set(expected)
    twice = sum(number - 1 for number in found.values())
    return Line(what, len(wanted), len(wanted - found.keys()), twice)

"""What tests of the store do, and what they look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from trk.core.beacon import Answer, Beacon
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.keys import token_hash
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import campaigns, entrants, rewards
from trk.store import completions as stored_completions
from trk.store.database import Database
from trk.store.pages import Span
from trk.store.program import Program, Row, Transaction
from trk.store.submissions import Reply, Submission
from trk.store.writer import Writer

NOW = 1_790_000_000_000
"""An instant in September 2026 (ms)."""


async def campaign_in(database: Database, key: str = "y2sB7") -> Campaign:
    """The campaign with this key, which must be there."""
    found = await database.read(campaigns.by_key, key)
    assert found is not None
    return found


class _Recording:
    """A transaction that notes its statements and passes them on."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.seen: list[tuple[str, tuple[Any, ...]]] = []

    async def fetch(self, sql: str, *args: Any) -> list[Row]:
        self.seen.append((sql, args))
        return await self._tx.fetch(sql, *args)

    async def lock(self, alone: Iterable[str], shared: Iterable[str] = ()) -> None:
        await self._tx.lock(alone, shared)


async def statements(
    database: Database, program: Program[Any]
) -> list[tuple[str, tuple[Any, ...]]]:
    """The statements of a program that is run, each with its arguments."""

    async def recorded(tx: Transaction) -> list[tuple[str, tuple[Any, ...]]]:
        recording = _Recording(tx)
        await program(recording)
        return recording.seen

    return await database.write(recorded)


def visitor(number: int) -> str:
    return f"{number:032x}"


def beacon_id(number: int) -> str:
    return f"0193e5b4-6f3a-7c1e-9d2a-{number:012x}"


async def campaign_with(database: Database, **action: Any) -> Campaign:
    made = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    await database.write(make_action, made, ActionDraft("Buy", "Purchase", **action))
    return made


async def enter(database: Database, campaign: Campaign, number: int, *, linked: bool = True) -> int:
    entrant = await database.write(
        entrants.enter,
        campaign,
        name=f"Entrant {number}",
        email=f"{number}@example.org",
        session_hash=token_hash(f"session {campaign.id} {number}"),
        visitor=visitor(number) if linked else None,
        now=NOW,
    )
    assert entrant is not None
    return entrant.id


async def push(
    writer: Writer,
    number: int,
    *pairs: list[str | None],
    by: int = 1,
    key: str = "y2sB7",
    at: int = NOW,
    xref: str | None = None,
) -> Reply:
    beacon = Beacon(beacon_id(number), visitor(by), list(pairs), 0, xref)
    return await writer.submit(Submission(key, beacon, at))


async def told(writer: Writer, number: int, *pairs: list[str | None], by: int = 1) -> Answer:
    reply = await push(writer, number, *pairs, by=by)
    assert isinstance(reply, Answer)
    return reply


async def query(database: Database, sql: str) -> list[Row]:
    async def program(tx: Transaction) -> list[Row]:
        return await tx.fetch(sql)

    return await database.read(program)


async def completions(database: Database, campaign: Campaign) -> list[Row]:
    page = await database.read(stored_completions.listed, campaign, Span(limit=1000))
    return [asdict(row) for row in page.rows]


async def claims(database: Database, campaign: Campaign) -> list[tuple[int, str]]:
    """Who was given which reward."""
    page = await database.read(rewards.claims, campaign, Span(limit=1000))
    return [(row.entrant_id, row.value) for row in page.rows]


async def query_write(database: Database, sql: str) -> None:
    async def program(tx: Transaction) -> None:
        await tx.fetch(sql)

    await database.write(program)

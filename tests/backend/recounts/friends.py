"""A crowd of friends who are counted, the job that counts them, and which of them it has found."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import pytest

from tests.backend import in_parts
from tests.backend.in_parts import Deed, Part
from tests.backend.stored import NOW, campaign_in, claims, query, query_write
from trk.core.campaign import Campaign
from trk.core.drafts import CampaignDraft
from trk.services import recounting
from trk.services.campaigns import make_campaign
from trk.services.jobs.part_counter import PartCounter
from trk.store import recounts
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.program import Transaction

FRIENDS = {1: [4, 5, 7, 9, 11, 12], 2: [6, 8, 10], 3: [], 5: [13, 14]}
"""The friends of each referrer, by the numbers in which they have come."""
PEOPLE = 14
UNCONFIRMED, BLOCKED = [5, 8, 13], [9, 10]

Found = set[tuple[int, int, str, str | None]]


async def crowd(database: Database, key: str, **settings: Any) -> Campaign:
    """A campaign with these friends, in which they complete nothing yet."""
    made = await database.write(make_campaign, CampaignDraft("Win", key=key, **settings))
    await database.write(_people, made)
    if not database.sqlite:  # whoever enters later has a higher number there, too
        await query_write(database, "SELECT setval('entrants_id_seq', 100000)")
    return made


def number_of(campaign: Campaign, n: int) -> int:
    """The id of somebody of the crowd."""
    return campaign.id * 1000 + n


async def _people(tx: Transaction, campaign: Campaign) -> None:
    first = number_of(campaign, 0)
    for n in range(1, PEOPLE + 1):
        confirmed = "NULL" if n in UNCONFIRMED else str(NOW)
        blocked, why = (str(NOW), "'Robots.'") if n in BLOCKED else ("NULL", "NULL")
        await tx.fetch(
            "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at, "
            "confirmed_at, blocked_at, blocked_reason) "
            f"VALUES ({first + n}, $1, 'Someone', $2, $2, $3, {confirmed}, {blocked}, {why})",
            *(campaign.id, f"{n}@example.org", NOW),
        )
    for referrer, friends in FRIENDS.items():
        for n in friends:
            await tx.fetch(
                "INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) "
                "VALUES ($1, $2, $3, $4)",
                *(first + n, campaign.id, first + referrer, NOW + n),
            )


async def counted(database: Database) -> None:
    """The job counts all friends to the end."""
    await PartCounter(database).work()
    for table in ("recounts", "readmissions"):
        assert await query(database, f"SELECT campaign_id FROM {table}") == []


async def found(database: Database, key: str = "y2sB7") -> Found:
    """Which friends have completed what for whom, by their numbers, and why it was taken back."""
    campaign = await campaign_in(database, key)
    rows = await query(
        database,
        "SELECT c.entrant_id, c.day, a.tracking_name AS name, "
        "c.invalidated_reason AS reason FROM completions AS c JOIN actions AS a "
        "ON a.campaign_id = c.campaign_id AND a.id = c.action_id "
        f"WHERE c.campaign_id = {campaign.id}",
    )
    first = number_of(campaign, 0)
    made = [
        (
            row["entrant_id"] - first,
            int(row["day"].removeprefix("friend ")) - first,
            row["name"],
            row["reason"],
        )
        for row in rows
    ]
    assert len(set(made)) == len(made)
    return set(made)


async def counting_for(database: Database, campaign: Campaign) -> dict[int, set[Any]]:
    """Who counts for which action of each referrer who is not erased. Who came late is called 0:
    their number is of no crowd."""
    rows = await query(database, "SELECT id FROM entrants WHERE erased_at IS NOT NULL")
    erased = {row["id"] for row in rows}
    friends: dict[int, set[Any]] = {
        each: set() for each in FRIENDS if number_of(campaign, each) not in erased
    }
    for who, friend, name, reason in await found(database, campaign.key):
        if who in friends and reason is None:
            friends[who].add((friend if 0 < friend < 100 else 0, name))
    return friends


async def rewarded(database: Database, campaign: Campaign) -> list[int]:
    """Who was given a reward, by their numbers."""
    given = await claims(database, campaign)
    return sorted(who - number_of(campaign, 0) for who, _ in given)


async def begun(database: Database) -> bool:
    """Are friends being counted anew?"""
    campaign = await campaign_in(database)
    return await database.read(recounts.of, campaign) is not None


def between(database: Database, deed: Deed | None = None) -> AbstractContextManager[list[Part]]:
    """Let something be done after each part."""
    return in_parts.between(database, lambda program: program is recounting.count_part, deed)


async def counts_parts(database: Database, campaign: Campaign, number: int) -> None:
    """The job counts so many parts."""
    for _ in range(number):
        await database.write(recounting.count_part, campaign)


async def is_killed_counting(
    database: Database, campaign: Campaign, module: ModuleType, *functions: str
) -> None:
    """Who counts the next part is killed when they come to one of these functions."""

    async def killed(*_: object) -> None:
        raise DatabaseError("killed")

    with pytest.MonkeyPatch.context() as patched:
        for name in functions:
            patched.setattr(module, name, killed)
        with pytest.raises(DatabaseError, match="killed"):
            await database.write(recounting.count_part, campaign)

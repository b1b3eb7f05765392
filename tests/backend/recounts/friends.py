"""What tests of recounts do: a crowd of friends, an owner who changes what counts, and the job."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import msgspec

from tests.backend import in_parts
from tests.backend.in_parts import Deed, Part
from tests.backend.stored import NOW, campaign_in, query, query_write
from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services import recounting
from trk.services.actions import change_action, make_action
from trk.services.campaigns import change_campaign, make_campaign
from trk.services.drafts import action_draft_of, campaign_draft_of
from trk.services.jobs.friend_counter import FriendCounter
from trk.store import actions, recounts
from trk.store.database import Database
from trk.store.program import Transaction

REFER = ActionDraft("Refer a friend", "Refer", verification="referral", friends=2)
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


async def asks(database: Database, key: str = "y2sB7", **fields: Any) -> Action:
    """The owner makes an action that friends complete."""
    campaign = await campaign_in(database, key)
    return await database.write(make_action, campaign, msgspec.structs.replace(REFER, **fields))


async def lets_count(database: Database, friends: int, key: str = "y2sB7") -> None:
    """The owner lets so many friends count for the first action."""
    campaign = await campaign_in(database, key)
    action = (await database.read(actions.of_campaign, campaign.id))[0]
    draft = msgspec.structs.replace(action_draft_of(action), friends=friends)
    await database.write(change_action, campaign, action, draft)


async def settles(database: Database, key: str = "y2sB7", **fields: Any) -> None:
    """The owner changes the settings."""
    campaign = await campaign_in(database, key)
    draft = msgspec.structs.replace(campaign_draft_of(campaign), **fields)
    await database.write(change_campaign, campaign, draft)


async def counted(database: Database) -> None:
    """The job counts all friends to the end."""
    await FriendCounter(database).work()
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


async def begun(database: Database) -> bool:
    """Are friends being counted anew?"""
    campaign = await campaign_in(database)
    return await database.read(recounts.of, campaign) is not None


def between(database: Database, deed: Deed | None = None) -> AbstractContextManager[list[Part]]:
    """Let something be done after each part."""
    return in_parts.between(database, lambda program: program is recounting.count_part, deed)

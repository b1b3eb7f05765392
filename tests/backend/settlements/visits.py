"""A visitor of whom much waits, and who is linked: what is settled of it, and what comes of it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from tests.backend import in_parts
from tests.backend.in_parts import Deed, Part
from tests.backend.linking import minted, sent
from tests.backend.stored import NOW, enter, query, visitor
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services import settling
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.services.jobs.part_counter import PartCounter
from trk.store import entrants, settlements
from trk.store.database import Database
from trk.store.writer import Writer

DAY = 24 * 3_600_000
Outcome = dict[str, list[tuple[Any, ...]]]
"""Rows, by their table."""
WHO, OTHER, HOLDER = 1, 2, 8
"""Whose browser it is; who uses it, too; who has used one of the values. Their own browsers have
the same numbers."""
PUSHED: tuple[list[list[str | None]], ...] = (
    [["Purchase", "taken"], ["Nothing", "x"]],
    [["Look", None], ["Purchase", "o3"], ["Look", "again"]],
    [["Visit", "first"], ["Purchase", "o4"]],
    [["Order", "a"], ["Order", "b"], ["Visit", "again"], ["Read", "a book"]],
)
"""What the visitor has sent, beacon by beacon, and before it a daily visit of the day before."""
WAITING = 1 + sum(len(pairs) for pairs in PUSHED) - 1
"""How many wait: one of the day before, and all but the one whose name no action has."""


async def much_waits(database: Database, writer: Writer, key: str) -> Campaign:
    """A campaign in which that waits of the visitor, in the order in which it has happened."""
    campaign = await database.write(make_campaign, CampaignDraft("Win", key=key))
    for draft in (
        ActionDraft("Buy", "Purchase", unique_value=True),
        ActionDraft("Look", "Look", worth=3),
        ActionDraft("Visit", "Visit", frequency="daily"),
        ActionDraft("Order", "Order", frequency="daily", unique_value=True),
        ActionDraft("Read", "Read"),
        ActionDraft("Sing", "Sing"),
    ):
        await database.write(make_action, campaign, draft)
    await database.write(
        lambda tx: tx.fetch("UPDATE campaigns SET created_at = 1, published_at = 1")
    )
    await enter(database, campaign, HOLDER)
    await writer.submit(sent(1, HOLDER, ["Purchase", "taken"], key=key))
    await writer.submit(sent(2, WHO, ["Visit", "before"], key=key, age=DAY))
    for n, pairs in enumerate(PUSHED):
        await writer.submit(sent(3 + n, WHO, *pairs, key=key)._replace(received_at=NOW + n))
    return campaign


async def pushes(writer: Writer, campaign: Campaign, number: int, at: int = NOW + 1000) -> Any:
    """The visitor pushes something once more, and for the first time."""
    again = sent(number, WHO, ["Read", "later"], ["Visit", None], ["Order", "c"], key=campaign.key)
    await writer.submit(again._replace(received_at=at))
    song = sent(number + 1, WHO, ["Sing", None], ["Purchase", "o9"], key=campaign.key)
    return await writer.submit(song._replace(received_at=at + 1))


async def enters(database: Database, campaign: Campaign, who: int = WHO) -> None:
    """Somebody enters in the visitor's browser."""
    entrant = await enter(database, campaign, who, linked=False)
    await database.write(entrants.link_visit, campaign, visitor(WHO), entrant, NOW + 100)


async def is_given(database: Database, writer: Writer, campaign: Campaign) -> None:
    """The browser opens a link with somebody's token."""
    giver = await enter(database, campaign, OTHER)
    await minted(database, campaign, giver, f"token {campaign.key}")
    opened = sent(40, WHO, xref=f"token {campaign.key}", key=campaign.key)
    await writer.submit(opened._replace(received_at=NOW + 100))


async def settled(database: Database) -> None:
    """The job settles what is left."""
    await PartCounter(database).work()
    assert await query(database, "SELECT visitor FROM settlements") == []


async def begun(database: Database, campaign: Campaign) -> bool:
    """Is something left to be settled?"""
    return await database.read(settlements.under_way, campaign)


def between(database: Database, deed: Deed | None = None) -> AbstractContextManager[list[Part]]:
    """Let something be done after each part."""
    return in_parts.between(database, lambda program: program is settling.settle_part, deed)


async def outcome(database: Database, campaign: Campaign) -> Outcome:
    """All that has come of it: what is completed, what became of each tracking, who holds a value.
    The same of two campaigns, unless it differs."""
    asked = {
        "completions": "SELECT e.email, a.tracking_name, c.day, c.details, c.source, "
        "c.happened_at, t.beacon, t.n, c.invalidated_at FROM completions AS c JOIN entrants AS e "
        "ON e.campaign_id = c.campaign_id AND e.id = c.entrant_id JOIN actions AS a "
        "ON a.campaign_id = c.campaign_id AND a.id = c.action_id LEFT JOIN trackings AS t "
        "ON t.campaign_id = c.campaign_id AND t.id = c.tracking_id",
        "trackings": "SELECT c.beacon, c.n, c.visitor, COALESCE(c.settled, c.outcome) AS became, "
        "CASE WHEN c.outcome = 'unmatched' THEN NULL ELSE e.email END AS email, c.provisional, "
        "c.refusal FROM trackings AS c LEFT JOIN entrants AS e "
        "ON e.campaign_id = c.campaign_id AND e.id = c.entrant_id",
        "unique_values": "SELECT e.email, a.tracking_name, c.value_hash FROM unique_values AS c "
        "JOIN entrants AS e ON e.campaign_id = c.campaign_id AND e.id = c.entrant_id "
        "JOIN actions AS a ON a.campaign_id = c.campaign_id AND a.id = c.action_id",
    }
    found = {}
    for table, sql in asked.items():
        rows = await query(database, f"{sql} WHERE c.campaign_id = {campaign.id}")
        found[table] = sorted((tuple(dict(row).values()) for row in rows), key=repr)
    return found

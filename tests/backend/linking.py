"""What browsers do, and what comes of it, as tests of links need it: beacons that say more than
pairs, tokens, followed links."""

from __future__ import annotations

from typing import Any

from tests.backend.stored import (
    NOW,
    beacon_id,
    campaign_in,
    campaign_with,
    enter,
    query,
    query_write,
    visitor,
)
from trk.core.beacon import Answer, Beacon
from trk.core.campaign import Campaign
from trk.core.keys import token_hash
from trk.store import actions, entrants, xrefs
from trk.store.database import Database
from trk.store.entrants import ListedEntrant
from trk.store.submissions import Submission
from trk.store.writer import Writer

HOUR = 3_600_000


def sent(number: int, by: int, *pairs: list[str | None], **more: Any) -> Submission:
    key = more.pop("key", "y2sB7")
    return Submission(key, Beacon(beacon_id(number), visitor(by), list(pairs), **more), NOW)


async def minted(database: Database, campaign: Campaign, entrant: int, token: str) -> int:
    [action, *_] = await database.read(actions.of_campaign, campaign.id)
    await database.write(xrefs.mint, campaign, entrant, action.id, token_hash(token), NOW)
    return action.id


async def over(database: Database) -> Campaign:
    """The campaign, which began long ago, and is over two hours after NOW."""
    for table in ("campaigns", "actions", "entrants"):
        await query_write(database, f"UPDATE {table} SET created_at = 1")
    await query_write(
        database, f"UPDATE campaigns SET published_at = 1, ends_at = {NOW + 2 * HOUR}"
    )
    return await campaign_in(database)


def late(number: int, by: int, *pairs: list[str | None]) -> Submission:
    """A beacon of an hour before that end, which comes an hour after it."""
    return sent(number, by, *pairs, age=2 * HOUR)._replace(received_at=NOW + 3 * HOUR)


async def tell(
    writer: Writer, number: int, by: int, *pairs: list[str | None], at: int = NOW, **more: Any
) -> Answer:
    """A beacon of a browser that reports something."""
    beacon = Beacon(beacon_id(number), visitor(by), list(pairs), **more)
    reply = await writer.submit(Submission("y2sB7", beacon, at))
    assert isinstance(reply, Answer)
    return reply


async def follow(
    database: Database, writer: Writer, number: int, entrant: int, by: int, *, direct: bool = False
) -> list[str]:
    """A browser that opens an action's link with an entrant's token; the codes of refusals."""
    campaign = await campaign_in(database)
    [action, *_] = await database.read(actions.of_campaign, campaign.id)
    token = f"token {number}"
    await database.write(
        xrefs.mint, campaign, entrant, action.id, token_hash(token), NOW + number * 200_000
    )
    answer = await tell(writer, number, by, xref=token, direct=direct, at=NOW + number * 200_000)
    return [refused.code for refused in answer.refused]


async def visit(database: Database, entrant: int, by: int, *, by_address: bool = True) -> Any:
    """A browser that comes to the campaign's page, in which the entrant is signed in."""
    campaign = await campaign_in(database)
    return await database.write(
        entrants.link_visit, campaign, visitor(by), entrant, NOW, by_address=by_address
    )


async def counting(database: Database) -> list[tuple[int, str | None]]:
    """Each completion that counts: the entrant and the value."""
    rows = await query(
        database,
        "SELECT entrant_id, details FROM completions WHERE invalidated_at IS NULL "
        "ORDER BY entrant_id, details",
    )
    return [(row["entrant_id"], row["details"]) for row in rows]


async def listed(database: Database, entrant: int) -> ListedEntrant:
    """The entrant as in the owner's list."""
    found = await database.read(entrants.by_id, await campaign_in(database), entrant)
    assert found is not None
    return found


async def given(database: Database, writer: Writer, number: int = 1) -> tuple[Campaign, int]:
    """A campaign, and an entrant of it whose link browser 1 has followed, by beacon `number`."""
    campaign = await campaign_with(database)
    giver = await enter(database, campaign, 9)
    await follow(database, writer, number, giver, 1)
    return campaign, giver


async def notes(database: Database) -> list[tuple[int, str, str]]:
    """What the owner reads of corrections: the entrant, the kind and the reason."""
    rows = await query(database, "SELECT entrant_id, kind, reason FROM corrections ORDER BY id")
    return [(row["entrant_id"], row["kind"], row["reason"]) for row in rows]

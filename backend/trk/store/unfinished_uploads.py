"""Long lists of codes, added a part at a time, so that beacons go on meanwhile.

A campaign has one such list at a time, whose codes are numbered above all of its others. They are
none of the campaign's until the list is whole; then one short transaction finishes it. What was
left half made is given up, and erased a part at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

from trk.core.campaign import Campaign
from trk.store import campaigns, codes
from trk.store.columns import insert_row
from trk.store.errors import DatabaseError
from trk.store.program import Transaction, ids, number

PART = 1_000
"""How many codes are added, or erased, in one transaction."""
LEFT = 15_000
"""After how long nobody is at work on a list any more (ms)."""


class GivenUp(DatabaseError):
    """The list has been given up, because nobody seemed to be at work on it."""


async def begin(tx: Transaction, campaign: Campaign, name: str, now: int) -> int | None:
    """Begin an upload of the file with this name at `now` (ms): its id, or None while another one
    is in the making. Raises Gone if the campaign has been deleted."""
    await campaigns.keep(tx, campaign)
    await codes.lock_stock(tx, campaign)
    if await in_the_making(tx, campaign):
        return None
    upload = await insert_row(
        tx, "code_uploads", campaign_id=campaign.id, name=name, uploaded_at=now
    )
    await tx.fetch(
        "INSERT INTO unfinished_uploads (campaign_id, upload_id, first_code, worked_at) SELECT "
        "CAST($1 AS BIGINT), CAST($2 AS BIGINT), COALESCE(MAX(id), 0) + 1, CAST($3 AS BIGINT) "
        "FROM reward_codes WHERE campaign_id = $1",
        campaign.id,
        upload,
        now,
    )
    return upload


async def in_the_making(tx: Transaction, campaign: Campaign) -> bool:
    """Is a list of the campaign in the making, or left half made?"""
    sql = "SELECT 1 AS one FROM unfinished_uploads WHERE campaign_id = $1"
    return bool(await tx.fetch(sql, campaign.id))


async def add(
    tx: Transaction, campaign: Campaign, upload_id: int, part: Sequence[str], now: int
) -> int:
    """Add a part to an upload at `now` (ms); how many of its codes were new.

    Raises GivenUp, and Gone if the campaign has been deleted: its rows are being erased.
    """
    await campaigns.keep(tx, campaign)
    sql = (
        "UPDATE unfinished_uploads SET worked_at = CAST($3 AS BIGINT) WHERE campaign_id = $1 "
        "AND upload_id = $2 AND worked_at > 0 RETURNING 1 AS one"
    )
    if not await tx.fetch(sql, campaign.id, upload_id, now):
        raise _given_up(campaign)
    return await codes.store(tx, campaign, upload_id, part)


async def finish(
    tx: Transaction, campaign: Campaign, upload_id: int, rest: Sequence[str], before: int
) -> int:
    """Add the last part of an upload, of which `before` codes were new so far, and make all of them
    the campaign's; how many there are. Raises GivenUp, and Gone if it has been deleted."""
    await campaigns.keep(tx, campaign)
    await codes.lock_stock(tx, campaign)
    sql = (
        "DELETE FROM unfinished_uploads WHERE campaign_id = $1 AND upload_id = $2 "
        "AND worked_at > 0 RETURNING 1 AS one"
    )
    if not await tx.fetch(sql, campaign.id, upload_id):
        raise _given_up(campaign)
    added = before + await codes.store(tx, campaign, upload_id, rest)
    await codes.count(tx, campaign.id, added)
    if added == 0:
        await _erase_upload(tx, campaign.id, upload_id)
    return added


async def give_up(tx: Transaction, campaign: Campaign, upload_id: int) -> None:
    """Let nobody finish an upload any more, unless it is finished."""
    sql = "UPDATE unfinished_uploads SET worked_at = 0 WHERE campaign_id = $1 AND upload_id = $2"
    await tx.fetch(sql, campaign.id, upload_id)


async def left(tx: Transaction, now: int) -> list[int]:
    """The campaigns of which a list was given up, or nobody is at work on it at `now` (ms)."""
    sql = "SELECT campaign_id AS id FROM unfinished_uploads WHERE worked_at < $1"
    return await ids(tx, sql, now - LEFT)


async def erase_part(tx: Transaction, campaign_id: int, now: int) -> bool:
    """Erase a part of the campaign's list that was left half made at `now` (ms); True once none
    is."""
    given_up = await tx.fetch(
        "UPDATE unfinished_uploads SET worked_at = 0 WHERE campaign_id = $1 AND worked_at < $2 "
        "RETURNING upload_id, first_code",
        campaign_id,
        now - LEFT,
    )
    if not given_up:
        return True
    upload = given_up[0]["upload_id"]
    gone = await tx.fetch(
        "DELETE FROM reward_codes WHERE campaign_id = $1 "
        "AND id IN (SELECT c.id FROM reward_codes AS c "
        "WHERE c.campaign_id = $1 AND c.id >= $2 AND c.upload_id = $3 AND c.entrant_id IS NULL "
        "ORDER BY c.id LIMIT $4) RETURNING 1 AS one",
        campaign_id,
        given_up[0]["first_code"],
        upload,
        PART,
    )
    if len(gone) == PART:
        return False
    await _keep_given(tx, campaign_id, upload, given_up[0]["first_code"])
    await tx.fetch("DELETE FROM unfinished_uploads WHERE campaign_id = $1", campaign_id)
    return True


async def _keep_given(tx: Transaction, campaign_id: int, upload_id: int, first_code: int) -> None:
    """Keep what is left of an erased upload: codes that a server of the version before has given to
    somebody. To it they were the campaign's, and so they are."""
    sql = (
        "SELECT COUNT(*) AS n FROM reward_codes WHERE campaign_id = $1 AND id >= $2 "
        "AND upload_id = $3"
    )
    if given := await number(tx, sql, campaign_id, first_code, upload_id):
        await codes.count(tx, campaign_id, given)
    else:
        await _erase_upload(tx, campaign_id, upload_id)


async def _erase_upload(tx: Transaction, campaign_id: int, upload_id: int) -> None:
    sql = "DELETE FROM code_uploads WHERE campaign_id = $1 AND id = $2"
    await tx.fetch(sql, campaign_id, upload_id)


def _given_up(campaign: Campaign) -> GivenUp:
    return GivenUp(f"the list of codes that was being added to campaign {campaign.key} is given up")

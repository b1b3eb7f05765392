"""A reward's own codes: each is given once, and owners are told before they run out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.mail import codes_mail
from trk.core.reward import MOST_LOW, CodeStock, shortage
from trk.store import mails
from trk.store.program import Transaction, as_rows, every, ids, number


@dataclass(frozen=True, slots=True)
class Upload:
    """A list of codes that was added: how many of its codes there are, and are left. `name` is the
    file's, or empty."""

    id: int
    name: str
    uploaded_at: Instant
    total: int
    left: int


class Removed(NamedTuple):
    """A code that was removed, and where it was."""

    id: int
    code: str
    upload_id: int | None


class CodeList(NamedTuple):
    """A list that was added: its file's name, or empty."""

    id: int
    name: str


async def lock_stock(tx: Transaction, campaign: Campaign) -> int:
    """Lock the campaign's codes until this transaction ends; how many it was given.

    Of all who take codes at once, exactly one then sees that the last is gone.
    """
    for _ in range(2):
        found = await tx.fetch(
            "SELECT total FROM code_stocks WHERE campaign_id = $1 FOR UPDATE", campaign.id
        )
        if found:
            break
        await tx.fetch(
            "INSERT INTO code_stocks (campaign_id, total) SELECT CAST($1 AS BIGINT), COUNT(*) "
            "FROM reward_codes WHERE campaign_id = $1 ON CONFLICT DO NOTHING",
            campaign.id,
        )
    total: int = found[0]["total"]
    return total


def finished(code: str, campaign_id: str) -> str:
    """SQL: is a code `code` of the campaign not one of a list in the making?"""
    return (
        # `plain`: SQLite would choose an index by it, but such codes are a campaign's last.
        f"plain({code}.id) < COALESCE((SELECT f.first_code FROM unfinished_uploads AS f "
        f"WHERE f.campaign_id = {campaign_id}), {2**62})"
    )


def left(code: str, campaign_id: str) -> str:
    """SQL: the same, of a code that nobody has got."""
    return f"{finished(code, campaign_id)} AND {code}.entrant_id IS NULL"


async def store(tx: Transaction, campaign: Campaign, upload_id: int, codes: Sequence[str]) -> int:
    """Store codes of an upload; how many were new."""
    sql = (
        "INSERT INTO reward_codes (campaign_id, code, upload_id) SELECT $2, r.value ->> 0, "
        "CAST($3 AS BIGINT) FROM rows($1) AS r WHERE true ON CONFLICT DO NOTHING RETURNING 1 AS one"
    )
    rows = as_rows([(code,) for code in codes])
    return len(await tx.fetch(sql, rows, campaign.id, upload_id))


async def has_code(tx: Transaction, campaign: Campaign) -> bool:
    """Has the campaign a code left?"""
    # One read of the index of free codes, of which there may be a hundred thousand.
    sql = (
        "SELECT c.id FROM reward_codes AS c WHERE c.campaign_id = $1 "
        f"AND {left('c', '$1')} ORDER BY c.id LIMIT 1"
    )
    return bool(await tx.fetch(sql, campaign.id))


async def known(tx: Transaction, campaign: Campaign, codes: Sequence[str]) -> int:
    """How many of these codes the campaign has already."""
    return await number(
        tx,
        # A subquery, or SQLite would look through the whole array for each code that is there.
        "SELECT COUNT((SELECT c.id FROM reward_codes AS c WHERE c.campaign_id = $1 "
        f"AND c.code = r.value ->> 0 AND {finished('c', '$1')})) AS n FROM rows($2) AS r",
        campaign.id,
        as_rows([(code,) for code in codes]),
    )


async def uploads(tx: Transaction, campaign: Campaign) -> list[Upload]:
    """The uploads of which the campaign has codes, the newest first."""
    return await every(
        tx,
        Upload,
        'SELECT u.id, u.name, u.uploaded_at, c.total, c.unclaimed AS "left" FROM '
        "(SELECT r.upload_id, COUNT(*) AS total, COUNT(*) - COUNT(r.entrant_id) AS unclaimed "
        f"FROM reward_codes AS r WHERE r.campaign_id = $1 AND {finished('r', '$1')} "
        "GROUP BY r.upload_id) AS c JOIN code_uploads AS u ON u.campaign_id = $1 "
        "AND u.id = c.upload_id ORDER BY u.id DESC",
        campaign.id,
    )


async def lists(tx: Transaction, campaign: Campaign) -> list[CodeList]:
    """The lists that were ever added, without counting what is left of them; the newest first."""
    sql = (
        "SELECT id, name FROM code_uploads WHERE campaign_id = $1 "
        "AND id NOT IN (SELECT upload_id FROM unfinished_uploads WHERE campaign_id = $1) "
        "ORDER BY id DESC LIMIT 200"
    )
    return await every(tx, CodeList, sql, campaign.id)


async def upload(tx: Transaction, campaign: Campaign, upload_id: int) -> Upload | None:
    """One of these uploads, or None."""
    return next((one for one in await uploads(tx, campaign) if one.id == upload_id), None)


async def left_of(tx: Transaction, campaign: Campaign, upload_id: int) -> list[int]:
    """The codes of an upload that nobody has got yet, by their ids."""
    sql = (
        f"SELECT c.id FROM reward_codes AS c WHERE c.campaign_id = $1 AND {left('c', '$1')} "
        "AND c.upload_id = $2 ORDER BY c.id"
    )
    return await ids(tx, sql, campaign.id, upload_id)


async def take_back(tx: Transaction, campaign: Campaign, chosen: Collection[int]) -> list[Removed]:
    """Remove those of these codes that nobody has got; who earns one meanwhile waits for this, and
    then gets another."""
    await lock_stock(tx, campaign)
    gone = await every(
        tx,
        Removed,
        # In this order, or SQLite may look through all codes.
        "DELETE FROM reward_codes WHERE campaign_id = $1 AND id IN (SELECT c.id FROM rows($2) AS r "
        "CROSS JOIN reward_codes AS c WHERE c.campaign_id = $1 "
        f"AND c.id = CAST(r.value ->> 0 AS BIGINT) AND {left('c', '$1')}) "
        "RETURNING id, code, upload_id",
        campaign.id,
        as_rows([(each,) for each in chosen]),
    )
    await count(tx, campaign.id, -len(gone))
    return sorted(gone)


async def count(tx: Transaction, campaign_id: int, more: int) -> None:
    """Note that so many codes of the campaign have come (or gone)."""
    await tx.fetch(
        "UPDATE code_stocks SET total = total + $2 WHERE campaign_id = $1", campaign_id, more
    )


async def take(
    tx: Transaction, campaign: Campaign, entrant_ids: Sequence[int], now: int
) -> dict[int, str]:
    """A code for each entrant, in order, as far as there are codes."""
    total = await lock_stock(tx, campaign)
    rows = await tx.fetch(
        # By their ids: SQLite might look for each of all that are left in the list.
        "UPDATE reward_codes SET entrant_id = CAST(r.value ->> 1 AS BIGINT) "
        "FROM rows($1) AS r WHERE plain(reward_codes.campaign_id) = $2 "
        "AND reward_codes.id = CAST(r.value ->> 0 AS BIGINT) "
        "AND plain(reward_codes.entrant_id) IS NULL RETURNING code, entrant_id",
        as_rows(await _pairs(tx, campaign, entrant_ids)),
        campaign.id,
    )
    await _tell_owners(tx, campaign, total, now)
    return {row["entrant_id"]: row["code"] for row in rows}


async def _pairs(
    tx: Transaction, campaign: Campaign, entrant_ids: Sequence[int]
) -> list[tuple[int, int]]:
    """The ids of free codes, each with the entrant who gets it."""
    sql = (
        "SELECT c.id FROM reward_codes AS c WHERE c.campaign_id = $1 "
        f"AND {left('c', '$1')} ORDER BY c.id LIMIT $2"
    )
    free = await tx.fetch(sql, campaign.id, len(entrant_ids))
    return [(row["id"], entrant_id) for row, entrant_id in zip(free, entrant_ids, strict=False)]


_FEW = (
    "(SELECT COUNT(*) FROM (SELECT 1 FROM reward_codes AS r WHERE r.campaign_id = c.id "
    f"AND {left('r', 'c.id')} LIMIT {MOST_LOW + 1}) AS few)"
)
"""SQL: how many codes the campaign `c` has left, counted no further than is needed to know whether
they are few."""


async def short(tx: Transaction, campaign_ids: Collection[int]) -> dict[int, CodeStock]:
    """The stocks of those of these campaigns whose codes are few or gone, by id."""
    rows = await tx.fetch(
        f"SELECT c.id, COALESCE(s.total, 0) AS total, {_FEW} AS unclaimed FROM rows($1) AS r "
        "JOIN campaigns AS c ON c.id = CAST(r.value ->> 0 AS BIGINT) AND c.reward_kind = 'codes' "
        "LEFT JOIN code_stocks AS s ON s.campaign_id = c.id",
        as_rows([(campaign_id,) for campaign_id in campaign_ids]),
    )
    stocks = {row["id"]: CodeStock(row["total"], row["unclaimed"]) for row in rows}
    return {key: stock for key, stock in stocks.items() if shortage(stock) is not None}


async def _tell_owners(tx: Transaction, campaign: Campaign, total: int, now: int) -> None:
    """Write to every owner if codes are few, or gone: once each, until some are added."""
    [row] = await tx.fetch(
        f"SELECT {_FEW} AS unclaimed FROM campaigns AS c WHERE c.id = $1", campaign.id
    )
    stock = CodeStock(total, row["unclaimed"])
    what = shortage(stock)
    if what is None:
        return
    owners = await tx.fetch("SELECT id, name, email FROM owners ORDER BY id")
    for owner in owners:
        mail = codes_mail(campaign, what, stock, owner["id"], owner["name"], owner["email"])
        await mails.queue(tx, mail, now, campaign_id=campaign.id)

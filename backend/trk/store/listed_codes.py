"""The list of a campaign's codes: which of them were given, to whom, and removing those that
were not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, NamedTuple

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.store.codes import count, lock_stock
from trk.store.pages import Condition, Listing, Page, Span, equals, page
from trk.store.program import Transaction, as_rows, every, ids, number
from trk.store.search import contains

State = Literal["left", "given"]


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code, the list that it came with (its file's name, or empty), and who got it when; None
    while it is left."""

    id: int
    code: str
    upload_id: int | None
    upload: str | None
    entrant_id: int | None
    entrant: str | None
    email: str | None
    given_at: Instant | None


LISTING = Listing(
    ListedCode,
    "reward_codes",
    "id",  # codes have no time of their own; nobody asks for those of a time
    {
        "upload": "p.name",
        "entrant": "e.name",
        "email": "e.email",
        "given_at": "c.claimed_at",
    },
    "LEFT JOIN code_uploads AS p ON p.id = u.upload_id "
    "LEFT JOIN entrants AS e ON e.id = u.entrant_id "
    "LEFT JOIN claims AS c ON c.entrant_id = u.entrant_id",
    sorts={"code": "code"},
)


@dataclass(frozen=True, slots=True)
class CodeFilter:
    """Which codes: `search` is a whole code, or a part of one or of who got it."""

    state: State | None = None
    upload: int | None = None
    search: str | None = None


async def listed(
    tx: Transaction, campaign: Campaign, span: Span, which: CodeFilter
) -> Page[ListedCode]:
    """A page of the codes: all, or those that the filter lets through."""
    given = "(CASE WHEN u.entrant_id IS NULL THEN 'left' ELSE 'given' END)"
    conditions: list[Condition] = [
        *equals(given, which.state),
        *equals("u.upload_id", which.upload, "BIGINT"),
    ]
    listing = LISTING
    if which.search is not None:
        sql = "SELECT id FROM reward_codes WHERE campaign_id = $1 AND code = $2"
        if whole := await ids(tx, sql, campaign.id, which.search):
            one = f"(SELECT * FROM reward_codes WHERE id = {whole[0]}) AS one"
            listing = LISTING._replace(table=one)
        else:
            conditions.append(contains(("u.code", "e.name", "e.email"), which.search))
    return await page(tx, listing, campaign, span, conditions)


async def total(tx: Transaction, campaign: Campaign) -> int | None:
    """How many codes the campaign was given and still has; None if that is not kept yet."""
    found = await tx.fetch("SELECT total FROM code_stocks WHERE campaign_id = $1", campaign.id)
    return found[0]["total"] if found else None


class Removed(NamedTuple):
    """A code that was removed, and where it was."""

    id: int
    code: str
    upload_id: int | None


async def remove(tx: Transaction, campaign: Campaign, chosen: Collection[int]) -> list[Removed]:
    """Remove those of these codes that nobody has got; who earns one meanwhile waits for this, and
    then gets another."""
    await lock_stock(tx, campaign)
    gone = await every(
        tx,
        Removed,
        "DELETE FROM reward_codes WHERE campaign_id = $1 AND entrant_id IS NULL "
        "AND id IN (SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($2) AS r) "
        "RETURNING id, code, upload_id",
        campaign.id,
        as_rows([(each,) for each in chosen]),
    )
    await count(tx, campaign, -len(gone))
    return sorted(gone)


async def put_back(tx: Transaction, campaign: Campaign, removed: Collection[Removed]) -> int:
    """Put these codes back where they were, but for those that were added again since: how many.

    At the end of the list they get new numbers: old ones above all others may be given out yet.
    """
    await lock_stock(tx, campaign)
    newest = await number(tx, "SELECT COALESCE(MAX(id), 0) AS n FROM reward_codes")
    found = 0
    for older in (True, False):
        these = [each for each in removed if (each.id < newest) == older]
        own = ("id, ", "CAST(r.value ->> 0 AS BIGINT), ") if older else ("", "")
        back = await tx.fetch(
            f"INSERT INTO reward_codes ({own[0]}campaign_id, code, upload_id) "
            f"SELECT {own[1]}CAST($2 AS BIGINT), r.value ->> 1, CAST(r.value ->> 2 AS BIGINT) "
            "FROM rows($1) AS r WHERE true ON CONFLICT DO NOTHING RETURNING 1 AS one",
            as_rows(sorted(these)),
            campaign.id,
        )
        found += len(back)
    await count(tx, campaign, found)
    return found

"""The list of a campaign's codes: which of them were given, to whom; and putting back what was
removed of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.store.codes import Removed, count, finished, lock_stock
from trk.store.errors import Locked
from trk.store.pages import Condition, Listing, Page, Span, equals, page
from trk.store.program import Transaction, as_rows, ids, number
from trk.store.search import contains
from trk.store.unfinished_uploads import in_the_making

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
    "LEFT JOIN code_uploads AS p ON p.campaign_id = u.campaign_id AND p.id = u.upload_id "
    "LEFT JOIN entrants AS e ON e.campaign_id = u.campaign_id AND e.id = u.entrant_id "
    "LEFT JOIN claims AS c ON c.campaign_id = u.campaign_id AND c.entrant_id = u.entrant_id",
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
    # Without the codes of a list in the making.
    own = f"campaign_id = {campaign.id}"
    added = f"c.{own} AND {finished('c', str(campaign.id))}"
    table = f"(SELECT c.* FROM reward_codes AS c WHERE {added}) AS added"
    if which.search is not None:
        sql = (
            "SELECT c.id FROM reward_codes AS c WHERE c.campaign_id = $1 AND c.code = $2 "
            f"AND {finished('c', '$1')}"
        )
        if whole := await ids(tx, sql, campaign.id, which.search):
            table = f"(SELECT * FROM reward_codes WHERE {own} AND id = {whole[0]}) AS one"
        else:
            conditions.append(contains(("u.code", "e.name", "e.email"), which.search))
    return await page(tx, LISTING._replace(table=table), campaign, span, conditions)


async def total(tx: Transaction, campaign: Campaign) -> int | None:
    """How many codes the campaign was given and still has; None if that is not kept yet."""
    found = await tx.fetch("SELECT total FROM code_stocks WHERE campaign_id = $1", campaign.id)
    return found[0]["total"] if found else None


async def put_back(tx: Transaction, campaign: Campaign, removed: Collection[Removed]) -> int:
    """Put these codes back where they were, but for those that were added again since: how many.

    At the end of the list they get new numbers: old ones above all others may be given out yet.
    Raises Locked while a list is in the making, to which those would belong.
    """
    await lock_stock(tx, campaign)
    if await in_the_making(tx, campaign):
        raise Locked(f"a list of codes is being added to campaign {campaign.key}")
    sql = "SELECT COALESCE(MAX(id), 0) AS n FROM reward_codes WHERE campaign_id = $1"
    newest = await number(tx, sql, campaign.id)
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
    await count(tx, campaign.id, found)
    return found

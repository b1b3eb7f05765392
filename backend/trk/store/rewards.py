"""Rewards: what each entrant got, and who is waiting; no code is ever given twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.language import first_of
from trk.core.mail import reward_mail
from trk.core.mailbox import folded
from trk.core.reward import CodeStock, Shortage, shortage
from trk.store import campaigns, codes, deliveries, mails, recounts, translations
from trk.store.actions import standing
from trk.store.friend_completions import SOURCE
from trk.store.pages import Listing, Page, Span, page
from trk.store.program import Transaction, as_list, as_rows, every, first, ids, number
from trk.store.search import contains
from trk.store.taking_part import takes_part

_COUNTS = f"(u.source <> '{SOURCE}' OR NOT EXISTS ({recounts.TAKES_BACK}))"
"""SQL: what friends have completed counts for the reward once nothing of it is to be taken back."""


class Supply(NamedTuple):
    """A campaign's own codes as its owner sees them: how many wait, once there is none left."""

    stock: CodeStock
    shortage: Shortage | None
    waiting: int


class Claim(NamedTuple):
    """What an entrant got, and when (ms)."""

    entrant_id: int
    kind: str
    value: str
    claimed_at: int


class Recipient(NamedTuple):
    """Who has earned a reward."""

    entrant_id: int
    name: str
    email: str
    language: str


async def give_codes(
    tx: Transaction, campaign: Campaign, added: int, now: int, known: Collection[int] = ()
) -> bool:
    """Give the codes that were just added to those who wait for one, by the rules of now. In a
    large campaign it gives them to those who are `known` to wait, and there may be more: True."""
    fresh = await campaigns.as_it_is(tx, campaign)
    if fresh is None or fresh.reward_kind != "codes":
        return False
    large = await campaigns.is_large(tx, fresh)
    those = await due(tx, fresh, known) if large else await _waiting(tx, fresh, added)
    await _give(tx, fresh, those, now)
    return large


async def stock(tx: Transaction, campaign: Campaign) -> CodeStock:
    """How many codes the campaign has and has left."""
    [row] = await tx.fetch(
        "SELECT COALESCE((SELECT s.total FROM code_stocks AS s WHERE s.campaign_id = $1), "
        "(SELECT COUNT(*) FROM reward_codes AS r WHERE r.campaign_id = $1)) AS total, "
        "(SELECT COUNT(*) FROM reward_codes AS r "
        f"WHERE r.campaign_id = $1 AND {codes.left('r', '$1')}) AS unclaimed",
        campaign.id,
    )
    return CodeStock(row["total"], row["unclaimed"])


async def supply(tx: Transaction, campaign: Campaign) -> Supply | None:
    """How the campaign stands for codes, or None if it gives none of its own."""
    if campaign.reward_kind != "codes":
        return None
    found = await stock(tx, campaign)
    waiting = 0
    if found.left == 0:
        sql = f"SELECT COUNT(*) AS n FROM ({_WAITING}) AS w"
        waiting = await number(tx, sql, campaign.id, campaign.reward_after)
    return Supply(found, shortage(found), waiting)


async def grant(tx: Transaction, campaign: Campaign, entrant_ids: Collection[int], now: int) -> int:
    """Give their reward to those of these entrants who have earned it, by the rules of now, and do
    not have it yet; how many got one.

    It is the last that a transaction does: whoever gives rewards holds the entrants, then the
    rules, then the codes, and waits for nobody after that. If another process gives the same at the
    same time, this raises Duplicate and nothing is stored; a second try finds what was given.
    """
    if campaign.kind != "reward" or not entrant_ids:
        return 0
    await _hold(tx, campaign, entrant_ids)
    await tx.lock((), [_rules_of(campaign)])
    fresh = await campaigns.as_it_is(tx, campaign)
    if fresh is None or fresh.reward_kind == "none":
        return 0
    return await _give(tx, fresh, await due(tx, fresh, entrant_ids), now)


async def serve(tx: Transaction, campaign: Campaign, now: int) -> None:
    """Give the reward to all who have earned it and do not have it yet; in a large campaign, those
    who are `waiting` are to be given theirs by `grant` afterwards.

    For a change of the rules, which waits here for all who go by the rules of before; otherwise a
    reward is given when it is earned.
    """
    await tx.lock([_rules_of(campaign)])
    if campaign.reward_kind != "none" and not await campaigns.is_large(tx, campaign):
        await _give(tx, campaign, await _waiting(tx, campaign, None), now)


async def waiting(tx: Transaction, campaign: Campaign) -> list[int]:
    """The entrants who have earned a reward and do not have it yet, in the order of earning it."""
    if campaign.kind != "reward" or campaign.reward_kind == "none":
        return []
    return [each.entrant_id for each in await _waiting(tx, campaign, None)]


def rules(campaign: Campaign) -> tuple[str, str, int, bool]:
    """What decides who has earned the reward."""
    return campaign.kind, campaign.reward_kind, campaign.reward_after, campaign.confirmed_only


async def claim_of(tx: Transaction, campaign: Campaign, entrant_id: int) -> Claim | None:
    """What the entrant got, or None."""
    sql = (
        "SELECT entrant_id, kind, value, claimed_at FROM claims "
        "WHERE campaign_id = $1 AND entrant_id = $2"
    )
    return await first(tx, Claim, sql, campaign.id, entrant_id)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim in the list: who got what."""

    id: int
    entrant_id: int
    entrant: str
    email: str
    kind: str
    value: str
    claimed_at: Instant


LISTING = Listing(
    Claimed,
    "claims",
    "claimed_at",
    {"entrant": "e.name", "email": "e.email"},
    "JOIN entrants AS e ON e.campaign_id = u.campaign_id AND e.id = u.entrant_id",
)


async def claims(
    tx: Transaction, campaign: Campaign, span: Span, search: str | None = None
) -> Page[Claimed]:
    """A page of a campaign's claims, with the entrants' names; of those only that have `search` in
    a name, an e-mail or the reward."""
    if search is None:
        return await page(tx, LISTING, campaign, span)
    sql = "SELECT id FROM entrants WHERE campaign_id = $1 AND email_folded = $2"
    if "@" in search and (found := await ids(tx, sql, campaign.id, folded(search))):
        own = (
            f"(SELECT * FROM claims WHERE campaign_id = {campaign.id} AND entrant_id = {found[0]}) "
            "AS own"
        )
        return await page(tx, LISTING._replace(table=own), campaign, span)
    return await page(
        tx, LISTING, campaign, span, [contains(("e.name", "e.email", "u.value"), search)]
    )


def _rules_of(campaign: Campaign) -> str:
    """What whoever gives rewards shares, and whoever changes the rules has alone."""
    return f"rules {campaign.id}"


async def _hold(tx: Transaction, campaign: Campaign, entrant_ids: Collection[int]) -> None:
    """Let nobody else judge what these entrants have earned until this transaction ends.

    Of one who completes two actions, or completes one and confirms, in two transactions at once,
    the later one must see what the other has done: otherwise neither would give the reward.
    """
    await tx.fetch(
        "SELECT e.id FROM entrants AS e WHERE e.campaign_id = $1 AND e.id IN ids($2) "
        "ORDER BY e.id FOR NO KEY UPDATE",
        campaign.id,
        as_list(entrant_ids),
    )


async def due(tx: Transaction, campaign: Campaign, entrant_ids: Collection[int]) -> list[Recipient]:
    """Those of these entrants who have earned a reward and do not have it yet, in the order of
    earning it."""
    return await every(
        tx,
        Recipient,
        # Of each action one completion is looked at, the last day's: an entrant may have many.
        "SELECT e.id AS entrant_id, e.name, e.email, e.language FROM entrants AS e "
        "LEFT JOIN each[claims AS c ON c.campaign_id = $1 AND c.entrant_id = e.id] "
        "JOIN each[actions AS a ON a.campaign_id = $1 AND a.deleted_at IS NULL] "
        "JOIN each[completions AS o ON o.campaign_id = $1 AND o.id = "
        "(SELECT u.id FROM completions AS u WHERE plain(u.campaign_id) = $1 "
        "AND u.entrant_id = e.id AND u.action_id = a.id AND u.invalidated_at IS NULL "
        f"AND {_COUNTS} ORDER BY u.day DESC LIMIT 1)] "
        f"WHERE e.campaign_id = $1 AND e.id IN ids($3) AND c.id IS NULL AND {takes_part('e')} "
        "GROUP BY e.id, e.name, e.email, e.language "
        "HAVING COUNT(*) >= $2 ORDER BY MAX(o.id)",
        campaign.id,
        campaign.reward_after,
        as_list(entrant_ids),
    )


_WAITING = (
    "SELECT e.id AS entrant_id, e.name, e.email, e.language FROM completions AS u "
    "JOIN entrants AS e ON e.campaign_id = $1 AND e.id = u.entrant_id "
    "LEFT JOIN claims AS c ON c.campaign_id = $1 AND c.entrant_id = e.id "
    "WHERE u.campaign_id = $1 AND u.invalidated_at IS NULL AND c.id IS NULL "
    f"AND {takes_part('e')} AND {standing('$1')} AND {_COUNTS} "
    "GROUP BY e.id, e.name, e.email, e.language "
    "HAVING COUNT(DISTINCT u.action_id) >= $2"
)
"""SQL: the entrants who have earned a reward and do not have it yet."""


async def _waiting(tx: Transaction, campaign: Campaign, limit: int | None) -> list[Recipient]:
    """The entrants who have earned a reward and do not have it yet, in the order of earning it."""
    sql, most = f"{_WAITING} ORDER BY MAX(u.id) LIMIT $3", 2**62 if limit is None else limit
    return await every(tx, Recipient, sql, campaign.id, campaign.reward_after, most)


async def _give(tx: Transaction, campaign: Campaign, due: Sequence[Recipient], now: int) -> int:
    """Give them their rewards, as far as there are any; how many got one."""
    if not due:
        return 0
    values = {one.entrant_id: campaign.reward_value for one in due}
    if campaign.reward_kind == "codes":
        values = await codes.take(tx, campaign, [one.entrant_id for one in due], now)
    served = [one for one in due if one.entrant_id in values]
    if not served:
        return 0
    stored = await tx.fetch(
        "INSERT INTO claims (campaign_id, entrant_id, kind, value, claimed_at) "
        "SELECT CAST($2 AS BIGINT), CAST(r.value ->> 0 AS BIGINT), CAST($3 AS TEXT), "
        "r.value ->> 1, CAST($4 AS BIGINT) FROM rows($1) AS r RETURNING id, entrant_id",
        as_rows([(one.entrant_id, values[one.entrant_id]) for one in served]),
        campaign.id,
        campaign.reward_kind,
        now,
    )
    if campaign.has_webhooks:
        news = [deliveries.News(row["id"], row["entrant_id"]) for row in stored]
        await deliveries.announce(tx, campaign, "reward.claimed", news, now)
    said = {tag: await translations.campaign_in(tx, campaign, tag) for tag in campaign.languages}
    for one in served:
        spoken, value = first_of(campaign.languages, one.language), values[one.entrant_id]
        mail = reward_mail(said[spoken.tag], one.entrant_id, one.name, one.email, value, spoken)
        await mails.queue(tx, mail, now, campaign_id=campaign.id, entrant_id=one.entrant_id)
    return len(served)

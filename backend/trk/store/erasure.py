"""What is erased of a person, and what stays without them."""

from __future__ import annotations

from collections.abc import Collection

from trk.core import referral
from trk.core.unlock import value_key
from trk.store import browsers, counters, friend_completions, idempotency, settlements
from trk.store.people import CampaignEntrant, Linked, linked, trackings
from trk.store.program import Transaction, as_list
from trk.store.program import ids as entrant_ids

ERASED = "(erased)"
"""The name of an entrant who was erased."""
FRIENDS = 1_000
"""How many friends are forgotten in one transaction: some milliseconds."""


async def erase_trackings(tx: Transaction, person: CampaignEntrant, ids: Collection[int]) -> None:
    """Erase what these trackings of the person's campaign say about anybody.

    What an action was reported by stays, without browser, site, value and signature, so that the
    counts of the log stay right and a beacon that comes again is known. A name that no action has
    may be any text: such a tracking goes.
    """
    listed = as_list(ids)
    gone = await tx.fetch(
        "DELETE FROM trackings WHERE campaign_id = $2 AND id IN ids($1) AND action_id IS NULL "
        f"RETURNING {counters.returned('trackings')}",
        *(listed, person.campaign_id),
    )
    await counters.take_out(tx, person.campaign_id, "trackings", gone)
    await tx.fetch(
        "UPDATE trackings SET visitor = '', value = NULL, signature = NULL, "
        "origin_host = NULL, refusal = CASE "
        "WHEN refusal IS NULL THEN NULL ELSE 'erased: Why it was refused was erased.' END "
        "WHERE campaign_id = $2 AND id IN ids($1) AND action_id IS NOT NULL",
        *(listed, person.campaign_id),
    )


async def forget_friends(tx: Transaction, person: CampaignEntrant) -> bool:
    """Forget of some entrants that they came by the link of this one; True once these were the
    last. They are many, perhaps, and beacons do not wait for all of them."""
    await browsers.hold_campaign(tx, person.campaign_id)
    some = await _friends(tx, person)
    sql = "DELETE FROM referrals WHERE campaign_id = $1 AND friend_id IN ids($2)"
    await tx.fetch(sql, person.campaign_id, as_list(some))
    return len(some) < FRIENDS


async def _friends(tx: Transaction, person: CampaignEntrant) -> list[int]:
    """Some who came by their link."""
    sql = (
        "SELECT friend_id AS id FROM referrals WHERE campaign_id = $1 AND referrer_id = $2 "
        "ORDER BY friend_id LIMIT $3"
    )
    return await entrant_ids(tx, sql, person.campaign_id, person.entrant_id, FRIENDS)


async def forget(
    tx: Transaction, person: CampaignEntrant, known: Linked, seen_to: int, now: int
) -> bool:
    """Erase the entrant, once the trackings of their visitors `known` up to the id `seen_to` are.

    What counts provisionally stays as it is, for whose it turns out to be. False, and nothing is
    done, if another visitor is linked by now, some of what they did is still to be settled, or too
    many friends are left to be forgotten at once; the caller then starts again.
    """
    await browsers.hold_campaign(tx, person.campaign_id)
    if await settlements.of_entrant(tx, person.campaign_id, person.entrant_id):
        return False
    if len(await _friends(tx, person)) == FRIENDS:
        return False
    now_linked = await linked(tx, person)
    if not set(now_linked.own) <= set(known.own):
        return False
    if not set(now_linked.doubtful) <= set(known.doubtful):
        return False
    own, doubtful = known
    rest = await trackings(tx, person, own, after=seen_to, limit=1_000_000, doubtful=doubtful)
    await erase_trackings(tx, person, [row["id"] for row in rest])
    await _free_values(tx, person)
    one = (person.campaign_id, person.entrant_id)
    found = await tx.fetch("SELECT email FROM entrants WHERE campaign_id = $1 AND id = $2", *one)
    for email in [row["email"] for row in found if row["email"]]:  # none: the campaign was deleted
        await idempotency.erase_of_person(tx, person.campaign_key, email)
    visitors = as_list(own)
    for sql in _FORGETTING:
        await tx.fetch(sql, *one)
    for table, column in (
        ("shared_visitors", "visitor"),
        ("tickets", "visitor"),
        ("same_browsers", "visitor"),
        ("same_browsers", "other"),
        ("xrefs", "visitor"),
        ("xrefs", "brought_by"),
    ):
        await tx.fetch(
            f"DELETE FROM {table} WHERE campaign_id = $1 AND {column} IN texts($2)",
            person.campaign_id,
            visitors,
        )
    await tx.fetch(
        # In capitals, as no folded e-mail is.
        "UPDATE entrants SET name = $3, email = '', email_folded = 'ERASED ' || id, "
        "mailbox = NULL, network = NULL, browser_hash = '', language = '', confirmed_at = NULL, "
        "claimed_at = NULL, "
        "erased_at = COALESCE(erased_at, CAST($4 AS BIGINT)) WHERE campaign_id = $1 AND id = $2",
        *one,
        ERASED,
        now,
    )
    await tx.fetch(
        # Nobody could be told of a win any more: who is forgotten has withdrawn. Once there is a
        # draw, its list stands, and the totals with it.
        "UPDATE entrants SET blocked_at = COALESCE(blocked_at, CAST($3 AS BIGINT)), "
        "blocked_reason = COALESCE(blocked_reason, CAST($4 AS TEXT)) WHERE campaign_id = $1 "
        "AND id = $2 AND NOT EXISTS (SELECT 1 FROM draws AS d WHERE d.campaign_id = $1)",
        *one,
        now,
        "Their data was erased.",
    )
    if not await tx.fetch("SELECT 1 AS one FROM draws WHERE campaign_id = $1", person.campaign_id):
        await friend_completions.take_back(
            tx, person.campaign_id, [person.entrant_id], referral.ERASED, now
        )
    for sql in _LAST:
        await tx.fetch(sql, *one)
    return True


async def _free_values(tx: Transaction, person: CampaignEntrant) -> None:
    """Delete the unique values: to whoever has the orders, even a hash tells whose order it was."""
    done = await tx.fetch(
        "SELECT u.action_id, u.details FROM completions AS u JOIN actions AS a "
        "ON a.campaign_id = $1 AND a.id = u.action_id WHERE plain(u.campaign_id) = $1 "
        f"AND u.entrant_id = $2 AND a.unique_value = 1 AND {_SURE}",
        *(person.campaign_id, person.entrant_id),
    )
    for action_id, key in {(row["action_id"], value_key(row["details"])) for row in done}:
        sql = (
            "DELETE FROM unique_values WHERE campaign_id = $1 AND entrant_id = $2 "
            "AND action_id = $3 AND value_hash = $4"
        )
        await tx.fetch(sql, person.campaign_id, person.entrant_id, action_id, key)


# One by one: PostgreSQL might read all trackings of the campaign otherwise.
_SURE = (
    "COALESCE((SELECT t.provisional FROM trackings AS t WHERE t.campaign_id = $1 "
    "AND t.id = u.tracking_id), 0) <> 1"
)
"""Is a completion `u` not earned by what may turn out to be another's?"""


_FORGETTING = (
    "DELETE FROM links WHERE plain(campaign_id) = $1 AND entrant_id = $2",
    "DELETE FROM shared_visitors WHERE plain(campaign_id) = $1 AND entrant_id = $2",
    # In this order, as whoever comes back by a mailed link.
    "DELETE FROM confirmations WHERE campaign_id = $1 AND entrant_id = $2",
    "DELETE FROM entrant_sessions WHERE campaign_id = $1 AND entrant_id = $2",
    "DELETE FROM xrefs WHERE plain(campaign_id) = $1 AND entrant_id = $2",
    "UPDATE completions AS u SET details = NULL WHERE plain(u.campaign_id) = $1 "
    f"AND u.entrant_id = $2 AND u.details IS NOT NULL AND {_SURE}",
)

_LAST = (
    "DELETE FROM referrals WHERE campaign_id = $1 AND friend_id = $2",
    "DELETE FROM referrals WHERE plain(campaign_id) = $1 AND referrer_id = $2",
    "DELETE FROM mails WHERE plain(campaign_id) = $1 AND entrant_id = $2",
    "DELETE FROM field_answers WHERE campaign_id = $1 AND entrant_id = $2",
    "UPDATE winners SET answer_hash = NULL WHERE campaign_id = $1 AND entrant_id = $2 "
    "AND draw_id IN (SELECT d.id FROM draws AS d WHERE d.campaign_id = $1)",
)
"""What nobody stores for an entrant any more who is marked as erased; whoever was at it before has
held the entrant until it was stored."""

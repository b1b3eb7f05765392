"""What is erased of a person, and what stays without them."""

from __future__ import annotations

from collections.abc import Collection

from trk.core import referral
from trk.core.unlock import value_key
from trk.store import browsers, counters, idempotency, referrals
from trk.store.people import CampaignEntrant, Linked, linked, trackings
from trk.store.program import Transaction, as_rows

ERASED = "(erased)"
"""The name of an entrant who was erased."""


async def erase_trackings(tx: Transaction, ids: Collection[int]) -> None:
    """Erase what these trackings say about anybody.

    What an action was reported by stays, without browser, site, value and signature, so that the
    counts of the log stay right and a beacon that comes again is known. A name that no action has
    may be any text: such a tracking goes.
    """
    listed = as_rows([(each,) for each in ids])
    theirs = "id IN (SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($1) AS r)"
    gone = await tx.fetch(
        f"DELETE FROM trackings WHERE action_id IS NULL AND {theirs} "
        f"RETURNING {counters.returned('trackings')}",
        listed,
    )
    await counters.take_out(tx, "trackings", gone)
    await tx.fetch(
        "UPDATE trackings SET visitor = '', value = NULL, signature = NULL, "
        "origin_host = NULL, refusal = CASE "
        "WHEN refusal IS NULL THEN NULL ELSE 'erased: Why it was refused was erased.' END "
        f"WHERE action_id IS NOT NULL AND {theirs}",
        listed,
    )


async def forget(
    tx: Transaction, person: CampaignEntrant, known: Linked, seen_to: int, now: int
) -> bool:
    """Erase the entrant, once the trackings of their visitors `known` up to the id `seen_to` are.

    What counts provisionally stays as it is, for whose it turns out to be. False, and nothing is
    done, if another visitor is linked by now; the caller then starts again.
    """
    await browsers.hold_campaign(tx, person.campaign_id)
    now_linked = await linked(tx, person)
    if not set(now_linked.own) <= set(known.own):
        return False
    if not set(now_linked.doubtful) <= set(known.doubtful):
        return False
    own, doubtful = known
    rest = await trackings(tx, person, own, after=seen_to, limit=1_000_000, doubtful=doubtful)
    await erase_trackings(tx, [row["id"] for row in rest])
    await _free_values(tx, person)
    found = await tx.fetch("SELECT email FROM entrants WHERE id = $1", person.entrant_id)
    for email in [row["email"] for row in found if row["email"]]:  # none: the campaign was deleted
        await idempotency.erase_of_person(tx, person.campaign_key, email)
    visitors = as_rows([(each,) for each in own])
    for sql in _FORGETTING:
        await tx.fetch(sql, person.entrant_id)
    for table, column in (
        ("shared_visitors", "visitor"),
        ("tickets", "visitor"),
        ("same_browsers", "visitor"),
        ("same_browsers", "other"),
        ("xrefs", "visitor"),
        ("xrefs", "brought_by"),
    ):
        await tx.fetch(
            f"DELETE FROM {table} WHERE campaign_id = $1 AND {column} IN "
            "(SELECT r.value ->> 0 FROM rows($2) AS r)",
            person.campaign_id,
            visitors,
        )
    await tx.fetch(
        # In capitals, as no folded e-mail is.
        "UPDATE entrants SET name = $2, email = '', email_folded = 'ERASED ' || id, "
        "mailbox = NULL, network = NULL, browser_hash = '', language = '', confirmed_at = NULL, "
        "claimed_at = NULL, "
        "erased_at = COALESCE(erased_at, CAST($3 AS BIGINT)) WHERE id = $1",
        person.entrant_id,
        ERASED,
        now,
    )
    await tx.fetch(
        # Nobody could be told of a win any more: who is forgotten has withdrawn. Once there is a
        # draw, its list stands, and the totals with it.
        "UPDATE entrants SET blocked_at = COALESCE(blocked_at, CAST($2 AS BIGINT)), "
        "blocked_reason = COALESCE(blocked_reason, CAST($3 AS TEXT)) WHERE id = $1 AND NOT EXISTS "
        "(SELECT 1 FROM draws AS d WHERE d.campaign_id = entrants.campaign_id)",
        person.entrant_id,
        now,
        "Their data was erased.",
    )
    if not await tx.fetch("SELECT 1 AS one FROM draws WHERE campaign_id = $1", person.campaign_id):
        await referrals.take_back(tx, person.campaign_id, [person.entrant_id], referral.ERASED, now)
    for sql in _LAST:
        await tx.fetch(sql, person.entrant_id)
    return True


async def _free_values(tx: Transaction, person: CampaignEntrant) -> None:
    """Delete the unique values: to whoever has the orders, even a hash tells whose order it was."""
    done = await tx.fetch(
        "SELECT u.action_id, u.details FROM completions AS u JOIN actions AS a "
        f"ON a.id = u.action_id WHERE u.entrant_id = $1 AND a.unique_value = 1 AND {_SURE}",
        person.entrant_id,
    )
    for action_id, key in {(row["action_id"], value_key(row["details"])) for row in done}:
        sql = (
            "DELETE FROM unique_values WHERE action_id = $1 AND value_hash = $2 AND entrant_id = $3"
        )
        await tx.fetch(sql, action_id, key, person.entrant_id)


_SURE = "NOT EXISTS (SELECT 1 FROM trackings AS t WHERE t.id = u.tracking_id AND t.provisional = 1)"
"""Is a completion `u` not earned by what may turn out to be another's?"""


_FORGETTING = (
    "DELETE FROM links WHERE entrant_id = $1",
    "DELETE FROM shared_visitors WHERE entrant_id = $1",
    # In this order, as whoever comes back by a mailed link.
    "DELETE FROM confirmations WHERE entrant_id = $1",
    "DELETE FROM entrant_sessions WHERE entrant_id = $1",
    "DELETE FROM xrefs WHERE entrant_id = $1",
    "UPDATE completions AS u SET details = NULL WHERE u.entrant_id = $1 AND u.details IS NOT NULL "
    f"AND {_SURE}",
)

_LAST = (
    "DELETE FROM referrals WHERE friend_id = $1",
    "DELETE FROM referrals WHERE referrer_id = $1",
    "DELETE FROM mails WHERE entrant_id = $1",
    "DELETE FROM field_answers WHERE entrant_id = $1",
    "UPDATE winners SET answer_hash = NULL WHERE entrant_id = $1 AND draw_id IN "
    "(SELECT d.id FROM entrants AS e JOIN draws AS d ON d.campaign_id = e.campaign_id "
    "WHERE e.id = $1)",
)
"""What nobody stores for an entrant any more who is marked as erased; whoever was at it before has
held the entrant until it was stored."""

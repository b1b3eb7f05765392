"""Referrals: who has entered by whose link, and which friends count for that.

A friend counts once, for one referrer: for each such action of the campaign, until as many have
counted as its owner allows. Where only confirmed e-mails count, it does when the friend confirms.

Whoever counts friends, or takes back what they have completed, holds the campaign (see
browsers.hold_campaign): no more count at once than may, and nobody who is blocked meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from trk.core.campaign import Campaign, refusal_at
from trk.core.referral import Friend, ReferralPlace, free_places
from trk.store import (
    actions,
    campaigns,
    clusters,
    friend_completions,
    readmissions,
    recounts,
    unlocks,
)
from trk.store.friend_completions import SOURCE
from trk.store.program import Row, Transaction, as_list, as_rows, ids

_NEVER = 2**62
"""An instant that does not come."""
_OF = "SELECT f.* FROM referrals AS f WHERE plain(f.campaign_id) = $1 AND f.{} IN ids({})"


async def hold(tx: Transaction, campaign: Campaign, entrants: Collection[int]) -> None:
    """Hold these entrants and those by whose links they came, until this transaction ends.

    A friend is always later than the referrer, and whoever gives rewards to both, or blocks both,
    holds them in the order of their ids. So whoever lets a friend count holds both at once: see
    docs/decisions/one-order-of-locks.md.
    """
    referrers = await ids(
        tx,
        "SELECT referrer_id AS id FROM referrals "
        "WHERE plain(campaign_id) = $1 AND friend_id IN ids($2)",
        campaign.id,
        as_list(entrants),
    )
    await tx.fetch(
        "SELECT e.id FROM entrants AS e WHERE e.campaign_id = $1 AND e.id IN ids($2) "
        "ORDER BY e.id FOR NO KEY UPDATE",
        campaign.id,
        as_list({*entrants, *referrers}),
    )


async def note(
    tx: Transaction, campaign: Campaign, referrer_id: int, friend_id: int, now: int
) -> None:
    """Note that somebody who enters now has done so by the link of another entrant.

    Not in a browser in which somebody has entered before, or for which the referrer has used a
    mailed link, nor with the mailbox of somebody who has entered: that would be the referrer, or a
    friend who is known already. Of two such at once one is the first.
    """
    await tx.fetch(
        "INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) "
        "SELECT e.id, e.campaign_id, k.id, CAST($4 AS BIGINT) FROM entrants AS e "
        "JOIN entrants AS k ON k.campaign_id = e.campaign_id AND k.id = $2 AND k.id <> e.id "
        "AND k.erased_at IS NULL "
        "WHERE e.id = $3 AND e.campaign_id = $1 AND e.created_at = $4 "
        "AND NOT EXISTS (SELECT 1 FROM entrants AS o WHERE o.campaign_id = $1 "
        "AND o.browser_hash = e.browser_hash AND o.browser_hash <> '' AND o.id <> e.id) "
        # Two questions, each with an index of its own.
        "AND NOT EXISTS (SELECT 1 FROM entrants AS o WHERE o.campaign_id = $1 "
        "AND o.mailbox = e.mailbox AND o.mailbox IS NOT NULL AND o.blocked_at IS NULL "
        "AND o.erased_at IS NULL AND o.id <> e.id) "
        "AND NOT EXISTS (SELECT 1 FROM entrants AS o WHERE o.campaign_id = $1 "
        "AND o.mailbox = e.mailbox AND o.blocked_at IS NOT NULL AND o.id <> e.id) "
        "AND NOT EXISTS (SELECT 1 FROM confirmations AS c WHERE plain(c.campaign_id) = $1 "
        "AND c.entrant_id = k.id AND c.used_at IS NOT NULL AND c.browser_hash = e.browser_hash "
        "AND c.browser_hash <> '') "
        "ON CONFLICT DO NOTHING",
        campaign.id,
        referrer_id,
        friend_id,
        now,
    )


async def count(
    tx: Transaction,
    campaign: Campaign,
    friends: Collection[int],
    now: int,
    let_in: Mapping[int, int] = MappingProxyType({}),
) -> list[int]:
    """Complete the referrers' actions for those of these entrants who take part; what was taken
    back while they did not is given back. So it is for the friends of those who are `let_in`, each
    with when they were blocked (ms): of what friends did from then on, nothing has counted yet.
    Returns the referrers: their rewards are still to be given.

    It does not matter when this is found out: a friend counts if the campaign was open when they
    entered (and confirmed, where only that counts). Many friends of those who are `let_in` are
    counted later, in parts. While that is done, or all are counted anew (see recounting), those
    are left to it whom it has not reached.
    """
    brought = await readmissions.friends(tx, campaign, let_in)
    many = brought >= readmissions.FEW
    if many and not await friend_completions.possible(tx, campaign):
        brought, many, let_in = 0, False, {}
    noted = await tx.fetch(
        f"{_OF.format('friend_id', '$2')} UNION {_OF.format('referrer_id', '$3')} "
        "ORDER BY friend_id",
        campaign.id,
        as_list(friends),
        as_list([] if many else let_in),
    )
    recount = await recounts.of(tx, campaign) if noted or many else None
    if recount is not None and brought:
        # They did not take part when it was begun, and it may have passed over their friends.
        await recounts.begin(tx, campaign, now)
        return []
    if many:
        await readmissions.begin(tx, campaign, let_in, now)
        let_in = {}
    if recount is not None:
        noted = [row for row in noted if recount.progress.has_reached(row)]
    if noted:
        again = await readmissions.of(tx, campaign, [row["referrer_id"] for row in noted])
        noted = [
            row
            for row in noted
            if row["referrer_id"] not in again or not again[row["referrer_id"]].waits(row)
        ]
    fresh = await campaigns.as_it_is(tx, campaign) if noted else None
    if fresh is None:
        return []
    themselves = set(friends)
    newcomers = [row for row in noted if row["friend_id"] in themselves]
    return await complete(tx, fresh, noted, newcomers, now, let_in)


async def complete(
    tx: Transaction,
    campaign: Campaign,
    noted: Sequence[Row],
    completing: Sequence[Row],
    now: int,
    let_in: Mapping[int, int] = MappingProxyType({}),
    since: int | None = None,
) -> list[int]:
    """The same for the friends whose referrals are `noted`, of whom those who are `completing` may
    complete what they have not. With `since` (ms), whoever was blocked from then on is a referrer
    who takes part."""
    known = await actions.of_campaign(tx, campaign.id)
    before = await friend_completions.of_referrers(
        tx, campaign.id, [row["referrer_id"] for row in noted]
    )
    if not before and not any(each.refers for each in known):
        return []  # friends complete nothing, nor have they ever
    found = await _taking_part(tx, campaign, noted, since)
    in_one_browser = await _in_one_browser(tx, campaign, found)
    themselves = {row["friend_id"] for row in completing}
    fit = [
        each
        for each in found
        if refusal_at(campaign, each.came) is None and each.friend_id not in in_one_browser
    ]
    newcomers = {
        each
        for each in fit
        if each.friend_id in themselves or each.came >= let_in.get(each.referrer_id, _NEVER)
    }
    # What the owner has made while a referrer was blocked, nobody has completed for them yet.
    returning = {each: let_in[each.referrer_id] for each in fit if each.referrer_id in let_in}
    referrers = [each.referrer_id for each in found]
    free = free_places(known, found, newcomers, before, returning)
    restored = [before[each.unlock].id for each in free if each.unlock in before]
    await friend_completions.restore(tx, campaign, restored, now)
    earned = [_earned(each) for each in free if each.unlock not in before]
    await unlocks.keep(tx, campaign, earned, now)
    return referrers


def _earned(place: ReferralPlace) -> unlocks.Earned:
    friend, action = place
    details = f"entrant {friend.friend_id}"
    return unlocks.Earned(place.unlock, action.worth, details, SOURCE, friend.came)


async def _taking_part(
    tx: Transaction, campaign: Campaign, noted: Iterable[Row], since: int | None
) -> list[Friend]:
    """Those of these referrals of which both take part, or the referrer did `since` then (ms)."""
    both = {each for row in noted for each in (row["friend_id"], row["referrer_id"])}
    rows = await tx.fetch(
        "SELECT e.id, e.confirmed_at, e.blocked_at FROM entrants AS e WHERE e.campaign_id = $1 "
        "AND e.id IN ids($2) AND e.erased_at IS NULL "
        "AND (e.blocked_at IS NULL OR e.blocked_at >= $3)",
        campaign.id,
        as_list(both),
        _NEVER if since is None else since,
    )
    referrers = {row["id"] for row in rows}
    confirmed = {row["id"]: row["confirmed_at"] for row in rows if row["blocked_at"] is None}
    found = []
    for row in noted:
        friend, referrer, came = row["friend_id"], row["referrer_id"], row["made_at"]
        if friend in confirmed and referrer in referrers:
            if campaign.confirmed_only:
                if confirmed[friend] is None:
                    continue
                came = max(came, confirmed[friend])
            found.append(Friend(friend, referrer, came))
    return found


async def _in_one_browser(tx: Transaction, campaign: Campaign, found: Iterable[Friend]) -> set[int]:
    """Those of these friends who share a browser with their referrer, as the site has shown."""
    friend, referrer = (f"CAST(r.value ->> {n} AS BIGINT)" for n in (0, 1))
    one_browser = clusters.one_browser("$2", friend, referrer)
    sql = f"SELECT {friend} AS id FROM rows($1) AS r WHERE {one_browser}"
    return set(await ids(tx, sql, as_rows([each[:2] for each in found]), campaign.id))

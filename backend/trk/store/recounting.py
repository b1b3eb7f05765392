"""Counting all friends anew by what the campaign's owner says from now on: whether only confirmed
e-mails count, which actions friends complete, and how many of them.

Few are counted in the transaction that changes it. Of many a recount is begun there, which goes on
in transactions of its own: several times through all friends, in the order of their referrers and,
of one referrer, in that of their coming. So it comes out as if all were counted at once. Friends
who come, confirm or are let in meanwhile wait until it has reached them (see referrals.count).
"""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.referral import UNCONFIRMED
from trk.store import browsers, campaigns, friend_completions, readmissions, recounts, referrals
from trk.store.errors import gone
from trk.store.program import Row, Transaction, as_list, ids
from trk.store.readmissions import Readmission
from trk.store.recounts import BEGINNING, COUNT, TAKE_BACK, RecountProgress

PART = 200
"""How many friends are counted in one transaction: some milliseconds, or twenty where each of them
gives a reward to whom they came by."""

_REFERRERS = 50
"""Of how many who take part again friends are looked for in one transaction."""


class Recounted(NamedTuple):
    """What a part of a recount has done: for whom it counted, whose rewards are still to be given,
    and whether it was the last."""

    referrers: list[int]
    finished: bool


async def count_anew(tx: Transaction, campaign: Campaign, now: int) -> list[int]:
    """Count all friends anew, or begin to, if they are many and that can change anything. The
    campaign is held. Returns those for whom it counted: their rewards are still to be given."""
    friends: list[Row] = []
    if await friend_completions.possible(tx, campaign):
        friends = await _friends(tx, campaign, BEGINNING)
    if len(friends) == PART:
        await recounts.begin(tx, campaign, now)
        return []
    await recounts.end(tx, campaign)
    if not friends:
        return []
    await _take_back(tx, campaign, friends, now)
    return await referrals.count(tx, campaign, [row["friend_id"] for row in friends], now)


async def go_on(tx: Transaction, campaign: Campaign, now: int) -> Recounted:
    """Count the next part of all friends, if a recount is under way, or of the friends of those who
    take part again.

    Raises Gone if the campaign has been deleted.
    """
    await browsers.hold_campaign(tx, campaign.id)
    recount = await recounts.of(tx, campaign)
    fresh = await campaigns.as_it_is(tx, campaign)
    if fresh is None:
        raise gone(campaign)
    if recount is None:
        return await _readmit(tx, fresh, now)
    stage = recount.progress.stage
    friends = await _friends(tx, fresh, recount.progress)
    referrers: list[int] = []
    if stage == TAKE_BACK:
        await _take_back(tx, fresh, friends, now)
    else:
        newcomers = friends if stage == COUNT else []
        referrers = await referrals.complete(
            tx, fresh, friends, newcomers, now, since=recount.since
        )
    if len(friends) == PART:
        last = friends[-1]
        progress = RecountProgress(stage, last["referrer_id"], last["friend_id"])
        await recounts.move(tx, fresh, progress)
    elif stage < COUNT:
        await recounts.move(tx, fresh, RecountProgress(stage + 1))
    else:
        await recounts.end(tx, fresh)
        return Recounted(referrers, True)
    return Recounted(referrers, False)


async def _readmit(tx: Transaction, campaign: Campaign, now: int) -> Recounted:
    """Count the next friends of those who take part again (see readmissions)."""
    those = await readmissions.first(tx, campaign, _REFERRERS)
    noted: list[Row] = []
    passed: list[Readmission] = []
    for each in those:
        wanted = PART - len(noted)
        friends = await tx.fetch(
            "SELECT f.* FROM referrals AS f WHERE f.campaign_id = $1 AND f.referrer_id = $2 "
            "AND f.friend_id > $3 ORDER BY f.friend_id LIMIT $4",
            *(campaign.id, each.referrer_id, each.friend_id, wanted),
        )
        noted += friends
        if len(friends) == wanted:
            await readmissions.move(tx, campaign, each, friends[-1]["friend_id"])
            break
        passed.append(each)
    await readmissions.end_stage(tx, campaign, passed)
    referrers: list[int] = []
    if noted:
        counts = those[0].stage == COUNT
        let_in = {each.referrer_id: each.blocked_at for each in those} if counts else {}
        since = min(each.since for each in those)
        referrers = await referrals.complete(tx, campaign, noted, [], now, let_in, since)
    return Recounted(referrers, not await recounts.under_way(tx, campaign))


async def _friends(tx: Transaction, campaign: Campaign, after: RecountProgress) -> list[Row]:
    """The next friends, in order."""
    return await tx.fetch(
        "SELECT f.* FROM referrals AS f WHERE f.campaign_id = $1 "
        "AND (f.referrer_id, f.friend_id) > ($2, $3) ORDER BY f.referrer_id, f.friend_id LIMIT $4",
        campaign.id,
        after.referrer_id,
        after.friend_id,
        PART,
    )


async def _take_back(tx: Transaction, campaign: Campaign, friends: list[Row], now: int) -> None:
    """Take back what those have completed who have not confirmed their e-mail, where only confirmed
    ones count."""
    if not campaign.confirmed_only or not friends:
        return
    out = await ids(
        tx,
        "SELECT e.id FROM entrants AS e WHERE e.campaign_id = $1 AND e.id IN ids($2) "
        "AND e.confirmed_at IS NULL",
        campaign.id,
        as_list([row["friend_id"] for row in friends]),
    )
    await friend_completions.take_back(tx, campaign.id, out, UNCONFIRMED, now)

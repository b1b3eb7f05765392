"""Beacons: a group of them stored and answered in one transaction, with set-based statements."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from trk.core import quota
from trk.core.age import believed
from trk.core.beacon import Pair, whole
from trk.core.campaign import ByName, Campaign, as_published, by_name, named, not_published
from trk.core.days import day_at
from trk.core.unlock import Decision, Report, on_arrival
from trk.store import actions, campaigns, instance, quotas, refusals, rewards, unlocks, visitors
from trk.store.program import Transaction, as_rows
from trk.store.replies import answer, is_reused, reply_to, unknown
from trk.store.snapshot import Candidate, Matched, Snapshot, look, rows_of
from trk.store.submissions import BeaconKey, First, Reply, Submission


async def store(tx: Transaction, group: Sequence[Submission]) -> list[Reply]:
    """Store `group`, unlock what it earns, and give each submission its reply, in order.

    The unique keys decide what is a repetition. If another process was quicker, this raises
    Duplicate, nothing is stored, and the next try sees what that one has stored. Of what comes to a
    draft only its owner's tests are stored.
    """
    by_key = await campaigns.by_keys(tx, {s.key for s in group}, keep=True)
    drafts = {key for key, campaign in by_key.items() if campaign.draft}
    taken = [s for s in group if s.key not in drafts or s.tested]
    published = {key: as_published(campaign, 0) for key, campaign in by_key.items()}
    replies = iter(await _store(tx, taken, published))
    return [
        next(replies) if s.key not in drafts or s.tested else not_published(s.key) for s in group
    ]


async def _store(
    tx: Transaction, group: Sequence[Submission], by_key: Mapping[str, Campaign]
) -> list[Reply]:
    known = await actions.of_campaigns(tx, [c.id for c in by_key.values()])
    firsts = _firsts(group, by_key)
    more = [(s, by_key[s.key]) for s in group if s.beacon.tells_more and s.key in by_key]
    await visitors.hold(tx, more, firsts.values())
    stored = await rows_of(tx, {(campaign.id, s.beacon.id) for s, campaign in more})
    told = [each for each in more if not is_reused(*each, firsts, stored)]
    refused = await visitors.identify(tx, told, firsts, known)
    named_actions = by_name(known)
    matched = _match(firsts, named_actions)
    seen = await look(tx, matched)
    stored |= await rows_of(tx, seen.stored - stored.keys())
    fresh = [made for made in matched if made.key not in stored]
    decided = _decide(fresh, seen, await _beyond_quota(tx, fresh))
    await _insert(tx, decided)
    await _note_unkept(tx, decided)
    earners = [
        (made.campaign, decision.unlock[0])
        for made in decided
        for decision in made.decisions
        if decision.unlock is not None
    ]
    earners += await visitors.linked(tx, told)
    await rewards.grant_several(tx, earners, max((s.received_at for s in group), default=0))

    strangers = any(s.key not in by_key for s in group)
    doubt = instance.NEW if strangers and await instance.is_new(tx) else ""
    names = {action.id: action.tracking_name for action in known}
    answered: dict[BeaconKey, Reply] = {
        made.key: answer(made.decisions, refused.get(made.key), names) for made in decided
    }
    return [
        reply_to(s, by_key[s.key], firsts, stored, answered, named_actions, names)
        if s.key in by_key
        else unknown(s.key, doubt)
        for s in group
    ]


class _Decided(NamedTuple):
    key: BeaconKey
    submission: Submission
    campaign: Campaign
    entrant_id: int | None
    provisional: bool
    reports: list[Report]
    decisions: list[Decision]
    unkept: Container[int]


_Unkept = Mapping[BeaconKey, Container[int]]
"""The places of the pairs that are not stored, by beacon."""


def _firsts(group: Sequence[Submission], by_key: Mapping[str, Campaign]) -> dict[BeaconKey, First]:
    """Of the submissions with the same id, the first."""
    firsts: dict[BeaconKey, First] = {}
    for submission in group:
        campaign = by_key.get(submission.key)
        if campaign is not None:
            firsts.setdefault((campaign.id, submission.beacon.id), (submission, campaign))
    return firsts


def _match(firsts: Mapping[BeaconKey, First], actions: ByName) -> list[Matched]:
    """Find the action of each pair by its name."""
    return [
        Matched(
            key,
            submission,
            campaign,
            [_candidate(submission, campaign, actions, whole(p)) for p in submission.beacon.pairs],
        )
        for key, (submission, campaign) in firsts.items()
    ]


def _candidate(
    submission: Submission, campaign: Campaign, actions: ByName, pair: Pair
) -> Candidate:
    name, value, signature = pair
    action = named(actions, campaign.id, name or "")
    at = believed(campaign, action, submission.happened_at, submission.received_at)
    vouched, received_at = submission.vouched, submission.received_at
    return Report(name or "", value, at, signature, vouched, received_at), action


async def _beyond_quota(tx: Transaction, fresh: Sequence[Matched]) -> _Unkept:
    """Of the pairs with names that no action has, those beyond what their campaign keeps in a day.
    The others cost nothing here."""
    sizes = [
        (made, n, quota.size([report.name, report.value, report.signature]))
        for made in fresh
        for n, (report, action) in enumerate(made.candidates)
        if action is None
    ]
    if not sizes:
        return {}
    sent: dict[int, quotas.Sent] = {}
    for made, _, size in sizes:
        day = day_at(made.campaign.timezone, made.submission.received_at)
        before = sent.get(made.campaign.id, quotas.Sent(made.campaign.id, day, 0))
        sent[made.campaign.id] = before._replace(bytes=before.bytes + size)
    used = await quotas.add(tx, sent.values())
    unkept: dict[BeaconKey, set[int]] = {}
    for made, n, size in sizes:
        used[made.campaign.id] += size
        if used[made.campaign.id] > quota.UNMATCHED_BYTES:
            unkept.setdefault(made.key, set()).add(n)
    return unkept


def _decide(fresh: Sequence[Matched], seen: Snapshot, unkept: _Unkept) -> list[_Decided]:
    """Let the rules decide every pair, in the order of the group."""
    known = seen.ledger.known
    decided = []
    for key, submission, campaign, candidates in fresh:
        entrant_id = seen.entrants.get(key)
        decisions = []
        beyond = unkept.get(key, ())
        for n, (report, action) in enumerate(candidates):
            decision = on_arrival(campaign, action, entrant_id, report, known)
            if n in beyond and decision.outcome == "unmatched":
                decision = Decision("refused", refusal=quota.over_quota(report.name))
            seen.ledger.enter(decision)
            decisions.append(decision)
        reports = [report for report, _ in candidates]
        provisional = key in seen.provisional
        decided.append(
            _Decided(key, submission, campaign, entrant_id, provisional, reports, decisions, beyond)
        )
    return decided


async def _note_unkept(tx: Transaction, decided: Sequence[_Decided]) -> None:
    """Note of which stored beacons some pairs are not kept: when they come again, that is no other
    content."""
    for (_, beacon), submission, campaign, *_, reports, decisions, unkept in decided:
        missing = [n for n in range(len(reports)) if n in unkept]
        why = decisions[missing[0]].refusal if 0 < len(missing) < len(reports) else None
        if why is not None:
            by, at, host = submission.beacon.visitor, submission.received_at, submission.origin_host
            await refusals.add(tx, campaign, beacon, by, why, at, host)


async def _insert(tx: Transaction, decided: Sequence[_Decided]) -> None:
    rows = [
        (
            campaign_id,
            beacon,
            n,
            submission.beacon.visitor,
            report.name,
            report.value,
            report.signature,
            report.happened_at,
            submission.received_at,
            decision.action and decision.action.id,
            entrant_id,
            decision.outcome,
            decision.refusal and f"{decision.refusal.code}: {decision.refusal.message}",
            submission.origin_host,
            1 if provisional and decision.personal else None,
            "api" if submission.vouched else None,
        )
        for (
            (campaign_id, beacon),
            submission,
            _,
            entrant_id,
            provisional,
            reports,
            decisions,
            unkept,
        ) in decided
        for n, (report, decision) in enumerate(zip(reports, decisions, strict=True))
        if n not in unkept
    ]
    if not rows:
        return
    await tx.fetch(
        "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, value, signature, "
        "happened_at, received_at, action_id, entrant_id, outcome, refusal, origin_host, "
        "provisional, source) "
        "SELECT CAST(r.value ->> 0 AS BIGINT), r.value ->> 1, CAST(r.value ->> 2 AS INTEGER), "
        "r.value ->> 3, r.value ->> 4, r.value ->> 5, r.value ->> 6, "
        "CAST(r.value ->> 7 AS BIGINT), CAST(r.value ->> 8 AS BIGINT), "
        "CAST(r.value ->> 9 AS BIGINT), CAST(r.value ->> 10 AS BIGINT), "
        "r.value ->> 11, r.value ->> 12, r.value ->> 13, CAST(r.value ->> 14 AS INTEGER), "
        "r.value ->> 15 FROM rows($1) AS r",
        as_rows(rows),
    )
    await unlocks.keep(
        tx,
        {made.campaign.id: made.campaign for made in decided},
        [
            unlocks.Earned(
                campaign_id,
                decision.unlock,
                decision.action.worth,
                report.value,
                "api" if submission.vouched else "tracking",
                report.happened_at,
                decision.uses,
                beacon,
                n,
            )
            for (campaign_id, beacon), submission, _, _, _, reports, decisions, _ in decided
            for n, (report, decision) in enumerate(zip(reports, decisions, strict=True))
            if decision.unlock is not None and decision.action is not None
        ],
        decided[-1].submission.received_at,
    )

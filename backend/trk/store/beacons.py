"""Beacons: a group of them stored and answered in one transaction, with set-based statements."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
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
from trk.store.submissions import Reply, Submission


async def store(tx: Transaction, group: Sequence[Submission]) -> list[Reply]:
    """Store `group`, unlock what it earns, and give each submission its reply, in order.

    Each campaign's part is stored by statements of its own, which name the campaign, one after the
    other in the order of their ids. The unique keys decide what is a repetition. If another process
    was quicker, this raises Duplicate, nothing is stored, and the next try sees what that one has
    stored.
    """
    parts: dict[str, list[Submission]] = {}
    for submission in group:
        parts.setdefault(submission.key, []).append(submission)
    found = await campaigns.by_keys(tx, parts.keys(), keep=True)
    replies = {
        campaign.key: iter(await _store_part(tx, campaign, parts[campaign.key]))
        for campaign in sorted(found.values(), key=lambda each: each.id)
    }
    strangers = len(parts) > len(found)
    doubt = instance.NEW if strangers and await instance.is_new(tx) else ""
    return [next(replies[s.key]) if s.key in found else unknown(s.key, doubt) for s in group]


async def _store_part(
    tx: Transaction, campaign: Campaign, group: Sequence[Submission]
) -> list[Reply]:
    """Store beacons of one campaign. Of what comes to a draft only its owner's tests are stored."""
    if not campaign.draft:
        return await _store(tx, campaign, group)
    tests = [s for s in group if s.tested]
    replies = iter(await _store(tx, as_published(campaign, 0), tests) if tests else [])
    return [next(replies) if s.tested else not_published(s.key) for s in group]


async def _store(tx: Transaction, campaign: Campaign, group: Sequence[Submission]) -> list[Reply]:
    known = await actions.of_campaign(tx, campaign.id)
    firsts: dict[str, Submission] = {}
    for submission in group:
        firsts.setdefault(submission.beacon.id, submission)
    more = [s for s in group if s.beacon.tells_more]
    await visitors.hold(tx, campaign, more, firsts.values())
    stored = await rows_of(tx, campaign, {s.beacon.id for s in more})
    told = [each for each in more if not is_reused(each, firsts, stored)]
    refused = await visitors.identify(tx, campaign, told, firsts, known) if told else {}
    named_actions = by_name(known)
    matched = _match(campaign, firsts.values(), named_actions)
    seen = await look(tx, campaign, matched)
    stored |= await rows_of(tx, campaign, seen.stored - stored.keys())
    fresh = [made for made in matched if made.id not in stored]
    decided = _decide(campaign, fresh, seen, await _beyond_quota(tx, campaign, fresh))
    await _insert(tx, campaign, decided)
    await _note_unkept(tx, campaign, decided)
    earners = {
        decision.unlock[0]
        for made in decided
        for decision in made.decisions
        if decision.unlock is not None
    }
    if told:
        earners |= await visitors.linked(tx, campaign, told)
    await rewards.grant(tx, campaign, earners, max(s.received_at for s in group))

    names = {action.id: action.tracking_name for action in known}
    answered = {made.id: answer(made.decisions, refused.get(made.id), names) for made in decided}
    return [reply_to(s, campaign, firsts, stored, answered, named_actions, names) for s in group]


class _Decided(NamedTuple):
    submission: Submission
    entrant_id: int | None
    provisional: bool
    reports: list[Report]
    decisions: list[Decision]
    unkept: Container[int]

    @property
    def id(self) -> str:
        """The beacon's."""
        return self.submission.beacon.id


_Unkept = Mapping[str, Container[int]]
"""The places of the pairs that are not stored, by beacon."""


def _match(campaign: Campaign, firsts: Iterable[Submission], actions: ByName) -> list[Matched]:
    """Find the action of each pair by its name."""
    return [
        Matched(
            submission,
            [_candidate(submission, campaign, actions, whole(p)) for p in submission.beacon.pairs],
        )
        for submission in firsts
    ]


def _candidate(
    submission: Submission, campaign: Campaign, actions: ByName, pair: Pair
) -> Candidate:
    name, value, signature = pair
    action = named(actions, name or "")
    at = believed(campaign, action, submission.happened_at, submission.received_at)
    vouched, received_at = submission.vouched, submission.received_at
    return Report(name or "", value, at, signature, vouched, received_at), action


async def _beyond_quota(tx: Transaction, campaign: Campaign, fresh: Sequence[Matched]) -> _Unkept:
    """Of the pairs with names that no action has, those beyond what the campaign keeps in a day.
    The others cost nothing here."""
    sizes = [
        (made, n, quota.size([report.name, report.value, report.signature]))
        for made in fresh
        for n, (report, action) in enumerate(made.candidates)
        if action is None
    ]
    if not sizes:
        return {}
    day = day_at(campaign.timezone, sizes[0][0].submission.received_at)
    used = await quotas.add(tx, campaign, day, sum(size for *_, size in sizes))
    unkept: dict[str, set[int]] = {}
    for made, n, size in sizes:
        used += size
        if used > quota.UNMATCHED_BYTES:
            unkept.setdefault(made.id, set()).add(n)
    return unkept


def _decide(
    campaign: Campaign, fresh: Sequence[Matched], seen: Snapshot, unkept: _Unkept
) -> list[_Decided]:
    """Let the rules decide every pair, in the order of the group."""
    known = seen.ledger.known
    decided = []
    for made in fresh:
        entrant_id, beyond = seen.entrants.get(made.id), unkept.get(made.id, ())
        decisions = []
        for n, (report, action) in enumerate(made.candidates):
            decision = on_arrival(campaign, action, entrant_id, report, known)
            if n in beyond and decision.outcome == "unmatched":
                decision = Decision("refused", refusal=quota.over_quota(report.name))
            seen.ledger.enter(decision)
            decisions.append(decision)
        reports = [report for report, _ in made.candidates]
        provisional = made.id in seen.provisional
        decided.append(
            _Decided(made.submission, entrant_id, provisional, reports, decisions, beyond)
        )
    return decided


async def _note_unkept(tx: Transaction, campaign: Campaign, decided: Sequence[_Decided]) -> None:
    """Note of which stored beacons some pairs are not kept: when they come again, that is no other
    content."""
    for made in decided:
        missing = [n for n in range(len(made.reports)) if n in made.unkept]
        why = made.decisions[missing[0]].refusal if 0 < len(missing) < len(made.reports) else None
        if why is not None:
            await refusals.add(tx, campaign, made.submission, why)


async def _insert(tx: Transaction, campaign: Campaign, decided: Sequence[_Decided]) -> None:
    rows = [
        (
            made.id,
            n,
            made.submission.beacon.visitor,
            report.name,
            report.value,
            report.signature,
            report.happened_at,
            made.submission.received_at,
            decision.action and decision.action.id,
            made.entrant_id,
            decision.outcome,
            decision.refusal and f"{decision.refusal.code}: {decision.refusal.message}",
            made.submission.origin_host,
            1 if made.provisional and decision.personal else None,
            "api" if made.submission.vouched else None,
        )
        for made in decided
        for n, (report, decision) in enumerate(zip(made.reports, made.decisions, strict=True))
        if n not in made.unkept
    ]
    if not rows:
        return
    await tx.fetch(
        "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, value, signature, "
        "happened_at, received_at, action_id, entrant_id, outcome, refusal, origin_host, "
        "provisional, source) "
        "SELECT CAST($2 AS BIGINT), r.value ->> 0, CAST(r.value ->> 1 AS INTEGER), "
        "r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, "
        "CAST(r.value ->> 6 AS BIGINT), CAST(r.value ->> 7 AS BIGINT), "
        "CAST(r.value ->> 8 AS BIGINT), CAST(r.value ->> 9 AS BIGINT), "
        "r.value ->> 10, r.value ->> 11, r.value ->> 12, CAST(r.value ->> 13 AS INTEGER), "
        "r.value ->> 14 FROM rows($1) AS r",
        as_rows(rows),
        campaign.id,
    )
    await unlocks.keep(
        tx,
        campaign,
        [
            unlocks.Earned(
                decision.unlock,
                decision.action.worth,
                report.value,
                "api" if made.submission.vouched else "tracking",
                report.happened_at,
                decision.uses,
                made.id,
                n,
            )
            for made in decided
            for n, (report, decision) in enumerate(zip(made.reports, made.decisions, strict=True))
            if decision.unlock is not None and decision.action is not None
        ],
        decided[-1].submission.received_at,
    )

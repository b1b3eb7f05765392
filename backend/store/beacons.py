"""Beacons: a group of them stored and answered in one transaction, with set-based statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backend.core.beacon import Answer, Beacon, Refused, same_content
from backend.core.campaign import Action, Campaign, day_key, fold
from backend.core.keys import token_hash
from backend.core.rejection import Reason, Rejection, shown
from backend.core.unlock import Decision, on_arrival
from backend.store import campaigns, links, unlocks
from backend.store.database import Program, Row, Statement, as_rows


class Submission(NamedTuple):
    """A beacon as it came in: for which campaign's key, and when (ms)."""

    key: str
    beacon: Beacon
    received_at: int

    @property
    def happened_at(self) -> int:
        """When the page pushed it, by the server's clock (ms)."""
        return self.received_at - self.beacon.age


Reply = Answer | Rejection
BeaconKey = tuple[int, str]
"""(campaign id, idempotency id)"""


def store(group: Sequence[Submission]) -> Program[list[Reply]]:
    """Store `group`, unlock what it earns, and give each submission its reply, in order.

    The unique keys decide what is a repetition: should another process have been quicker, this
    raises Duplicate, nothing is stored, and the caller tries the beacons one by one.
    """
    by_key = yield from campaigns.by_keys({s.key for s in group})
    actions = yield from campaigns.actions_of([c.id for c in by_key.values()])
    known = [(s, by_key[s.key]) for s in group if s.key in by_key]
    stored = yield from _stored([(c.id, s.beacon.id) for s, c in known])
    refused = yield from _use_xrefs(known, actions)
    decisions = yield from _decide(
        [(s, c) for s, c in _firsts(known) if (c.id, s.beacon.id) not in stored], actions
    )
    yield from _insert(decisions)

    names = {action.id: action.tracking_name for action in actions}
    replies: list[Reply] = []
    answered: dict[BeaconKey, tuple[Beacon, Reply]] = {}
    for submission in group:
        campaign = by_key.get(submission.key)
        if campaign is None:
            replies.append(_unknown(submission.key))
            continue
        beacon, key = submission.beacon, (campaign.id, submission.beacon.id)
        reply: Reply
        if key in stored:
            reply = _repeated(beacon, stored[key], names)
        elif key in answered:
            first, reply = answered[key]
            reply = _again(beacon, first, reply)
        else:
            made = decisions.get(key)
            reply = _answer(made.decisions if made else [], refused.get(key), names)
            answered[key] = (beacon, reply)
        replies.append(reply)
    return replies


class _Decided(NamedTuple):
    submission: Submission
    campaign: Campaign
    decisions: list[Decision]
    entrant_id: int | None


_Known = Sequence[tuple[Submission, Campaign]]


def _firsts(known: _Known) -> _Known:
    """Of submissions with the same id, the first."""
    firsts: dict[BeaconKey, tuple[Submission, Campaign]] = {}
    for submission, campaign in known:
        firsts.setdefault((campaign.id, submission.beacon.id), (submission, campaign))
    return list(firsts.values())


def _stored(keys: Sequence[BeaconKey]) -> Program[dict[BeaconKey, list[Row]]]:
    """The rows that earlier beacons with these ids left, by id, in the pairs' order."""
    rows = yield Statement(
        "SELECT t.campaign_id, t.beacon, t.visitor, t.name, t.value, t.signature, t.action_id, "
        "t.outcome, t.refusal FROM rows($1) AS r JOIN trackings AS t "
        "ON t.campaign_id = CAST(r.value ->> 0 AS BIGINT) AND t.beacon = r.value ->> 1 "
        "ORDER BY t.campaign_id, t.beacon, t.n",
        (as_rows([list(key) for key in set(keys)]),),
    )
    stored: dict[BeaconKey, list[Row]] = {}
    for row in rows:
        stored.setdefault((row["campaign_id"], row["beacon"]), []).append(row)
    return stored


def _use_xrefs(known: _Known, actions: Sequence[Action]) -> Program[dict[BeaconKey, Rejection]]:
    """Make the links that beacons bring, before any pair is looked at; and why not, by beacon."""
    refused: dict[BeaconKey, Rejection] = {}
    for submission, campaign in known:
        beacon = submission.beacon
        if beacon.xref is None:
            continue
        own = {action.id: action for action in actions if action.campaign_id == campaign.id}
        linked = yield from links.use_xref(
            campaign, own, token_hash(beacon.xref), beacon.visitor, submission.received_at
        )
        if isinstance(linked, Rejection):
            refused[campaign.id, beacon.id] = linked
            yield Statement(
                "INSERT INTO refusals (campaign_id, beacon, visitor, code, message, received_at) "
                "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                (
                    campaign.id,
                    beacon.id,
                    beacon.visitor,
                    linked.code,
                    linked.message,
                    submission.received_at,
                ),
            )
    return refused


def _decide(fresh: _Known, actions: Sequence[Action]) -> Program[dict[BeaconKey, _Decided]]:
    """Let the rules decide every pair, in the order of the group."""
    by_name = {(a.campaign_id, fold(a.tracking_name)): a for a in actions}
    linked = yield from links.of([(c.id, s.beacon.visitor) for s, c in fresh])
    matched: list[tuple[Submission, Campaign, int | None, list[Action | None]]] = [
        (
            submission,
            campaign,
            linked.get((campaign.id, submission.beacon.visitor)),
            [by_name.get((campaign.id, fold(pair[0] or ""))) for pair in submission.beacon.pairs],
        )
        for submission, campaign in fresh
    ]
    done = yield from unlocks.done(
        {
            (entrant_id, action.id, day_key(action, campaign.timezone, submission.happened_at))
            for submission, campaign, entrant_id, candidates in matched
            for action in candidates
            if entrant_id is not None and action is not None
        }
    )
    decided: dict[BeaconKey, _Decided] = {}
    for submission, campaign, entrant_id, candidates in matched:
        decisions = []
        for action in candidates:
            decision = on_arrival(campaign, action, entrant_id, submission.happened_at, done)
            if decision.unlock is not None:
                done.add(decision.unlock)
            decisions.append(decision)
        decided[campaign.id, submission.beacon.id] = _Decided(
            submission, campaign, decisions, entrant_id
        )
    return decided


def _insert(decided: Mapping[BeaconKey, _Decided]) -> Program[None]:
    rows = [
        [
            campaign.id,
            submission.beacon.id,
            n,
            submission.beacon.visitor,
            *[*pair, None, None][:3],
            submission.happened_at,
            submission.received_at,
            decision.action.id if decision.action else None,
            entrant_id,
            decision.outcome,
            decision.refusal and f"{decision.refusal.code}: {decision.refusal.message}",
        ]
        for submission, campaign, decisions, entrant_id in decided.values()
        for n, (pair, decision) in enumerate(zip(submission.beacon.pairs, decisions, strict=True))
    ]
    if not rows:
        return
    inserted = yield Statement(
        "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, value, signature, "
        "happened_at, received_at, action_id, entrant_id, outcome, refusal) "
        "SELECT CAST(r.value ->> 0 AS BIGINT), r.value ->> 1, CAST(r.value ->> 2 AS INTEGER), "
        "r.value ->> 3, r.value ->> 4, r.value ->> 5, r.value ->> 6, "
        "CAST(r.value ->> 7 AS BIGINT), CAST(r.value ->> 8 AS BIGINT), "
        "CAST(r.value ->> 9 AS BIGINT), CAST(r.value ->> 10 AS BIGINT), "
        "r.value ->> 11, r.value ->> 12 FROM rows($1) AS r "
        "RETURNING id, campaign_id, beacon, n",
        (as_rows(rows),),
    )
    ids = {(row["campaign_id"], row["beacon"], row["n"]): row["id"] for row in inserted}
    yield from unlocks.add(
        [
            unlocks.NewCompletion(
                campaign.id,
                decision.unlock,
                decision.action.worth,
                pair[1] if len(pair) > 1 else None,
                "tracking",
                ids[campaign.id, submission.beacon.id, n],
                submission.happened_at,
            )
            for submission, campaign, decisions, _ in decided.values()
            for n, (pair, decision) in enumerate(
                zip(submission.beacon.pairs, decisions, strict=True)
            )
            if decision.unlock is not None and decision.action is not None
        ],
        max(made.submission.received_at for made in decided.values()),
    )


def _answer(
    decisions: Sequence[Decision], refused: Rejection | None, names: Mapping[int, str]
) -> Reply:
    for decision in decisions:
        if decision.refusal is not None:
            return decision.refusal
    return Answer(
        unlocked=[names[d.action.id] for d in decisions if d.unlock is not None and d.action],
        duplicate=False,
        pairs=[d.outcome for d in decisions],
        refused=[Refused(refused.code, refused.message)] if refused else [],
    )


def _repeated(beacon: Beacon, rows: Sequence[Row], names: Mapping[int, str]) -> Reply:
    """The reply that the beacon got when it was stored."""
    pairs: list[list[str | None]] = [[r["name"], r["value"], r["signature"]] for r in rows]
    if not same_content(beacon, rows[0]["visitor"], pairs):
        return _reused(beacon)
    for row in rows:
        if row["outcome"] == "refused":
            code, _, message = row["refusal"].partition(": ")
            return Rejection(next(reason for reason in Reason if reason.code == code), message)
    return Answer(
        unlocked=[
            names[r["action_id"]]
            for r in rows
            if r["outcome"] == "unlocked" and r["action_id"] in names
        ],
        duplicate=True,
        pairs=[r["outcome"] for r in rows],
        refused=[],
    )


def _again(beacon: Beacon, first: Beacon, reply: Reply) -> Reply:
    """The reply to a beacon that came twice in one group."""
    if not same_content(beacon, first.visitor, first.pairs):
        return _reused(beacon)
    if isinstance(reply, Rejection):
        return reply
    return Answer(reply.unlocked, True, reply.pairs, reply.refused)


def _reused(beacon: Beacon) -> Rejection:
    return Rejection(
        Reason.ID_REUSED,
        f"id {beacon.id} was stored with another content; expected a new id for each beacon.",
    )


def _unknown(key: str) -> Rejection:
    return Rejection(Reason.UNKNOWN_CAMPAIGN, f"There is no campaign with the key {shown(key)}.")

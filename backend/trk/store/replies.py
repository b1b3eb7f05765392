"""Replies: what a beacon is told, at first and whenever it is sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from trk.core.beacon import Answer, Beacon, Refused, same_content
from trk.core.campaign import ByName, Campaign, named
from trk.core.notes import notes
from trk.core.quota import over_quota
from trk.core.rejection import Rejection, RejectionReason, shown
from trk.core.unlock import Decision
from trk.store.program import Row
from trk.store.submissions import Reply, Submission


def reply_to(
    submission: Submission,
    campaign: Campaign,
    firsts: Mapping[str, Submission],
    stored: Mapping[str, list[Row]],
    answered: Mapping[str, Reply],
    actions: ByName,
    names: Mapping[int, str],
) -> Reply:
    """The reply to one submission of a group.

    By the beacons' ids, `firsts` are the first submissions, `stored` the rows that earlier groups
    left, and `answered` the replies to what was stored just now; `names` are the actions' tracking
    names.
    """
    beacon = submission.beacon
    first = firsts[beacon.id]
    if beacon.id in stored:
        reply = _repeated(beacon, stored[beacon.id], names)
    elif first is submission:
        reply = answered[beacon.id]
    else:
        reply = _again(beacon, first.beacon, answered[beacon.id])
    if isinstance(reply, Rejection):
        return reply
    if beacon.malformed:
        reply = _with_malformed(reply, beacon.malformed)
    if beacon.debug or "unmatched" in reply.pairs:
        told = notes(campaign.key, beacon, reply, lambda name: named(actions, name) is not None)
        return msgspec.structs.replace(reply, notes=told)
    return reply


def is_reused(
    submission: Submission, firsts: Mapping[str, Submission], stored: Mapping[str, list[Row]]
) -> bool:
    """Has the id of a submission another content, in an earlier group or before it in this one?"""
    beacon = submission.beacon
    if beacon.id in stored:
        return not _is_as(beacon, stored[beacon.id])
    first = firsts[beacon.id].beacon
    return not same_content(beacon, first.visitor, first.pairs)


def answer(
    decisions: Sequence[Decision], refused: Rejection | None, names: Mapping[int, str]
) -> Reply:
    """The reply to a beacon whose pairs were just decided; `refused` is its xref's refusal."""
    refusals = [refused, *(decision.refusal for decision in decisions)]
    return _reply_of(
        [names[d.action.id] for d in decisions if d.unlock is not None and d.action],
        [d.outcome for d in decisions],
        [refusal for refusal in refusals if refusal is not None],
        duplicate=False,
    )


def _repeated(beacon: Beacon, rows: Sequence[Row], names: Mapping[int, str]) -> Reply:
    """The reply that the beacon got when it was stored."""
    found = {row["n"]: row for row in rows}
    if not _is_as(beacon, rows):
        return _reused(beacon)
    refusals = []
    if rows[0]["code"] not in (None, _UNKEPT.code):
        refusals.append((rows[0]["code"], rows[0]["message"]))
    outcomes = []
    for n, pair in enumerate(beacon.pairs):
        row = found.get(n)
        outcomes.append("refused" if row is None else row["outcome"])
        if row is None:
            refusals.append((_UNKEPT.code, over_quota(pair[0] or "").message))
        elif row["outcome"] == "refused":
            code, _, message = row["refusal"].partition(": ")
            refusals.append((code, message))
    return _reply_of(
        [
            names[r["action_id"]]
            for r in rows
            if r["outcome"] == "unlocked" and r["action_id"] in names
        ],
        outcomes,
        [Rejection(_REASONS[code], message) for code, message in refusals],
        duplicate=True,
    )


def _is_as(beacon: Beacon, rows: Sequence[Row]) -> bool:
    """Does a beacon say what these rows, which one with its id has left, say?"""
    found = {row["n"]: row for row in rows}
    pairs = [
        [found[n]["name"], found[n]["value"], found[n]["signature"]] if n in found else pair
        for n, pair in enumerate(beacon.pairs)
    ]
    if len(found) < len(pairs) and rows[0]["code"] != _UNKEPT.code:
        return False
    return max(found) < len(pairs) and same_content(beacon, rows[0]["visitor"], pairs)


_UNKEPT = RejectionReason.OVER_QUOTA
"""Why a pair has no row: it was beyond the day's quota."""
_REASONS = {reason.code: reason for reason in RejectionReason}


def _reply_of(
    unlocked: list[str], outcomes: list[str], refusals: list[Rejection], *, duplicate: bool
) -> Reply:
    """A refusal of the campaign refuses the beacon; one of a single pair does not."""
    for refusal in refusals:
        if refusal.reason.of_campaign:
            return refusal
    told = [Refused(refusal.code, refusal.message) for refusal in refusals]
    return Answer(unlocked, duplicate, outcomes, told)


def _again(beacon: Beacon, first: Beacon, reply: Reply) -> Reply:
    """The reply to a beacon that came twice in one group."""
    if not same_content(beacon, first.visitor, first.pairs):
        return _reused(beacon)
    if isinstance(reply, Rejection):
        return reply
    return Answer(reply.unlocked, True, reply.pairs, reply.refused)


def _with_malformed(answer: Answer, malformed: Mapping[int, str]) -> Answer:
    """The answer with the pairs that were not stored, each in its place."""
    xrefs = len(answer.refused) - answer.pairs.count("refused")
    outcomes, refusals = iter(answer.pairs), iter(answer.refused[xrefs:])
    pairs: list[str] = []
    refused = answer.refused[:xrefs]
    for n in range(len(answer.pairs) + len(malformed)):
        mistake = malformed.get(n)
        pairs.append("refused" if mistake is not None else next(outcomes))
        if mistake is not None:
            refused.append(Refused(RejectionReason.BAD_PAIR.code, mistake))
        elif pairs[-1] == "refused":
            refused.append(next(refusals))
    return msgspec.structs.replace(answer, pairs=pairs, refused=refused)


def _reused(beacon: Beacon) -> Rejection:
    return Rejection(
        RejectionReason.ID_REUSED,
        f"id {beacon.id} was stored with another content; expected a new id for each beacon.",
    )


UNSURE = 60
"""Seconds until what may have met the wrong database is worth sending again."""


def of_doubt(said: str, doubt: str) -> Rejection:
    """What is `said` because of a `doubt` that this is the right database."""
    return Rejection(RejectionReason.WRONG_DATABASE, f"{said}; {doubt}.", UNSURE)


def unknown(key: str, doubt: str) -> Rejection:
    """The refusal of a key that no campaign has: for good, unless there is a `doubt` that this
    is the right database: then the browser must keep what it has."""
    said = f"There is no campaign with the key {shown(key)}"
    if not doubt:
        return Rejection(RejectionReason.UNKNOWN_CAMPAIGN, f"{said}.")
    return of_doubt(said, doubt)

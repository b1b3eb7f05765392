"""Visitors: what beacons say of who their browsers are, beside what was done in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from trk.core.beacon import Beacon
from trk.core.campaign import Action, Campaign
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.store import browsers, links, refusals, tickets, xrefs
from trk.store.program import Transaction
from trk.store.submissions import Submission
from trk.store.waiting import Room


async def hold(
    tx: Transaction,
    campaign: Campaign,
    told: Iterable[Submission],
    pushing: Iterable[Submission],
) -> None:
    """Hold all visitors of a group, before anything else is done with any of them. `told` are those
    that say more than their pairs."""
    linking = [
        each
        for submission in told
        for beacon in (submission.beacon,)
        if _links(beacon)
        for each in (beacon.visitor, beacon.was)
        if each is not None
    ]
    pushes = (s.beacon.visitor for s in pushing if s.beacon.pairs)
    await browsers.hold(tx, campaign.id, linking, pushes)


async def identify(
    tx: Transaction,
    campaign: Campaign,
    told: Sequence[Submission],
    firsts: Mapping[str, Submission],
    actions: Iterable[Action],
) -> dict[str, Rejection]:
    """Take in the tokens, other ids and tickets that a group of beacons brings, before any of its
    pairs is decided; the refusals of tokens of those who are the first with their id."""
    known = {action.id: action for action in actions}
    room = Room()
    refused = await _use_xrefs(tx, campaign, told, firsts, known, room)
    await _unite(tx, campaign, told, known, room)
    await tickets.keep(tx, campaign, _tickets(told))
    return refused


async def _use_xrefs(
    tx: Transaction,
    campaign: Campaign,
    told: Iterable[Submission],
    firsts: Mapping[str, Submission],
    actions: Mapping[int, Action],
    room: Room,
) -> dict[str, Rejection]:
    """Make the links that beacons bring, before any pair is decided; the refusals, by beacon."""
    refused: dict[str, Rejection] = {}
    for submission in told:
        beacon = submission.beacon
        if beacon.xref is None:
            continue
        linked = await xrefs.use(
            tx,
            campaign,
            actions,
            token_hash(beacon.xref),
            beacon.visitor,
            submission.received_at,
            direct=beacon.direct,
            room=room,
        )
        if isinstance(linked, Rejection):
            if firsts[beacon.id] is submission:
                refused[beacon.id] = linked
            await refusals.add(tx, campaign, submission, linked)
    return refused


async def _unite(
    tx: Transaction,
    campaign: Campaign,
    told: Iterable[Submission],
    actions: Mapping[int, Action],
    room: Room,
) -> None:
    """Take the visitors for one that beacons say are one browser."""
    for submission in told:
        beacon, at = submission.beacon, submission.received_at
        if beacon.was is not None:
            await links.unite(tx, campaign, actions, beacon.visitor, beacon.was, at, room)


async def linked(tx: Transaction, campaign: Campaign, told: Iterable[Submission]) -> set[int]:
    """The entrants to whom a group of beacons has linked its visitors: what was settled for them
    may have earned the reward."""
    if campaign.kind != "reward":
        return set()
    visitors = {s.beacon.visitor for s in told if _links(s.beacon)}
    found = await links.of(tx, campaign, visitors) if visitors else {}
    return {link.entrant_id for link in found.values()}


def _links(beacon: Beacon) -> bool:
    return beacon.xref is not None or beacon.was is not None


def _tickets(told: Iterable[Submission]) -> Iterator[tickets.Ticket]:
    """The tickets that beacons bring."""
    for submission in told:
        beacon = submission.beacon
        if beacon.ticket is not None:
            hashed = token_hash(beacon.ticket)
            yield tickets.Ticket(hashed, beacon.visitor, submission.received_at)

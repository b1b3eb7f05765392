"""Visitors: what beacons say of who their browsers are, beside what was done in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from trk.core.beacon import Beacon
from trk.core.campaign import Action, Campaign
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.store import browsers, links, refusals, tickets, xrefs
from trk.store.program import Transaction
from trk.store.submissions import BeaconKey, First, Submission

Told = tuple[Submission, Campaign]
"""A beacon that says more than its pairs."""


async def hold(tx: Transaction, told: Iterable[Told], pushing: Collection[First]) -> None:
    """Hold all visitors of a group, before anything else is done with any of them."""
    linking = [
        (campaign.id, each)
        for submission, campaign in told
        for beacon in (submission.beacon,)
        if _links(beacon)
        for each in (beacon.visitor, beacon.was)
        if each is not None
    ]
    pushes = ((c.id, s.beacon.visitor) for s, c in pushing if s.beacon.pairs)
    await browsers.hold(tx, linking, pushes)


async def identify(
    tx: Transaction,
    told: Iterable[Told],
    firsts: Mapping[BeaconKey, First],
    actions: Sequence[Action],
) -> dict[BeaconKey, Rejection]:
    """Take in the tokens, other ids and tickets that a group of beacons brings, before any of its
    pairs is decided; the refusals of tokens of those who are the first with their id."""
    # Campaign by campaign, as everybody who locks something of several does.
    group = sorted(told, key=lambda each: each[1].id)
    refused = await _use_xrefs(tx, group, firsts, actions)
    await _unite(tx, group, actions)
    await tickets.keep(tx, _tickets(group))
    return refused


async def _use_xrefs(
    tx: Transaction,
    told: Iterable[Told],
    firsts: Mapping[BeaconKey, First],
    actions: Sequence[Action],
) -> dict[BeaconKey, Rejection]:
    """Make the links that beacons bring, before any pair is decided; the refusals, by beacon."""
    refused: dict[BeaconKey, Rejection] = {}
    for submission, campaign in told:
        beacon = submission.beacon
        if beacon.xref is None:
            continue
        linked = await xrefs.use(
            tx,
            campaign,
            _own(campaign, actions),
            token_hash(beacon.xref),
            beacon.visitor,
            submission.received_at,
            direct=beacon.direct,
        )
        if isinstance(linked, Rejection):
            if firsts[campaign.id, beacon.id][0] is submission:
                refused[campaign.id, beacon.id] = linked
            await refusals.add(
                tx,
                campaign,
                beacon.id,
                beacon.visitor,
                linked,
                submission.received_at,
                submission.origin_host,
            )
    return refused


async def _unite(tx: Transaction, told: Iterable[Told], actions: Sequence[Action]) -> None:
    """Take the visitors for one that beacons say are one browser."""
    for submission, campaign in told:
        beacon = submission.beacon
        if beacon.was is not None:
            own = _own(campaign, actions)
            await links.unite(tx, campaign, own, beacon.visitor, beacon.was, submission.received_at)


async def linked(tx: Transaction, told: Iterable[Told]) -> list[tuple[Campaign, int]]:
    """The entrants to whom a group of beacons has linked its visitors, each with their campaign:
    what was settled for them may have earned the reward."""
    campaigns = {
        (c.id, s.beacon.visitor): c for s, c in told if c.kind == "reward" and _links(s.beacon)
    }
    found = await links.of(tx, campaigns.keys()) if campaigns else {}
    return [(campaigns[visitor], link.entrant_id) for visitor, link in found.items()]


def _links(beacon: Beacon) -> bool:
    return beacon.xref is not None or beacon.was is not None


def _own(campaign: Campaign, actions: Sequence[Action]) -> dict[int, Action]:
    return {action.id: action for action in actions if action.campaign_id == campaign.id}


def _tickets(told: Iterable[Told]) -> Iterator[tickets.Ticket]:
    """The tickets that beacons bring."""
    for submission, campaign in told:
        beacon = submission.beacon
        if beacon.ticket is not None:
            yield tickets.Ticket(
                token_hash(beacon.ticket), campaign.id, beacon.visitor, submission.received_at
            )

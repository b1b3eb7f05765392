"""Unmatched names: those that sites report and no action has."""

from __future__ import annotations

from dataclasses import dataclass

from trk.core.campaign import Campaign, by_name, named
from trk.core.instant import Instant
from trk.core.suggest import closest
from trk.store import actions
from trk.store.program import Transaction
from trk.store.refusals import LATEST


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name without an action, how often it was reported lately, and which action's tracking name
    was probably meant (`closest`)."""

    name: str
    trackings: int
    last_at: Instant
    closest: str | None


async def most(tx: Transaction, campaign: Campaign, limit: int) -> list[Unmatched]:
    """The names without an action among the campaign's LATEST trackings, most used first."""
    found = await actions.of_campaign(tx, campaign.id)
    names = [action.tracking_name for action in found]
    known = by_name(found)
    sql = (
        "SELECT t.name, COUNT(*) AS trackings, MAX(t.received_at) AS last_at FROM "
        "(SELECT name, outcome, received_at FROM trackings WHERE campaign_id = $1 "
        f"ORDER BY id DESC LIMIT {LATEST}) AS t WHERE t.outcome = 'unmatched' "
        "GROUP BY t.name ORDER BY COUNT(*) DESC, t.name LIMIT $2"
    )
    rows = await tx.fetch(sql, campaign.id, limit)
    return [
        Unmatched(row["name"], row["trackings"], row["last_at"], closest(row["name"], names))
        for row in rows
        if named(known, row["name"]) is None  # or an action has been made for it since
    ]

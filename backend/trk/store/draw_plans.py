"""How the winners of campaigns are to be drawn, with the secrets that were committed."""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.proof import SeedKind, commitment_of
from trk.store.columns import insert
from trk.store.errors import gone
from trk.store.program import Transaction, first


class DrawPlan(NamedTuple):
    """A campaign's plan; `source` is what was named for the kind announced. Instants in ms."""

    secret: str
    committed_at: int
    kind: SeedKind
    source: str
    settled_at: int

    @property
    def commitment(self) -> str:
        """What is published of the secret before the draw."""
        return commitment_of(self.secret)

    def __repr__(self) -> str:
        """Without its secret, which must not get into a log."""
        return f"<plan {self.kind} {self.commitment}>"


async def commit(tx: Transaction, campaign: Campaign, secret: str, now: int) -> None:
    """Commit the secret of a campaign that was just made."""
    given = {"campaign_id": campaign.id, "secret": secret}
    await insert(tx, "draw_plans", **given, committed_at=now, settled_at=now)


async def of(tx: Transaction, campaign: Campaign) -> DrawPlan:
    """The campaign's plan: each has one. Raises Gone if the campaign has been deleted."""
    sql = f"SELECT {', '.join(DrawPlan._fields)} FROM draw_plans WHERE campaign_id = $1"
    found = await first(tx, DrawPlan, sql, campaign.id)
    if found is None:
        raise gone(campaign)
    return found


async def settle(
    tx: Transaction, campaign: Campaign, kind: SeedKind, source: str, now: int
) -> None:
    """Settle what the seed will be made of; the secret stays."""
    sql = "UPDATE draw_plans SET kind = $2, source = $3, settled_at = $4 WHERE campaign_id = $1"
    await tx.fetch(sql, campaign.id, kind, source, now)

"""The tracking log of a campaign: what its sites reported, and the outcome."""

from __future__ import annotations

from dataclasses import dataclass

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.rejection import RejectionReason
from trk.core.unlock import Outcome
from trk.store.pages import Condition, Listing, Page, Span, equals, page
from trk.store.program import Transaction
from trk.store.search import contains


@dataclass(frozen=True, slots=True)
class Tracking:
    """A name and value that a site reported. `refusal` is its code and sentence; `action` the title
    of the action with that name, if there is one; `origin_host` the site whose page reported it."""

    id: int
    beacon: str
    n: int
    visitor: str
    name: str
    value: str | None
    happened_at: Instant
    received_at: Instant
    entrant_id: int | None
    action_id: int | None
    action: str | None
    outcome: Outcome
    refusal: str | None
    origin_host: str | None

    @property
    def visitor_short(self) -> str:
        """Enough of the visitor's id to tell browsers apart on a page."""
        return self.visitor[:8]

    @property
    def refusal_code(self) -> str | None:
        """The refusal's code, such as `value_used`."""
        return None if self.refusal is None else self.refusal.partition(": ")[0]

    @property
    def is_late(self) -> bool:
        """May the owner still let it count (see late.py)?"""
        return self.outcome == "refused" and self.refusal_code == RejectionReason.LATE.code

    @property
    def was_late(self) -> bool:
        """Was it late, and the owner has let it count?"""
        return self.outcome != "refused" and self.refusal_code == RejectionReason.LATE.code

    @property
    def refusal_message(self) -> str | None:
        """The refusal's sentence."""
        return None if self.refusal is None else self.refusal.partition(": ")[2]


LISTING = Listing(
    Tracking,
    "trackings",
    "received_at",
    {"action": "a.title", "outcome": "COALESCE(u.settled, u.outcome)"},
    "LEFT JOIN actions AS a ON a.campaign_id = u.campaign_id AND a.id = u.action_id",
)


@dataclass(frozen=True, slots=True)
class TrackingFilter:
    """Which trackings: `refusal` is a code, `search` a part of the name or the value."""

    visitor: str | None = None
    name: str | None = None
    action: int | None = None
    entrant: int | None = None
    outcome: str | None = None
    refusal: str | None = None
    search: str | None = None

    def conditions(self) -> list[Condition]:
        """As SQL."""
        code = None if self.refusal is None else f"{self.refusal}:"
        found = [
            *equals("u.visitor", self.visitor),
            *equals("u.name", self.name),
            *equals("u.action_id", self.action, "BIGINT"),
            *equals("u.entrant_id", self.entrant, "BIGINT"),
            *equals("COALESCE(u.settled, u.outcome)", self.outcome),
        ]
        if code is not None:
            found.append((f"substr(u.refusal, 1, {len(code)}) = CAST(? AS TEXT)", code))
        if self.search is not None:
            found.append(contains(("u.name", "u.value"), self.search))
        return found


EVERY = TrackingFilter()


async def reported(tx: Transaction, campaign: Campaign) -> bool:
    """Has a site of the campaign's reported anything? Not what the owner sent as a test: that has
    the value `test` and no origin."""
    sql = (
        "SELECT 1 AS one FROM trackings WHERE campaign_id = $1 "
        "AND (origin_host IS NOT NULL OR value IS NULL OR value <> 'test') LIMIT 1"
    )
    return bool(await tx.fetch(sql, campaign.id))


async def listed(
    tx: Transaction, campaign: Campaign, span: Span, which: TrackingFilter = EVERY
) -> Page[Tracking]:
    """A page of the tracking log; its times are those of receiving."""
    return await page(tx, LISTING, campaign, span, which.conditions())

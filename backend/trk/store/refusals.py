"""What was refused and is not stored, such as xref tokens that link nobody, and how often each
reason was given."""

from __future__ import annotations

from dataclasses import dataclass

from trk.core.campaign import Campaign
from trk.core.instant import Instant
from trk.core.rejection import Rejection, RejectionReason
from trk.store.pages import Listing, Page, Span, equals, page
from trk.store.program import Transaction, as_rows, every
from trk.store.submissions import Submission

LATEST = 20_000
"""How many of the latest trackings are counted."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An xref token that was refused, or pairs that were beyond the quota: its code and sentence,
    and the site whose page sent it."""

    id: int
    beacon: str
    visitor: str
    code: str
    message: str
    received_at: Instant
    origin_host: str | None


async def add(tx: Transaction, campaign: Campaign, submission: Submission, why: Rejection) -> None:
    """Note why something of a beacon was refused; the first reason stays."""
    await tx.fetch(
        "INSERT INTO refusals (campaign_id, beacon, visitor, code, message, received_at, "
        "origin_host) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        campaign.id,
        submission.beacon.id,
        submission.beacon.visitor,
        why.code,
        why.message,
        submission.received_at,
        submission.origin_host,
    )


LISTING = Listing(Refusal, "refusals", "received_at")


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a reason was given lately, and when it was last."""

    code: str
    refusals: int
    last_at: Instant


async def listed(
    tx: Transaction,
    campaign: Campaign,
    span: Span,
    *,
    code: str | None = None,
    visitor: str | None = None,
) -> Page[Refusal]:
    """A page of the refused xref tokens."""
    conditions = [*equals("u.code", code), *equals("u.visitor", visitor)]
    return await page(tx, LISTING, campaign, span, conditions)


async def reasons(tx: Transaction, campaign: Campaign) -> list[ReasonCount]:
    """The reasons among a campaign's latest trackings and xref tokens, most frequent first."""
    codes = as_rows([[f"{reason.code}:", reason.code] for reason in RejectionReason])
    return await every(
        tx,
        ReasonCount,
        "SELECT f.code, COUNT(*) AS refusals, MAX(f.received_at) AS last_at FROM ("
        "SELECT r.value ->> 1 AS code, t.received_at FROM (SELECT outcome, settled, refusal, "
        f"received_at FROM trackings WHERE campaign_id = $1 ORDER BY id DESC LIMIT {LATEST}) AS t "
        "JOIN rows($2) AS r ON substr(t.refusal, 1, length(r.value ->> 0)) = r.value ->> 0 "
        "WHERE t.refusal IS NOT NULL UNION ALL "
        "SELECT w.code, w.received_at FROM (SELECT code, received_at FROM refusals "
        f"WHERE campaign_id = $1 ORDER BY id DESC LIMIT {LATEST}) AS w) AS f "
        "GROUP BY f.code ORDER BY COUNT(*) DESC, f.code",
        campaign.id,
        codes,
    )

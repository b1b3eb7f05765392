"""The audit: entries of who did what, and the list of them."""

from __future__ import annotations

from dataclasses import dataclass

from trk.core.audit import TOGETHER, Actor, ActorKind, Deed, Done, Thing
from trk.core.instant import Instant
from trk.store.columns import insert_row
from trk.store.pages import AllCampaigns, Listing, Page, Span, equals, page
from trk.store.program import Transaction
from trk.store.search import contains


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what, to what, and when; `times` is more than 1 for what comes often."""

    id: int
    noted_at: Instant
    by_kind: ActorKind
    by_id: int | None
    by_name: str
    deed: Deed
    thing: Thing
    thing_id: int | None
    about: str
    campaign_key: str | None
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries: `search` is a part of who did it, or of the thing's name."""

    by: ActorKind | None = None
    deed: Deed | None = None
    thing: Thing | None = None
    campaign: str | None = None
    search: str | None = None


LISTING = Listing(Entry, "audit", "noted_at", of=str(AllCampaigns().id))


async def add(tx: Transaction, by: Actor, done: Done, now: int) -> int:
    """Note what was done, in the transaction that does it: the entry's id."""
    return await insert_row(
        tx,
        "audit",
        noted_at=now,
        by_kind=by.kind,
        by_id=by.id,
        by_name=by.name,
        deed=done.deed,
        thing=done.thing,
        thing_id=done.thing_id,
        about=done.about,
        campaign_key=done.campaign_key,
        times=1,
    )


async def extend(tx: Transaction, entry: int, about: str) -> None:
    """Say anew what an entry is about: a part more of it was done."""
    await tx.fetch("UPDATE audit SET about = $2, thing_id = NULL WHERE id = $1", entry, about)


async def again(tx: Transaction, by: Actor, done: Done, now: int) -> bool:
    """Count one more time of what was noted lately; False if it was not, and nothing is stored."""
    counted = await tx.fetch(
        "UPDATE audit SET times = times + 1 WHERE id = (SELECT id FROM audit WHERE noted_at > $1 "
        "AND deed = $2 AND thing = $3 AND about = $4 AND by_kind = $5 AND COALESCE(by_id, 0) = $6 "
        "ORDER BY id DESC LIMIT 1) RETURNING id",
        now - TOGETHER,
        done.deed,
        done.thing,
        done.about,
        by.kind,
        by.id or 0,
    )
    return bool(counted)


async def listed(tx: Transaction, span: Span, which: AuditFilter) -> Page[Entry]:
    """A page of the audit."""
    conditions = [
        *equals("u.by_kind", which.by),
        *equals("u.deed", which.deed),
        *equals("u.thing", which.thing),
        *equals("u.campaign_key", which.campaign),
    ]
    if which.search is not None:
        conditions.append(contains(("u.by_name", "u.about"), which.search))
    return await page(tx, LISTING, AllCampaigns(), span, conditions)

"""Campaigns and their actions, as rows and back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from trk.core.campaign import Campaign, slug
from trk.core.drafts import CampaignDraft
from trk.core.instant import milliseconds
from trk.core.keys import is_campaign_key
from trk.store import counters, rewards
from trk.store.program import Row, Transaction, as_rows, insert

CAMPAIGN = (
    "c.id, c.key, c.name, c.slug, c.kind, c.description, c.timezone, "
    "c.starts_at, c.ends_at, c.closed_at, c.show_entries, c.secret, c.ask_consent, c.honour_gpc, "
    "c.accent, c.terms, c.allowed_origins, c.reward_kind, c.reward_value, c.reward_note, "
    "c.reward_after, c.tab_text, c.tab_position, c.version, "
    "EXISTS (SELECT 1 FROM webhooks AS w WHERE w.campaign_id = c.id "
    "AND w.off_at IS NULL) AS has_webhooks"
)


class Extent(NamedTuple):
    """How much there is in a campaign."""

    entrants: int
    completions: int
    entries: int
    trackings: int


def campaign_of(row: Row) -> Campaign:
    """The campaign in a row with the columns CAMPAIGN."""
    return Campaign(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        slug=row["slug"],
        kind=row["kind"],
        description=row["description"],
        timezone=row["timezone"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        closed_at=row["closed_at"],
        show_entries=bool(row["show_entries"]),
        secret=row["secret"],
        ask_consent=bool(row["ask_consent"]),
        honour_gpc=bool(row["honour_gpc"]),
        accent=row["accent"],
        terms=row["terms"],
        allowed_origins=tuple(row["allowed_origins"].split()),
        reward_kind=row["reward_kind"],
        reward_value=row["reward_value"],
        reward_note=row["reward_note"],
        reward_after=row["reward_after"],
        tab_text=row["tab_text"],
        tab_position=row["tab_position"],
        has_webhooks=bool(row["has_webhooks"]),
        version=row["version"],
    )


async def by_keys(
    tx: Transaction, keys: Collection[str], *, keep: bool = False
) -> dict[str, Campaign]:
    """The campaigns with these keys; a key without a campaign is not in the result.

    What cannot be a key is not asked for: an address may hold text that PostgreSQL refuses.
    With `keep` they and their actions can't be deleted before this transaction has ended.
    """
    found = await tx.fetch(
        f"SELECT {CAMPAIGN} FROM campaigns AS c "
        "WHERE c.key IN (SELECT r.value ->> 0 FROM rows($1) AS r)"
        + (" FOR KEY SHARE" if keep else ""),
        as_rows([[key] for key in keys if is_campaign_key(key)]),
    )
    return {row["key"]: campaign_of(row) for row in found}


async def by_key(tx: Transaction, key: str) -> Campaign | None:
    """The campaign with this key, or None."""
    return (await by_keys(tx, [key])).get(key)


async def page(tx: Transaction, after: int, limit: int, key: str | None = None) -> list[Campaign]:
    """Up to `limit` campaigns with an id above `after`, oldest first; of them only the one with
    this key, if it is given."""
    found = await tx.fetch(
        f"SELECT {CAMPAIGN} FROM campaigns AS c WHERE c.id > $1 AND c.deleted_at IS NULL "
        "AND (CAST($3 AS TEXT) IS NULL OR c.key = $3) ORDER BY c.id LIMIT $2",
        after,
        limit,
        key,
    )
    return [campaign_of(row) for row in found]


async def names(tx: Transaction) -> list[tuple[str, str]]:
    """The key and the name of every campaign, newest first: to choose one."""
    found = await tx.fetch(
        "SELECT c.key, c.name FROM campaigns AS c WHERE c.deleted_at IS NULL ORDER BY c.id DESC"
    )
    return [(row["key"], row["name"]) for row in found]


async def overview(tx: Transaction, after: int, limit: int) -> list[tuple[Campaign, int, int]]:
    """Up to `limit` campaigns with an id above `after`, each with its entrants and entries."""
    found = await tx.fetch(
        f"SELECT {CAMPAIGN}, {counters.number('entrants', 'c.id')} AS entrants, "
        f"{counters.worth('c.id')} AS entries FROM campaigns AS c "
        "WHERE c.id > $1 AND c.deleted_at IS NULL ORDER BY c.id LIMIT $2",
        after,
        limit,
    )
    return [(campaign_of(row), row["entrants"], row["entries"]) for row in found]


async def create(
    tx: Transaction, draft: CampaignDraft, *, key: str, secret: str, now: int
) -> Campaign:
    """Insert the campaign of a checked draft; Duplicate if the key is taken."""
    columns = {
        "key": key,
        **settings_of(draft),
        "secret": secret,
        "created_at": now,
    }
    await insert(tx, "campaigns", columns)
    created = await by_key(tx, key)
    assert created is not None
    return created


def settings_of(draft: CampaignDraft) -> dict[str, Any]:
    """The columns that hold what an owner sets."""
    name = draft.name.strip()
    return {
        "name": name,
        "slug": slug(name),
        "kind": draft.kind,
        "description": draft.description,
        "timezone": draft.timezone,
        "starts_at": milliseconds(draft.starts_at),
        "ends_at": milliseconds(draft.ends_at),
        "show_entries": int(draft.show_entries),
        "ask_consent": int(draft.ask_consent),
        "honour_gpc": int(draft.honour_gpc),
        "accent": draft.accent.lower(),
        "terms": draft.terms,
        "allowed_origins": " ".join(draft.allowed_origins).lower(),
        "reward_kind": draft.reward_kind,
        "reward_value": draft.reward_value.strip(),
        "reward_note": draft.reward_note,
        "reward_after": draft.reward_after,
        "tab_text": draft.tab_text.strip(),
        "tab_position": draft.tab_position,
    }


async def change(
    tx: Transaction, campaign: Campaign, draft: CampaignDraft, version: int | None, now: int
) -> Campaign | None:
    """Store a checked draft as the campaign's settings; None if `version` is not the current one.

    Who has earned a reward under the new rules gets it at once.
    """
    before = await by_key(tx, campaign.key)
    columns = settings_of(draft)
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    changed = await tx.fetch(
        f"UPDATE campaigns SET version = version + 1, {names} WHERE id = $1 "
        "AND (CAST($2 AS INTEGER) IS NULL OR version = $2) RETURNING id",
        campaign.id,
        version,
        *columns.values(),
    )
    if not changed:
        return None
    stored = await by_key(tx, campaign.key)
    assert stored is not None
    # To look through all completions takes a while, and beacons wait for it.
    if before is None or _rules(before) != _rules(stored):
        await rewards.serve(tx, stored, now)
    return stored


def _rules(campaign: Campaign) -> tuple[str, str, int]:
    """What decides who has earned the reward."""
    return campaign.kind, campaign.reward_kind, campaign.reward_after


async def close(tx: Transaction, campaign: Campaign, now: int) -> None:
    """Close a campaign from `now` (ms) on; one that is closed already stays as it is."""
    await tx.fetch(
        "UPDATE campaigns SET closed_at = $1 WHERE id = $2 AND closed_at IS NULL",
        now,
        campaign.id,
    )


async def reopen(tx: Transaction, campaign: Campaign) -> None:
    """Take the closing of a campaign back; its start and end stay."""
    await tx.fetch("UPDATE campaigns SET closed_at = NULL WHERE id = $1", campaign.id)


async def extent(tx: Transaction, campaign: Campaign) -> Extent:
    """How much there is in a campaign; invalidated completions have no entries."""
    [row] = await tx.fetch(
        f"SELECT {counters.number('entrants', '$1')} AS entrants, "
        f"{counters.number('completions', '$1')} AS completions, "
        f"{counters.worth('$1')} AS entries, {counters.number('trackings', '$1')} AS trackings",
        campaign.id,
    )
    return Extent(**dict(row))

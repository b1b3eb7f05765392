"""Campaigns, as rows and back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from trk.core.campaign import Campaign, slug
from trk.core.drafts import CampaignDraft
from trk.core.keys import is_campaign_key
from trk.store import counters
from trk.store.columns import columns_of, insert, reader, update
from trk.store.errors import gone
from trk.store.program import Transaction, as_list

_COLUMNS = (
    ", ".join(f"c.{name}" for name in Campaign.__struct_fields__ if name != "has_webhooks")
    + ", EXISTS (SELECT 1 FROM webhooks AS w WHERE w.campaign_id = c.id "
    "AND w.off_at IS NULL) AS has_webhooks"
)
_campaign_of = reader(Campaign)


LARGE = 5_000
"""How many completions of a campaign may be looked through while others wait."""


class CampaignExtent(NamedTuple):
    """How much there is in a campaign."""

    entrants: int
    completions: int
    entries: int
    trackings: int


async def by_keys(
    tx: Transaction, keys: Collection[str], *, keep: bool = False
) -> dict[str, Campaign]:
    """The campaigns with these keys; a key without a campaign is not in the result.

    Text that can't be a key is not asked for: an address may hold some that PostgreSQL refuses.
    With `keep`, neither they nor their actions can be deleted until this transaction ends.
    """
    found = await tx.fetch(
        f"SELECT {_COLUMNS} FROM campaigns AS c "
        "WHERE c.key IN texts($1)" + (" FOR KEY SHARE" if keep else ""),
        as_list([key for key in keys if is_campaign_key(key)]),
    )
    return {row["key"]: _campaign_of(row) for row in found}


async def is_large(tx: Transaction, campaign: Campaign) -> bool:
    """Would looking through all completions of the campaign hold up others?"""
    return await counters.total(tx, "completions", campaign.id) > LARGE


async def hold(tx: Transaction, campaign: Campaign) -> None:
    """Let nobody else change or delete the campaign until this transaction ends; beacons go on.

    Raises Gone if it has been deleted.
    """
    sql = "SELECT id FROM campaigns WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE"
    if not await tx.fetch(sql, campaign.id):
        raise gone(campaign)


async def keep(tx: Transaction, campaign: Campaign) -> None:
    """Let nobody delete the campaign until this transaction ends.

    Raises Gone if it has been deleted.
    """
    sql = "SELECT id FROM campaigns WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE"
    if not await tx.fetch(sql, campaign.id):
        raise gone(campaign)


async def key_of(tx: Transaction, campaign_id: int) -> str | None:
    """The key of the campaign with this id, or None."""
    found = await tx.fetch("SELECT key FROM campaigns WHERE id = $1", campaign_id)
    return found[0]["key"] if found else None


async def by_key(tx: Transaction, key: str) -> Campaign | None:
    """The campaign with this key, or None."""
    return (await by_keys(tx, [key])).get(key)


async def as_it_is(tx: Transaction, campaign: Campaign) -> Campaign | None:
    """The campaign as it is by now; None if it has been deleted."""
    found = await by_key(tx, campaign.key)
    return found if found is not None and found.id == campaign.id else None


async def page(tx: Transaction, after: int, limit: int, key: str | None = None) -> list[Campaign]:
    """Up to `limit` campaigns with an id above `after`, oldest first; of them only the one with
    this key, if it is given."""
    sql = (
        f"SELECT {_COLUMNS} FROM campaigns AS c WHERE c.id > $1 AND c.deleted_at IS NULL "
        "AND (CAST($3 AS TEXT) IS NULL OR c.key = $3) ORDER BY c.id LIMIT $2"
    )
    found = await tx.fetch(sql, after, limit, key)
    return [_campaign_of(row) for row in found]


async def names(tx: Transaction) -> list[tuple[str, str]]:
    """The key and the name of every campaign, newest first: to choose one."""
    found = await tx.fetch(
        "SELECT c.key, c.name FROM campaigns AS c WHERE c.deleted_at IS NULL ORDER BY c.id DESC"
    )
    return [(row["key"], row["name"]) for row in found]


async def overview(tx: Transaction, after: int, limit: int) -> list[tuple[Campaign, int, int]]:
    """Up to `limit` campaigns with an id above `after`, each with its entrants and entries."""
    sql = (
        f"SELECT {_COLUMNS}, {counters.number('entrants', 'c.id')} AS entrants, "
        f"{counters.worth('c.id')} AS entries FROM campaigns AS c "
        "WHERE c.id > $1 AND c.deleted_at IS NULL ORDER BY c.id LIMIT $2"
    )
    found = await tx.fetch(sql, after, limit)
    return [(_campaign_of(row), row["entrants"], row["entries"]) for row in found]


async def add(
    tx: Transaction,
    draft: CampaignDraft,
    *,
    key: str,
    secret: str,
    now: int,
    preview: str | None = None,
) -> Campaign:
    """Insert the campaign of a checked draft; Duplicate if the key is taken.

    With the token of a `preview` it is not published yet.
    """
    columns = {"key": key, **_settings_of(draft), "secret": secret, "created_at": now}
    columns |= {"preview_token": preview, "published_at": now if preview is None else None}
    await insert(tx, "campaigns", **columns)
    created = await by_key(tx, key)
    assert created is not None
    return created


def _settings_of(draft: CampaignDraft) -> dict[str, Any]:
    columns = columns_of(draft)
    return {
        **columns,
        "slug": slug(columns["name"]),
        "accent": draft.accent.lower(),
        "background": draft.background.lower(),
    }


async def change(
    tx: Transaction, campaign: Campaign, draft: CampaignDraft, version: int | None
) -> Campaign | None:
    """Store a checked draft as the campaign's settings; None if `version` is not the current one.
    Raises Gone if it has been deleted."""
    if not await update(tx, "campaigns", {"id": campaign.id}, version, _settings_of(draft)):
        return None
    stored = await by_key(tx, campaign.key)
    if stored is None:
        raise gone(campaign)
    return stored


async def publish(tx: Transaction, campaign: Campaign, now: int) -> bool:
    """Publish a draft at `now` (ms); False if it is published already."""
    sql = (
        "UPDATE campaigns SET published_at = $2, preview_token = NULL "
        "WHERE id = $1 AND published_at IS NULL RETURNING id"
    )
    return bool(await tx.fetch(sql, campaign.id, now))


async def preview_token(tx: Transaction, campaign: Campaign) -> str:
    """What lets whoever has it see a draft; empty once it is published."""
    found = await tx.fetch("SELECT preview_token FROM campaigns WHERE id = $1", campaign.id)
    return (found[0]["preview_token"] or "") if found else ""


async def renew_preview(tx: Transaction, campaign: Campaign, token: str) -> bool:
    """Give a draft another token, so that the one before is good for nothing; False if it is
    published."""
    sql = (
        "UPDATE campaigns SET preview_token = $2 WHERE id = $1 AND published_at IS NULL "
        "RETURNING id"
    )
    return bool(await tx.fetch(sql, campaign.id, token))


async def close(tx: Transaction, campaign: Campaign, now: int) -> None:
    """Close a campaign from `now` (ms) on; if it is closed already, nothing changes."""
    await tx.fetch(
        "UPDATE campaigns SET closed_at = $1 WHERE id = $2 AND closed_at IS NULL", now, campaign.id
    )


async def reopen(tx: Transaction, campaign: Campaign) -> None:
    """Take the closing of a campaign back; its start and end stay."""
    await tx.fetch("UPDATE campaigns SET closed_at = NULL WHERE id = $1", campaign.id)


async def extent(tx: Transaction, campaign: Campaign) -> CampaignExtent:
    """How much there is in a campaign; invalidated completions have no entries."""
    [row] = await tx.fetch(
        f"SELECT {counters.number('entrants', '$1')} AS entrants, "
        f"{counters.number('completions', '$1')} AS completions, "
        f"{counters.worth('$1')} AS entries, {counters.number('trackings', '$1')} AS trackings",
        campaign.id,
    )
    return CampaignExtent(**dict(row))

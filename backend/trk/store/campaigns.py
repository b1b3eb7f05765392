"""Campaigns and their actions, as rows and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from trk.core.campaign import Action, Campaign, fold, slug
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.instant import milliseconds
from trk.core.keys import is_campaign_key
from trk.store import counters
from trk.store.program import Row, Transaction, as_rows

CAMPAIGN = (
    "c.id, c.key, c.name, c.slug, c.kind, c.description, c.timezone, "
    "c.starts_at, c.ends_at, c.closed_at, c.show_entries, c.secret, c.ask_consent, c.honour_gpc, "
    "c.accent, c.terms, c.allowed_origins, c.reward_kind, c.reward_value, c.reward_note, "
    "c.reward_after, c.tab_text, c.tab_position, c.version, "
    "EXISTS (SELECT 1 FROM webhooks AS w WHERE w.campaign_id = c.id "
    "AND w.off_at IS NULL) AS has_webhooks"
)
ACTION = (
    "a.id, a.campaign_id, a.title, a.description, a.url, a.tracking_name, a.worth, a.frequency, "
    "a.verification, a.question, a.answer_pattern, a.unique_value, a.signed, a.version"
)


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


def action_of(row: Row) -> Action:
    """The action in a row with the columns ACTION."""
    return Action(
        id=row["id"],
        campaign_id=row["campaign_id"],
        title=row["title"],
        description=row["description"],
        url=row["url"],
        tracking_name=row["tracking_name"],
        worth=row["worth"],
        frequency=row["frequency"],
        verification=row["verification"],
        question=row["question"],
        answer_pattern=row["answer_pattern"],
        unique_value=bool(row["unique_value"]),
        signed=bool(row["signed"]),
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


async def actions_of(tx: Transaction, campaign_ids: Collection[int]) -> list[Action]:
    """All actions of these campaigns, in the order in which they are shown."""
    found = await tx.fetch(
        f"SELECT {ACTION} FROM actions AS a "
        "WHERE a.campaign_id IN (SELECT CAST(r.value ->> 0 AS BIGINT) FROM rows($1) AS r) "
        "AND a.deleted_at IS NULL "
        "ORDER BY a.campaign_id, a.position, a.id",
        as_rows([[campaign_id] for campaign_id in campaign_ids]),
    )
    return [action_of(row) for row in found]


def standing(campaign: str) -> str:
    """SQL: the completion `u` of a campaign (SQL for its id) is of an action that is not deleted.

    Those of deleted ones go little by little (see erasing), and count for nothing meanwhile.
    """
    return (
        "u.action_id NOT IN (SELECT d.id FROM actions AS d "
        f"WHERE d.campaign_id = {campaign} AND d.deleted_at IS NOT NULL)"
    )


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
    await _insertion(tx, "campaigns", columns)
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


async def close(tx: Transaction, campaign: Campaign, now: int) -> None:
    """Close a campaign from `now` (ms) on; one that is closed already stays as it is."""
    await tx.fetch(
        "UPDATE campaigns SET closed_at = $1 WHERE id = $2 AND closed_at IS NULL",
        now,
        campaign.id,
    )


async def add_action(tx: Transaction, campaign: Campaign, draft: ActionDraft, now: int) -> Action:
    """Insert the action of a checked draft behind the campaign's others.

    Duplicate if its tracking name is taken.
    """
    [last] = await tx.fetch(
        "SELECT COALESCE(MAX(position), 0) AS position FROM actions WHERE campaign_id = $1",
        campaign.id,
    )
    columns = {
        "campaign_id": campaign.id,
        "position": last["position"] + 1,
        **action_settings_of(draft),
        "created_at": now,
    }
    await _insertion(tx, "actions", columns)
    actions = await actions_of(tx, [campaign.id])
    wanted = columns["name_folded"]
    return next(action for action in actions if fold(action.tracking_name) == wanted)


def action_settings_of(draft: ActionDraft) -> dict[str, Any]:
    """The columns that hold what an owner sets of an action."""
    name = draft.tracking_name.strip()
    return {
        "title": draft.title.strip(),
        "description": draft.description,
        "url": draft.url,
        "tracking_name": name,
        "name_folded": fold(name),
        "worth": draft.worth,
        "frequency": draft.frequency,
        "verification": draft.verification,
        "question": draft.question.strip(),
        "answer_pattern": draft.answer_pattern,
        "unique_value": int(draft.unique_value),
        "signed": int(draft.signed),
    }


async def _insertion(tx: Transaction, table: str, columns: Mapping[str, Any]) -> list[Row]:
    marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return await tx.fetch(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *tuple(columns.values())
    )

"""The actions of campaigns, as rows and back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from trk.core.campaign import Action, Campaign, fold
from trk.core.drafts import ActionDraft
from trk.store import counters
from trk.store.program import Row, Transaction, as_rows, insert

ACTION = (
    "a.id, a.campaign_id, a.title, a.description, a.url, a.tracking_name, a.worth, a.frequency, "
    "a.verification, a.question, a.answer_pattern, a.unique_value, a.signed, a.version"
)


class Extent(NamedTuple):
    """How much there is behind an action."""

    completions: int
    entries: int
    trackings: int


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


async def of_campaigns(tx: Transaction, campaign_ids: Collection[int]) -> list[Action]:
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


async def add(tx: Transaction, campaign: Campaign, draft: ActionDraft, now: int) -> Action:
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
        **settings_of(draft),
        "created_at": now,
    }
    await insert(tx, "actions", columns)
    actions = await of_campaigns(tx, [campaign.id])
    wanted = columns["name_folded"]
    return next(action for action in actions if fold(action.tracking_name) == wanted)


def settings_of(draft: ActionDraft) -> dict[str, Any]:
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


async def change(
    tx: Transaction, action: Action, draft: ActionDraft, version: int | None
) -> Action | None:
    """Store a checked draft as the action's settings; None if `version` is not the current one.

    Raises Duplicate if its tracking name is another action's.
    """
    columns = settings_of(draft)
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    changed = await tx.fetch(
        f"UPDATE actions SET version = version + 1, {names} WHERE id = $1 "
        "AND (CAST($2 AS INTEGER) IS NULL OR version = $2) RETURNING id",
        action.id,
        version,
        *columns.values(),
    )
    if not changed:
        return None
    found = await of_campaigns(tx, [action.campaign_id])
    return next(each for each in found if each.id == action.id)


async def order(tx: Transaction, campaign: Campaign, action_ids: list[int]) -> None:
    """Put the campaign's actions into this order."""
    await tx.fetch(
        "UPDATE actions SET position = CAST(r.value ->> 1 AS INTEGER) FROM rows($1) AS r "
        "WHERE actions.id = CAST(r.value ->> 0 AS BIGINT) AND actions.campaign_id = $2",
        as_rows([(each, n) for n, each in enumerate(action_ids, 1)]),
        campaign.id,
    )


async def extent(tx: Transaction, action: Action) -> Extent:
    """How much there is behind an action."""
    [row] = await tx.fetch(
        f"SELECT {counters.number('completions', '$2', '$1')} AS completions, "
        f"{counters.worth('$2', '$1')} AS entries, "
        f"{counters.number('trackings', '$2', '$1')} AS trackings",
        action.id,
        action.campaign_id,
    )
    return Extent(**dict(row))

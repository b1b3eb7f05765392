"""The actions of campaigns, as rows and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft
from trk.core.tracking_name import fold
from trk.store import counters
from trk.store.columns import columns_of, insert_row, reader, reorder, update
from trk.store.errors import Gone
from trk.store.program import Transaction, number

_COLUMNS = ", ".join(f"a.{name}" for name in Action.__struct_fields__)
_action_of = reader(Action)


class ActionExtent(NamedTuple):
    """How much there is behind an action."""

    completions: int
    entries: int
    trackings: int


async def of_campaign(tx: Transaction, campaign_id: int) -> list[Action]:
    """All actions of a campaign, in the order in which they are shown."""
    found = await tx.fetch(
        f"SELECT {_COLUMNS} FROM actions AS a "
        "WHERE a.campaign_id = $1 AND a.deleted_at IS NULL ORDER BY a.position, a.id",
        campaign_id,
    )
    return [_action_of(row) for row in found]


def standing(campaign: str) -> str:
    """SQL: the completion `u` of a campaign (SQL for its id) is of an action that is not deleted.

    Those of deleted actions are erased little by little (see deletion.py), and count for nothing
    meanwhile.
    """
    return (
        "u.action_id NOT IN (SELECT d.id FROM actions AS d "
        f"WHERE d.campaign_id = {campaign} AND d.deleted_at IS NOT NULL)"
    )


async def add(
    tx: Transaction,
    campaign: Campaign,
    draft: ActionDraft,
    now: int,
    name_folded: str | None = None,
) -> Action:
    """Insert the action of a checked draft behind the campaign's others; `name_folded` is what its
    name is found by, if that is not of today's form (see core/campaign).

    Raises Duplicate if its tracking name is taken.
    """
    sql = "SELECT COALESCE(MAX(position), 0) AS n FROM actions WHERE campaign_id = $1"
    columns = {
        "campaign_id": campaign.id,
        "position": await number(tx, sql, campaign.id) + 1,
        **columns_of(draft),
        "name_folded": fold(draft.tracking_name) if name_folded is None else name_folded,
        "created_at": now,
    }
    made = await insert_row(tx, "actions", **columns)
    return next(each for each in await of_campaign(tx, campaign.id) if each.id == made)


async def change(
    tx: Transaction, action: Action, draft: ActionDraft, version: int | None
) -> Action | None:
    """Store a checked draft as the action's settings; None if `version` is not the current one.

    Raises Duplicate if its tracking name is another action's, and Gone if it has been deleted.
    """
    columns = columns_of(draft)
    others = await of_campaign(tx, action.campaign_id)
    if columns["tracking_name"] != action.tracking_name or not twins(action, others):
        columns["name_folded"] = fold(draft.tracking_name)
    one = {"campaign_id": action.campaign_id, "id": action.id}
    if not await update(tx, "actions", one, version, columns):
        return None
    found = await of_campaign(tx, action.campaign_id)
    changed = next((each for each in found if each.id == action.id), None)
    if changed is None:
        raise Gone(f"action {action.id} has been deleted")
    return changed


def twins(action: Action, others: Iterable[Action]) -> list[Action]:
    """Those of its campaign's `others` whose names are one with the action's by now: an older
    version took them for two (see migration 0015)."""
    name = fold(action.tracking_name)
    return [each for each in others if each.id != action.id and fold(each.tracking_name) == name]


async def order(tx: Transaction, campaign: Campaign, action_ids: list[int]) -> None:
    """Put the campaign's actions into this order."""
    await reorder(tx, "actions", campaign.id, action_ids)


async def extent(tx: Transaction, action: Action) -> ActionExtent:
    """How much there is behind an action."""
    sql = (
        f"SELECT {counters.number('completions', '$2', '$1')} AS completions, "
        f"{counters.worth('$2', '$1')} AS entries, "
        f"{counters.number('trackings', '$2', '$1')} AS trackings"
    )
    [row] = await tx.fetch(sql, action.id, action.campaign_id)
    return ActionExtent(**dict(row))

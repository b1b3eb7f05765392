"""A campaign's actions: made, changed, moved, deleted."""

from __future__ import annotations

from trk.clock import now_ms
from trk.core.audit import Deed
from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft
from trk.core.order import moved
from trk.services.audit import note
from trk.services.conflict import Conflict
from trk.store import actions, campaigns, deletion
from trk.store.database import Database
from trk.store.program import Transaction

_AT_ONCE = 20
"""How many parts of a deleted action are erased while its owner waits."""


async def make_action(tx: Transaction, campaign: Campaign, draft: ActionDraft) -> Action:
    """Store an action; DraftError, or Duplicate if the campaign has its tracking name."""
    draft.check()
    made = await actions.add(tx, campaign, draft, now_ms())
    await _note(tx, "made", made)
    return made


async def change_action(
    tx: Transaction, action: Action, draft: ActionDraft, version: int | None = None
) -> Action:
    """Store `draft` as the action's settings. What was completed stays as it was.

    Raises DraftError, Conflict if `version` is given and not the current one, and Duplicate if
    another action has the tracking name.
    """
    draft.check()
    changed = await actions.change(tx, action, draft, version)
    if changed is None:
        raise Conflict
    await _note(tx, "changed", changed)
    return changed


async def move_action(
    tx: Transaction, campaign: Campaign, action_id: int, position: int
) -> list[Action]:
    """Move an action to `position`, from 0; beyond the ends means to the end. The new order."""
    known = {each.id: each for each in await actions.of_campaigns(tx, [campaign.id])}
    if action_id in known:
        await actions.order(tx, campaign, moved(known, action_id, position))
        await _note(tx, "changed", known[action_id])
    return await actions.of_campaigns(tx, [campaign.id])


async def delete_action(database: Database, action: Action) -> None:
    """Delete an action with its completions. Rewards that were given for them stay given, and its
    trackings stay as unmatched ones.

    What takes longer than a moment is left to the job (see services/jobs/deletion).
    """
    one = await database.write(_deleted, action)
    place = deletion.BEGINNING
    for _ in range(_AT_ONCE):
        further = await database.write(deletion.erase_action_part, one, place)
        if further is None:
            return
        place = further


async def _deleted(tx: Transaction, action: Action) -> deletion.DeletedAction:
    deleted = await deletion.delete_action(tx, action, now_ms())
    await _note(tx, "deleted", action)
    return deleted


async def _note(tx: Transaction, deed: Deed, action: Action) -> None:
    key = await campaigns.key_of(tx, action.campaign_id)
    await note(tx, deed, "action", action.id, about=action.tracking_name, campaign=key)

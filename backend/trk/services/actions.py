"""A campaign's actions: made, changed, moved, deleted."""

from __future__ import annotations

from trk.clock import now_ms
from trk.core.audit import Deed
from trk.core.campaign import Action, Campaign
from trk.core.drafts import ActionDraft
from trk.core.order import moved
from trk.services.audit import note
from trk.services.conflict import Conflict
from trk.services.recounting import go_on, until_counted
from trk.store import actions, browsers, campaigns, deletion, recounting, recounts, rewards
from trk.store.database import Database
from trk.store.program import Transaction

_AT_ONCE = 20
"""How many parts of a deleted action are erased while its owner waits."""


async def make_action(tx: Transaction, campaign: Campaign, draft: ActionDraft) -> Action:
    """Store an action; DraftError, or Duplicate if the campaign has its tracking name. One that
    friends complete counts those who have come already, or begins to (see services/recounting)."""
    draft.check()
    now = now_ms()
    await browsers.hold_campaign(tx, campaign.id)
    made = await actions.add(tx, campaign, draft, now)
    await _note(tx, "made", made)
    if made.refers:
        await _count_friends(tx, campaign, now)
    return made


async def change_action(
    tx: Transaction,
    campaign: Campaign,
    action: Action,
    draft: ActionDraft,
    version: int | None = None,
) -> Action:
    """Store `draft` as the action's settings. What was completed stays as it was; if more friends
    may complete it than before, those who have come already do (see services/recounting).

    Raises DraftError, Conflict if `version` is given and not the current one, Duplicate if another
    action has the tracking name, and StillCounting if friends are being counted who would not all
    be by the same rules then.
    """
    draft.check()
    await browsers.hold_campaign(tx, campaign.id)
    # Somebody else may have changed it since `action` was read.
    known = await actions.of_campaign(tx, campaign.id)
    if any(_counts_less(each, draft) for each in known if each.id == action.id):
        await recounts.check(tx, campaign)
    changed = await actions.change(tx, action, draft, version)
    if changed is None:
        raise Conflict
    await _note(tx, "changed", changed)
    if changed.refers:
        await _count_friends(tx, campaign, now_ms())
    return changed


async def change_and_count(
    database: Database,
    campaign: Campaign,
    action: Action,
    draft: ActionDraft,
    version: int | None = None,
) -> Action:
    """Change an action, and count its friends also where that takes long: those who are being
    counted first, if they would not be by the same rules then."""
    if _counts_less(action, draft):
        await until_counted(database, campaign)
    changed = await database.write(change_action, campaign, action, draft, version)
    await go_on(database, campaign)
    return changed


def _counts_less(action: Action, draft: ActionDraft) -> bool:
    """Would friends who are counted after this change lack what those before it have? More who
    count is no such change: all are counted anew then."""
    fewer = draft.verification != action.verification or draft.friends < action.friends
    return action.refers and (fewer or draft.worth != action.worth)


async def _count_friends(tx: Transaction, campaign: Campaign, now: int) -> None:
    await rewards.grant(tx, campaign, await recounting.count_anew(tx, campaign, now), now)


async def move_action(
    tx: Transaction, campaign: Campaign, action_id: int, position: int
) -> list[Action]:
    """Move an action to `position`, from 0; beyond the ends means to the end. The new order."""
    known = {each.id: each for each in await actions.of_campaign(tx, campaign.id)}
    if action_id in known:
        await actions.order(tx, campaign, moved(known, action_id, position))
        await _note(tx, "changed", known[action_id])
    return await actions.of_campaign(tx, campaign.id)


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

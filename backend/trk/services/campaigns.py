"""Campaigns: made, changed, copied, closed and opened again, deleted."""

from __future__ import annotations

import secrets
import string
from contextlib import suppress

import msgspec

from trk.clock import now_ms
from trk.core.audit import Deed, Done
from trk.core.campaign import Campaign, over_since
from trk.core.drafts import CampaignDraft
from trk.core.mistakes import DraftError, DraftMistake
from trk.core.rejection import shown
from trk.core.starter import Starter
from trk.services.audit import note, note_often
from trk.services.conflict import Conflict
from trk.services.drafts import (
    action_draft_of,
    campaign_draft_of,
    field_draft_of,
    prize_draft_of,
)
from trk.services.draw_plans import commit_secret
from trk.services.giving import give_to_waiting
from trk.services.publishing import new_preview
from trk.services.recounting import go_on
from trk.services.translations import copy_texts
from trk.store import (
    actions,
    campaigns,
    deletion,
    draw_plans,
    draws,
    ends,
    fields,
    fixed_lists,
    pictures,
    prizes,
    recounting,
    rewards,
)
from trk.store.database import Database
from trk.store.errors import Gone
from trk.store.program import Transaction

_ALPHABET = string.ascii_letters + string.digits
_AT_ONCE = 20
"""How many parts of a deleted campaign are erased while its owner waits."""


async def make_campaign(
    tx: Transaction, draft: CampaignDraft, *, published: bool = True
) -> Campaign:
    """Store a campaign, with a key unless it has one, and two secrets: one signs pairs, the other
    is committed for the draw. Unless it is `published`, only its owners see it.

    Raises DraftError if the draft is wrong, Duplicate if its key is taken.
    """
    draft.check()
    return await _made(tx, draft, published=published)


async def _made(tx: Transaction, draft: CampaignDraft, *, published: bool) -> Campaign:
    made = await campaigns.add(
        tx,
        draft,
        key=draft.key or "".join(secrets.choice(_ALPHABET) for _ in range(6)),
        secret=secrets.token_urlsafe(32),
        now=now_ms(),
        preview=None if published else new_preview(),
    )
    await commit_secret(tx, made)
    await _note(tx, "made", made)
    return made


async def start_campaign(tx: Transaction, starter: Starter) -> Campaign:
    """Store what a new campaign begins with, not published yet: its settings, actions and
    prizes."""
    campaign, now = await make_campaign(tx, starter.campaign, published=False), now_ms()
    for action in starter.actions:
        await actions.add(tx, campaign, action, now)
    for prize in starter.prizes:
        await prizes.add(tx, campaign, prize)
    return campaign


async def change_campaign(
    tx: Transaction, campaign: Campaign, draft: CampaignDraft, version: int | None = None
) -> Campaign:
    """Store `draft` as the campaign's settings; its key never changes. Who has earned a reward
    under the new rules gets it at once, unless the campaign is large (see change_and_serve).

    Raises DraftError if the draft is wrong, Conflict if `version` is given and not the current
    one, and Gone if the campaign has been deleted.
    """
    draft.check()
    if draft.key not in (None, campaign.key):
        raise DraftError(
            f"key is {shown(draft.key)}; expected {campaign.key}: it is used in scripts and links."
        )
    await campaigns.hold(tx, campaign)
    if draft.kind != campaign.kind and (await draws.of(tx, campaign)) is not None:
        said = f"kind is {shown(draft.kind)}; expected {campaign.kind}: the winners are drawn."
        advice = "Winners have been drawn, so this can no longer be changed."
        raise DraftError(said, (DraftMistake("kind", said, advice),))
    now = now_ms()
    before = await campaigns.as_it_is(tx, campaign)
    changed = await campaigns.change(tx, campaign, draft, version)
    if changed is None:
        raise Conflict
    if before is None or before.confirmed_only != changed.confirmed_only:
        await recounting.count_anew(tx, changed, now)  # the rewards follow: they go by it, too
    if before is None or rewards.rules(before) != rewards.rules(changed):
        await rewards.serve(tx, changed, now)
    await _look_if_open(tx, changed, now)
    await _note(tx, "changed", changed)
    return changed


async def change_and_serve(
    database: Database, campaign: Campaign, draft: CampaignDraft, version: int | None = None
) -> Campaign:
    """Change a campaign, count its friends and give rewards by its new rules, also where that takes
    long: to some at a time, in the order of earning them, so that beacons do not wait.

    Who earns one meanwhile gets it at once. If this process dies in between, a job gives the others
    theirs (services/jobs/reward_giver).
    """
    changed = await database.write(change_campaign, campaign, draft, version)
    await go_on(database, changed)
    if rewards.rules(campaign) != rewards.rules(changed):
        await give_to_waiting(database, changed)
    return changed


async def _look_if_open(tx: Transaction, campaign: Campaign, now: int) -> None:
    if over_since(campaign, now) is None:
        await fixed_lists.open_again(tx, campaign, now)
        await ends.open_again(tx, campaign)


async def copy_campaign(
    tx: Transaction, campaign: Campaign, name: str | None = None, *, published: bool = True
) -> Campaign:
    """Store a new campaign with the same settings, actions, prizes, fields, pictures and
    translations, and its own key.

    Its start and end are the same unless the end is over. It has no codes, entrants or trackings,
    and secrets of its own. A setting that only an earlier version let in is copied, too: the form
    of the settings says what is wrong with it.
    Raises DraftError if `name` can't be used.
    """
    now = now_ms()
    over = campaign.ends_at is not None and campaign.ends_at <= now
    draft = campaign_draft_of(campaign)
    draft = msgspec.structs.replace(
        draft,
        key=None,
        name=f"Copy of {campaign.name}"[:200] if name is None else name,
        starts_at=None if over else draft.starts_at,
        ends_at=None if over else draft.ends_at,
    )
    mistakes = tuple(each for each in draft.mistakes() if each.field == "name")
    if mistakes:
        raise DraftError(mistakes[0].message, mistakes)
    copy = await _made(tx, draft, published=published)
    plan = await draw_plans.of(tx, campaign)
    # Not what is announced, such as the numbers of a certain day.
    if plan.kind != "announced":
        await draw_plans.settle(tx, copy, plan.kind, "", now)
    places = {"banner": "banner", "logo": "logo"}
    ids = {("campaign", campaign.id): copy.id}
    for action in await actions.of_campaign(tx, campaign.id):
        made = await actions.add(tx, copy, action_draft_of(action), now, action.name_folded)
        places[f"action-{action.id}"] = f"action-{made.id}"
        ids["action", action.id] = made.id
    for prize in await prizes.of_campaign(tx, campaign):
        added = await prizes.add(tx, copy, prize_draft_of(prize))
        assert added is not None  # nothing is drawn in a new campaign
        places[f"prize-{prize['id']}"] = f"prize-{added['id']}"
        ids["prize", prize["id"]] = added["id"]
    for field in await fields.of_campaign(tx, campaign):
        ids["field", field.id] = (await fields.add(tx, copy, field_draft_of(field))).id
    await pictures.copy(tx, campaign, copy, places, now)
    await copy_texts(tx, campaign, copy, ids)
    return copy


async def close_campaign(tx: Transaction, campaign: Campaign) -> None:
    """Close a campaign now: nothing unlocks in it any more, and nobody can enter.

    Raises DraftError for one that is not published yet.
    """
    if campaign.draft:
        raise DraftError(f"Campaign {campaign.key} is a draft. Publish it first.")
    await campaigns.close(tx, campaign, now_ms())
    await _note(tx, "closed", campaign)


async def reopen_campaign(tx: Transaction, campaign: Campaign) -> None:
    """Take the closing of a campaign back; it is open between its start and its end."""
    await campaigns.reopen(tx, campaign)
    stored = await campaigns.by_key(tx, campaign.key)
    if stored is not None:
        await _look_if_open(tx, stored, now_ms())
    await _note(tx, "reopened", campaign)


async def delete_campaign(database: Database, campaign: Campaign) -> None:
    """Delete a campaign and everything that belongs to it, for good.

    What takes longer than a moment is left to the job (see services/jobs/deletion).
    """
    await database.write(_deleted, campaign)
    with suppress(Gone):  # what is being stored below it at this moment is left to the job, too
        for _ in range(_AT_ONCE):
            if await database.write(deletion.erase_campaign_part, campaign.id):
                return


async def secret_shown(tx: Transaction, campaign: Campaign) -> None:
    """Note that somebody looks at the secret with which the customer's server signs."""
    done = Done("shown", "secret", campaign.id, campaign.name, campaign.key)
    await note_often(tx, done)


async def _deleted(tx: Transaction, campaign: Campaign) -> None:
    await deletion.delete_campaign(tx, campaign, now_ms())
    await _note(tx, "deleted", campaign)


async def _note(tx: Transaction, deed: Deed, campaign: Campaign) -> None:
    await note(tx, deed, "campaign", campaign.id, about=campaign.name, campaign=campaign)

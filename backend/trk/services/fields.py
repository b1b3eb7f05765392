"""The fields of a campaign's form: made, changed, moved, deleted."""

from __future__ import annotations

from trk.clock import now_ms
from trk.core.audit import Deed
from trk.core.campaign import Campaign
from trk.core.field import MOST_ASKED, FieldDraft, FormField, asked_of, plain
from trk.core.mistakes import DraftError, DraftMistake
from trk.core.order import moved
from trk.core.rejection import shown
from trk.services.audit import note
from trk.services.conflict import Conflict
from trk.store import campaigns, deletion, fields
from trk.store.database import Database
from trk.store.program import Transaction

_AT_ONCE = 20
"""How many parts of a deleted field's answers are erased while its owner waits."""


async def make_field(tx: Transaction, campaign: Campaign, draft: FieldDraft) -> FormField:
    """Store a field behind the others. Who has entered already is not asked.

    Raises DraftError, also if as many are asked already as can be.
    """
    draft.check()
    await _check_number(tx, campaign, draft)
    made = await fields.add(tx, campaign, draft)
    await _note(tx, "made", campaign, made)
    return made


async def change_field(
    tx: Transaction,
    campaign: Campaign,
    field: FormField,
    draft: FieldDraft,
    version: int | None = None,
) -> FormField:
    """Store `draft` as the field's settings; its kind never changes. What was answered stays, also
    an option that there is no more.

    Raises DraftError, and Conflict if `version` is given and not the current one.
    """
    if draft.kind != field.kind:
        raise DraftError(
            f"kind is {shown(draft.kind)}; expected {field.kind}: it never changes. Add another "
            "field instead."
        )
    draft.check()
    await _check_number(tx, campaign, draft, field)
    changed = await fields.change(tx, campaign, field.id, draft, version)
    if changed is None:
        raise Conflict
    await _note(tx, "changed", campaign, changed)
    return changed


async def _check_number(
    tx: Transaction, campaign: Campaign, draft: FieldDraft, besides: FormField | None = None
) -> None:
    await campaigns.hold(tx, campaign)
    asked = [each for each in asked_of(await fields.of_campaign(tx, campaign)) if each != besides]
    if draft.asked and len(asked) >= MOST_ASKED:
        mistake = DraftMistake(
            "asked",
            f"Campaign {campaign.key} asks for {len(asked)} fields already; expected at most "
            f"{MOST_ASKED}.",
            f"{len(asked)} fields are asked for already, which is the most. Stop asking for "
            "another one first.",
        )
        raise DraftError(mistake.message, (mistake,))


async def move_field(
    tx: Transaction, campaign: Campaign, field_id: int, position: int
) -> list[FormField]:
    """Move a field to `position`, from 0; beyond the ends means to the end. The new order."""
    known = {each.id: each for each in await fields.of_campaign(tx, campaign)}
    if field_id in known:
        await fields.order(tx, campaign, moved(known, field_id, position))
        await _note(tx, "changed", campaign, known[field_id])
    return await fields.of_campaign(tx, campaign)


async def delete_field(database: Database, campaign: Campaign, field: FormField) -> None:
    """Delete a field with all that was answered to it.

    What takes longer than a moment is left to the job (see services/jobs/deletion).
    """
    one = await database.write(_deleted, campaign, field)
    for _ in range(_AT_ONCE):
        if await database.write(deletion.erase_field_part, one):
            return


async def _deleted(tx: Transaction, campaign: Campaign, field: FormField) -> deletion.DeletedField:
    one = await deletion.delete_field(tx, campaign, field, now_ms())
    await _note(tx, "deleted", campaign, field)
    return one


async def _note(tx: Transaction, deed: Deed, campaign: Campaign, field: FormField) -> None:
    await note(tx, deed, "field", field.id, about=plain(field.label), campaign=campaign)

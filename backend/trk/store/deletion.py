"""The end of campaigns, actions and fields: for everybody at once, of their rows little by little.

`delete_campaign`, `delete_action` and `delete_field` delete; `erase_campaign_part` and others then
erase what belonged to them, a part at a time. The completions of a deleted action are erased, and
its trackings become unmatched. Each call returns the place where the next one goes on; starting
again from the beginning, after a crash, only finds less to do.
"""

from __future__ import annotations

from typing import NamedTuple

from trk.core.campaign import Action, Campaign
from trk.core.field import FormField
from trk.core.picture import PicturePlace
from trk.store import counters, idempotency, pictures, tokens, translations
from trk.store.belongings import BELOW
from trk.store.program import Transaction, as_list, every, ids

PART = 500
"""How many rows are erased together: a beacon may have to wait for that, some milliseconds."""


async def delete_campaign(tx: Transaction, campaign: Campaign, now: int) -> None:
    """Delete a campaign: from then on its key is free, its webhooks are told nothing, and its mails
    are not sent. `erase_campaign_part` erases the rest."""
    await nobody_else(tx, campaign.id)
    await tx.fetch("UPDATE webhooks SET off_at = $2 WHERE campaign_id = $1", campaign.id, now)
    await tokens.revoke_all(tx, campaign)
    await idempotency.erase_of_campaign(tx, campaign.key)
    # With such a key no campaign can be made, nor asked for.
    sql = (
        "UPDATE campaigns SET key = '-' || id, deleted_at = CAST($2 AS BIGINT) WHERE id = $1 "
        "AND deleted_at IS NULL"
    )
    await tx.fetch(sql, campaign.id, now)


async def deleted_campaigns(tx: Transaction) -> list[int]:
    """The ids of the deleted campaigns that are not completely erased yet."""
    return await ids(tx, "SELECT id FROM campaigns WHERE deleted_at IS NOT NULL ORDER BY id")


async def erase_campaign_part(tx: Transaction, campaign_id: int, size: int = PART) -> bool:
    """Erase about `size` rows of what belongs to a deleted campaign; True once it is gone."""
    await nobody_else(tx, campaign_id)
    await counters.hold(tx)
    left = size
    for table, condition in BELOW:
        key = _key(table)
        sql = (
            f"DELETE FROM {table} WHERE plain(campaign_id) = $1 AND ({key}) IN "
            f"(SELECT {key} FROM {table} WHERE {condition} LIMIT $2) RETURNING 1 AS one"
        )
        left -= len(await tx.fetch(sql, campaign_id, left))
        if left <= 0:
            break
    if left <= 0:
        return False
    await tx.fetch("DELETE FROM campaigns WHERE id = $1 AND deleted_at IS NOT NULL", campaign_id)
    return True


def _key(table: str) -> str:
    """The columns by which its rows are told apart."""
    # All other SQL does without the schema as objects, which take a tenth of a server's start.
    from trk.store.schema import metadata  # noqa: PLC0415

    key = metadata.tables[table].primary_key.columns.keys()
    return "id" if key == ["campaign_id", "id"] else ", ".join(key)


async def nobody_else(tx: Transaction, campaign_id: int) -> None:
    """Wait for the beacons of this campaign that are being stored; later ones wait for us.

    No foreign key keeps them from storing rows of what is deleted.
    """
    await tx.fetch("SELECT id FROM campaigns WHERE id = $1 FOR UPDATE", campaign_id)


class DeletionProgress(NamedTuple):
    """How far it has come: the stage, and the last id that is done."""

    stage: int = 0
    after: int = 0


BEGINNING = DeletionProgress()
_LOOSE = (
    "DELETE FROM xrefs WHERE plain(campaign_id) = $1 AND id IN "
    "(SELECT x.id FROM xrefs AS x WHERE plain(x.campaign_id) = $1 AND x.action_id = $2 LIMIT $3) "
    "RETURNING 1 AS one",
    "DELETE FROM unique_values WHERE campaign_id = $1 AND (action_id, value_hash) IN "
    "(SELECT v.action_id, v.value_hash FROM unique_values AS v "
    "WHERE v.campaign_id = $1 AND v.action_id = $2 LIMIT $3) RETURNING 1 AS one",
)
_COMPLETIONS, _TRACKINGS = 1, 2


class DeletedAction(NamedTuple):
    """A deleted action that is not completely erased yet."""

    campaign_id: int
    action_id: int


async def delete_action(tx: Transaction, action: Action, now: int) -> DeletedAction:
    """Delete an action: from then on nobody completes it, and its tracking name is free."""
    await nobody_else(tx, action.campaign_id)
    # No tracking name has a line feed.
    sql = (
        "UPDATE actions SET name_folded = $3, deleted_at = CAST($4 AS BIGINT) "
        "WHERE campaign_id = $1 AND id = $2 AND deleted_at IS NULL"
    )
    await tx.fetch(sql, action.campaign_id, action.id, f"\n{action.id}", now)
    await translations.forget(tx, action.campaign_id, "action", action.id)
    return DeletedAction(action.campaign_id, action.id)


async def deleted_actions(tx: Transaction) -> list[DeletedAction]:
    """The deleted actions that are not completely erased yet."""
    return await every(
        tx,
        DeletedAction,
        "SELECT campaign_id, id AS action_id FROM actions WHERE deleted_at IS NOT NULL ORDER BY id",
    )


async def erase_action_part(
    tx: Transaction, one: DeletedAction, place: DeletionProgress, size: int = PART
) -> DeletionProgress | None:
    """Erase some rows from `place` on; where to go on, or None once the action is gone."""
    await nobody_else(tx, one.campaign_id)
    await counters.hold(tx)
    if place.stage == _COMPLETIONS:
        return await _completions(tx, one, place, size)
    if place.stage == _TRACKINGS:
        return await _trackings(tx, one, place, size)
    for sql in _LOOSE:
        if await tx.fetch(sql, *one, size):
            return place
    if place.stage == 0:
        return DeletionProgress(_COMPLETIONS)
    # Once more at the end: transactions that were under way may have left some of these.
    await counters.drop_action(tx, *one)
    await pictures.remove(tx, one.campaign_id, PicturePlace("action", one.action_id))
    await tx.fetch(
        "DELETE FROM actions WHERE campaign_id = $1 AND id = $2 AND deleted_at IS NOT NULL", *one
    )
    return None


async def _completions(
    tx: Transaction, one: DeletedAction, place: DeletionProgress, size: int
) -> DeletionProgress:
    end, more = await _end(tx, "completions", one, place, size)
    sql = (
        "DELETE FROM completions WHERE campaign_id = $1 AND action_id = $2 AND id > $3 "
        f"AND id <= $4 RETURNING {counters.returned('completions')}"
    )
    gone = await tx.fetch(sql, *one, place.after, end)
    for sql in (
        "DELETE FROM corrections WHERE campaign_id = $1 AND completion_id IN ids($2)",
        "DELETE FROM webhook_deliveries WHERE campaign_id = $1 AND webhook_id IN "
        "(SELECT w.id FROM webhooks AS w WHERE w.campaign_id = $1) "
        "AND type = 'action.completed' AND subject_id IN ids($2)",
    ):
        await tx.fetch(sql, one.campaign_id, as_list([row["id"] for row in gone]))
    await counters.take_out(tx, one.campaign_id, "completions", gone)
    return DeletionProgress(_COMPLETIONS, end) if more else DeletionProgress(_TRACKINGS)


async def _trackings(
    tx: Transaction, one: DeletedAction, place: DeletionProgress, size: int
) -> DeletionProgress:
    end, more = await _end(tx, "trackings", one, place, size)
    sql = (
        "UPDATE trackings SET action_id = NULL, settled = CASE WHEN outcome = 'waiting' "
        "AND settled IS NULL THEN 'unmatched' ELSE settled END WHERE campaign_id = $1 "
        "AND action_id = $2 AND id > $3 AND id <= $4"
    )
    await tx.fetch(sql, *one, place.after, end)
    return DeletionProgress(_TRACKINGS, end) if more else DeletionProgress(_TRACKINGS + 1)


async def _end(
    tx: Transaction, table: str, one: DeletedAction, place: DeletionProgress, size: int
) -> tuple[int, bool]:
    """The id at which a part of the campaign's rows ends, and whether there may be more."""
    sql = (
        f"SELECT COALESCE(MAX(w.id), 0) AS id, COUNT(*) AS found FROM (SELECT id FROM {table} "
        "WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS w"
    )
    [row] = await tx.fetch(sql, one.campaign_id, place.after, size)
    return row["id"], row["found"] == size


class DeletedField(NamedTuple):
    """A deleted field that is not completely erased yet."""

    campaign_id: int
    field_id: int


async def delete_field(
    tx: Transaction, campaign: Campaign, field: FormField, now: int
) -> DeletedField:
    """Delete a field of the form: from then on nobody is asked, and nobody sees its answers."""
    sql = (
        "UPDATE fields SET deleted_at = CAST($3 AS BIGINT) "
        "WHERE campaign_id = $1 AND id = $2 AND deleted_at IS NULL"
    )
    await tx.fetch(sql, campaign.id, field.id, now)
    await translations.forget(tx, campaign.id, "field", field.id)
    return DeletedField(campaign.id, field.id)


async def deleted_fields(tx: Transaction) -> list[DeletedField]:
    """The deleted fields that are not completely erased yet."""
    return await every(
        tx,
        DeletedField,
        "SELECT campaign_id, id AS field_id FROM fields WHERE deleted_at IS NOT NULL ORDER BY id",
    )


async def erase_field_part(tx: Transaction, one: DeletedField, size: int = PART) -> bool:
    """Erase about `size` answers to a deleted field; True once it is gone."""
    gone = await tx.fetch(
        "DELETE FROM field_answers WHERE campaign_id = $1 AND (entrant_id, field_id) IN "
        "(SELECT x.entrant_id, x.field_id FROM field_answers AS x "
        "WHERE x.campaign_id = $1 AND x.field_id = $2 LIMIT $3) RETURNING 1 AS one",
        *one,
        size,
    )
    if len(gone) == size:
        return False
    # Whoever enters meanwhile holds the row: either they answer before, or not at all.
    await tx.fetch("SELECT id FROM fields WHERE campaign_id = $1 AND id = $2 FOR UPDATE", *one)
    left = "SELECT 1 AS one FROM field_answers WHERE campaign_id = $1 AND field_id = $2 LIMIT 1"
    if await tx.fetch(left, *one):
        return False
    await tx.fetch(
        "DELETE FROM fields WHERE campaign_id = $1 AND id = $2 AND deleted_at IS NOT NULL", *one
    )
    return True

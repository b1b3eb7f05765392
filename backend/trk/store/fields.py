"""The fields of a campaign's form, and what entrants answered to them, as rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from trk.core.campaign import Campaign
from trk.core.field import FieldAnswer, FieldDraft, FieldKind, FormField, plain
from trk.store.columns import columns_of, insert_row, reader, reorder, update
from trk.store.program import Transaction, as_list, as_rows, ids, number

_COLUMNS = ", ".join(f"f.{name}" for name in FormField.__struct_fields__)
_field_of = reader(FormField)
_Row = tuple[int, int, int, FieldKind, str, str]


async def of_campaign(tx: Transaction, campaign: Campaign) -> list[FormField]:
    """The campaign's fields, in the order in which they are asked; behind them, those that are not
    asked any more."""
    found = await tx.fetch(
        f"SELECT {_COLUMNS} FROM fields AS f WHERE f.campaign_id = $1 AND f.deleted_at IS NULL "
        "ORDER BY f.asked DESC, f.position, f.id",
        campaign.id,
    )
    return [_field_of(row) for row in found]


async def by_id(tx: Transaction, campaign: Campaign, field_id: int) -> FormField | None:
    """A field of the campaign, or None."""
    return next((each for each in await of_campaign(tx, campaign) if each.id == field_id), None)


async def add(tx: Transaction, campaign: Campaign, draft: FieldDraft) -> FormField:
    """Insert the field of a checked draft behind the campaign's others."""
    sql = "SELECT COALESCE(MAX(position), 0) AS n FROM fields WHERE campaign_id = $1"
    last = await number(tx, sql, campaign.id)
    columns = {"campaign_id": campaign.id, "kind": draft.kind, **columns_of(draft)}
    made = await insert_row(tx, "fields", position=last + 1, **columns)
    found = await by_id(tx, campaign, made)
    assert found is not None
    return found


async def change(
    tx: Transaction, campaign: Campaign, field_id: int, draft: FieldDraft, version: int | None
) -> FormField | None:
    """Store a checked draft as the field's settings; None if `version` is not the current one."""
    one = {"campaign_id": campaign.id, "id": field_id}
    if not await update(tx, "fields", one, version, columns_of(draft)):
        return None
    return await by_id(tx, campaign, field_id)


async def order(tx: Transaction, campaign: Campaign, field_ids: list[int]) -> None:
    """Put the campaign's fields into this order."""
    await reorder(tx, "fields", campaign.id, field_ids)


async def answered(tx: Transaction, campaign: Campaign, field: FormField) -> int:
    """How many entrants have answered a field of a campaign."""
    sql = "SELECT COUNT(*) AS n FROM field_answers WHERE campaign_id = $1 AND field_id = $2"
    return await number(tx, sql, campaign.id, field.id)


async def keep(
    tx: Transaction, campaign: Campaign, entrant_id: int, answers: Mapping[int, str]
) -> None:
    """Keep what an entrant answered, by the fields' ids. A field that was deleted meanwhile gets
    nothing."""
    if not answers:
        return
    # Until this transaction ends nobody erases these (see deletion.erase_field_part).
    sql = "SELECT id FROM fields WHERE campaign_id = $1 AND deleted_at IS NULL FOR KEY SHARE"
    there = await ids(tx, sql, campaign.id)
    await tx.fetch(
        "INSERT INTO field_answers (campaign_id, entrant_id, field_id, value) SELECT "
        "CAST($3 AS BIGINT), CAST($2 AS BIGINT), CAST(r.value ->> 0 AS BIGINT), r.value ->> 1 "
        "FROM rows($1) AS r",
        as_rows([(each, answers[each]) for each in there if each in answers]),
        entrant_id,
        campaign.id,
    )


async def answers(
    tx: Transaction, campaign: Campaign, entrant_ids: Sequence[int]
) -> dict[int, list[FieldAnswer]]:
    """What these entrants of a campaign answered, by their ids."""
    rows = await tx.fetch(
        f"SELECT e.id, {answers_of('$1', 'e.id')} AS answers FROM entrants AS e "
        "WHERE e.campaign_id = $1 AND e.id IN ids($2)",
        campaign.id,
        as_list(entrant_ids),
    )
    return {row["id"]: unpacked(row["answers"]) for row in rows}


def answers_of(campaign: str, entrant: str) -> str:
    """SQL: what an entrant of a campaign (SQL for their ids) answered, for `unpacked`."""
    return (
        "(SELECT packed[1 - f.asked, f.position, f.id, f.kind, f.label, x.value] "
        f"FROM field_answers AS x JOIN fields AS f ON f.campaign_id = {campaign} "
        f"AND f.id = x.field_id WHERE x.campaign_id = {campaign} AND x.entrant_id = {entrant} "
        "AND f.deleted_at IS NULL)"
    )


def unpacked(packed: str | None) -> list[FieldAnswer]:
    """What `answers_of` gave, in the order of the fields."""
    rows = msgspec.json.decode(packed, type=list[_Row]) if packed else []
    return [
        FieldAnswer(field, kind, plain(label), value)
        for _, _, field, kind, label, value in sorted(rows)
    ]

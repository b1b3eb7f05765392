"""What belongs to a campaign names it in each key, unique key and foreign key, so that the tables
can be spread over several machines by campaign (docs/scale.md): as the schema is written down, and
as the migrations make it."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy import Connection, UniqueConstraint, inspect

from tests.backend.migrating import on
from trk.store.belongings import BELOW
from trk.store.schema import metadata

INSTALLATION = {
    "alembic_version": "says which migrations there were",
    "api_tokens": "some are good in all campaigns",
    "audit": "also of what was done to owners; it has the campaign's key",
    "campaigns": "what the others refer to: each machine would have all of it",
    "idempotency_keys": "belong to a token",
    "instance": "one row for the installation",
    "invitations": "of owners",
    "limits": "have no names of what they limit, only hashes",
    "mails": "also to owners: one outbox, in which each topic is once",
    "owner_sessions": "of owners",
    "owners": "have all campaigns in common",
    "recovery_codes": "of owners",
    "second_factors": "of owners",
    "tallied": "one row for each kind of what is counted",
}
"""The tables that belong to no campaign, and why."""


class Foreign(NamedTuple):
    """A foreign key: its columns, and the table and columns they refer to."""

    own: tuple[str, ...]
    table: str
    of: tuple[str, ...]


class Shape(NamedTuple):
    """What is asked of a table; `optional` is None if it has no campaign."""

    key: tuple[str, ...]
    unique: list[tuple[str, ...]]
    foreign: list[Foreign]
    optional: bool | None


def faults(name: str, shape: Shape, *, rowids: bool) -> list[str]:
    """What keeps a table from being spread by campaign; with `rowids`, a number may be the key."""
    found = []
    for each in shape.foreign:
        pairs = list(zip(each.own, each.of, strict=True))
        if each.table not in INSTALLATION and ("campaign_id", "campaign_id") not in pairs:
            found.append(f"{name}: a foreign key to {each.table} without the campaign: {each.own}")
    if name in INSTALLATION:
        return found
    if shape.optional is None:
        return [f"{name}: neither has a campaign nor is known to belong to none"]
    if shape.optional:
        found.append(f"{name}: the campaign may be empty")
    numbered = rowids and shape.key == ("id",)
    if "campaign_id" not in shape.key and not numbered:
        found.append(f"{name}: a primary key without the campaign: {shape.key}")
    found += [
        f"{name}: a unique key without the campaign: {columns}"
        for columns in shape.unique
        if "campaign_id" not in columns
    ]
    return found


def written() -> dict[str, Shape]:
    """The tables as the schema is written down."""
    found = {}
    for name, table in metadata.tables.items():
        unique = [
            tuple(each.columns.keys())
            for each in table.constraints
            if isinstance(each, UniqueConstraint)
        ]
        unique += [tuple(each.columns.keys()) for each in table.indexes if each.unique]
        foreign = [
            Foreign(
                tuple(each.column_keys),
                each.referred_table.name,
                tuple(element.column.name for element in each.elements),
            )
            for each in table.foreign_key_constraints
        ]
        campaign = table.columns.get("campaign_id")
        optional = None if campaign is None else bool(campaign.nullable)
        found[name] = Shape(tuple(table.primary_key.columns.keys()), unique, foreign, optional)
    return found


def migrated(connection: Connection) -> dict[str, Shape]:
    """The tables as the database's catalogs have them."""
    catalogs = inspect(connection)
    found = {}
    for name in catalogs.get_table_names():
        columns = {column["name"]: column for column in catalogs.get_columns(name)}
        unique = [tuple(each["column_names"]) for each in catalogs.get_unique_constraints(name)]
        unique += [
            tuple(column or "" for column in each["column_names"])
            for each in catalogs.get_indexes(name)
            if each["unique"]
        ]
        foreign = [
            Foreign(
                tuple(each["constrained_columns"]),
                each["referred_table"],
                tuple(each["referred_columns"]),
            )
            for each in catalogs.get_foreign_keys(name)
        ]
        campaign = columns.get("campaign_id")
        optional = None if campaign is None else campaign["nullable"]
        key = tuple(catalogs.get_pk_constraint(name)["constrained_columns"])
        found[name] = Shape(key, unique, foreign, optional)
    return found


WHOLE = Shape(
    ("campaign_id", "id"),
    [("token", "campaign_id")],
    [
        Foreign(("campaign_id",), "campaigns", ("id",)),
        Foreign(("campaign_id", "entrant_id"), "entrants", ("campaign_id", "id")),
    ],
    optional=False,
)


@pytest.mark.parametrize(
    "missing",
    [
        WHOLE._replace(optional=None),
        WHOLE._replace(optional=True),
        WHOLE._replace(key=("id",)),
        WHOLE._replace(key=("token",)),
        WHOLE._replace(unique=[("token",)]),
        WHOLE._replace(foreign=[Foreign(("entrant_id",), "entrants", ("id",))]),
        WHOLE._replace(
            foreign=[Foreign(("entrant_id", "campaign_id"), "entrants", ("campaign_id", "id"))]
        ),
    ],
    ids=["campaign", "value", "key", "other key", "unique", "foreign", "crossed"],
)
def test_a_table_that_cannot_be_spread_is_found(missing: Shape) -> None:
    assert faults("deeds", WHOLE, rowids=False) == []
    assert len(faults("deeds", missing, rowids=False)) == 1


def test_each_key_that_is_written_down_has_its_campaign() -> None:
    shapes = written()
    assert [fault for each in shapes for fault in faults(each, shapes[each], rowids=False)] == []
    # Each is said of a table that is there.
    assert INSTALLATION.keys() <= {*shapes, "alembic_version"}


def test_each_key_in_the_database_has_its_campaign(database_url: str) -> None:
    sqlite = database_url.startswith("sqlite")
    there, shapes = on(database_url, migrated), written()
    assert [fault for each in there for fault in faults(each, there[each], rowids=sqlite)] == []
    assert there.keys() - shapes.keys() == {"alembic_version"}
    # Alembic does not compare primary keys.
    numbered = [each for each in shapes if shapes[each].key == ("campaign_id", "id")]
    keys = {each: ("id",) if sqlite and each in numbered else shapes[each].key for each in shapes}
    assert {each: there[each].key for each in shapes} == keys


FEW = {("draw_proofs", "list_id"), ("winners", "prize_id")}
"""Foreign keys in tables with few rows."""
ERASED = [name for name, condition in BELOW if condition == "campaign_id = $1"]
"""What an entrant, who is deleted with the campaign only, has no rows in by then."""


def _search(connection: Connection) -> list[str]:
    """Where SQLite looks at more than a row's own children when it is deleted."""
    found = []
    for name, shape in written().items():
        for each in shape.foreign:
            [own] = [column for column in each.own if column != "campaign_id"] or ["campaign_id"]
            erased = each.table == "entrants" and name in ERASED
            if own == "campaign_id" or (name, own) in FEW or erased:
                continue
            asked = f"SELECT 1 FROM {name} WHERE {' AND '.join(f'{c} = 1' for c in each.own)}"
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
            found += [row.detail for row in plan if f"({own}=?" not in row.detail]
    return found


@pytest.mark.once
def test_what_is_deleted_is_looked_for_among_its_own_children_only(sqlite_url: str) -> None:
    assert on(sqlite_url, _search) == []

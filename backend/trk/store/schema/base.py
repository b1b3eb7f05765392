"""What tables share: their registry, how constraints are named, numbered rows, and indexes.

What belongs to a campaign names it in each key and foreign key, so that a database can be spread
over several machines by campaign (docs/scale.md).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    text,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is declared INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


def numbered(name: str, *items: SchemaItem) -> Table:
    """A table whose rows are numbered. No id is given twice: other tables, programs and mails may
    still mean a row that is gone."""
    number = Column("id", RowId, primary_key=True)
    return Table(name, metadata, number, *items, sqlite_autoincrement=True)


def numbered_in_campaign(name: str, *items: SchemaItem) -> Table:
    """The same, of rows that belong to a campaign: their key is both.

    SQLite numbers rows only by a key of one column, so there it is the number; what refers to it
    needs `index_by_id`.
    """
    number = Column("id", RowId, autoincrement=True)
    key = PrimaryKeyConstraint("campaign_id", "id")
    table = Table(name, metadata, number, *items, key, sqlite_autoincrement=True)
    # For statements of the version before, which do not name the campaign, and for counters.
    Index(f"ix_{name}_id", table.c.id, info={"only": "postgresql"})
    return table


def in_campaign(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key to a row of the same campaign."""
    return ForeignKeyConstraint(["campaign_id", column], [f"{table}.campaign_id", f"{table}.id"])


def index_to(table: Table, column: str) -> None:
    """An index for a foreign key, by which the rows are found of what is deleted while its campaign
    goes on: of both columns, as SQLite might prefer one that begins with the campaign."""
    Index(f"ix_{table.name}_{column}_campaign_id", table.c[column], table.c.campaign_id)


def index_by_id(table: Table, owner: str = "campaign_id", *, unique: bool = False) -> None:
    """An index for lists of what belongs to one owner, in the order of ids; `unique` for foreign
    keys. Where the primary key is the same, it is that."""
    is_key = [owner, "id"] == [column.name for column in table.primary_key.columns]
    only = {"only": "sqlite"} if is_key else None
    Index(f"ix_{table.name}_{owner}_id", table.c[owner], table.c.id, unique=unique, info=only)


def index_by_campaign(table: Table) -> None:
    """An index of the campaign alone, where no key begins with it."""
    Index(f"ix_{table.name}_campaign_id", table.c.campaign_id, info={"only": "sqlite"})


def index_where(condition: str, name: str, table: Table, *columns: str) -> None:
    """An index `name` of a table, of those rows only for which a condition holds."""
    where, indexed = text(condition), [table.c[column] for column in columns]
    Index(f"ix_{table.name}_{name}", *indexed, sqlite_where=where, postgresql_where=where)

"""What tables share: their registry, how constraints are named, numbered rows, and indexes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, text
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


def index_by_id(table: Table, owner: str = "campaign_id") -> None:
    """An index for lists of what belongs to one owner, in the order of ids."""
    Index(f"ix_{table.name}_{owner}_id", table.c[owner], table.c.id)


def index_where(condition: str, name: str, table: Table, *columns: str) -> None:
    """An index `name` of a table, of those rows only for which a condition holds."""
    where, indexed = text(condition), [table.c[column] for column in columns]
    Index(f"ix_{table.name}_{name}", *indexed, sqlite_where=where, postgresql_where=where)

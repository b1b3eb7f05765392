"""Draws and fixed lists have their campaign in their primary keys, as all else that belongs to one.

Servers of the version before begin a long list as a row that is no campaign's yet, and nothing that
they say by then tells whose it will be. So on PostgreSQL, where they go on meanwhile, they are told
to come back, as if the table were held by somebody else: with 503 and nothing stored. What is short
they store with its campaign.

Lists in the making are given up. Where something was copied, that says the campaign, and is erased
a part at a time. One without entries says nothing of anybody, and goes.
"""

from alembic import op

from trk.store.migrations.copying import copy_table

revision = "0210"
down_revision = "0202"
branch_labels = None
depends_on = None

_LISTS = {"draws": ("draw_entries", "draw_id"), "fixed_lists": ("fixed_entries", "list_id")}
_FOREIGN = (
    ("draw_proofs", "draw_id", "draws"),
    ("draw_proofs", "list_id", "fixed_lists"),
    ("winners", "draw_id", "draws"),
)
_OPTIONAL, _DEMANDED = "campaign_id BIGINT,", "campaign_id BIGINT NOT NULL,"
_LATER = "long lists are made by servers of the new version only, until all are upgraded"


def upgrade() -> None:
    for table, (entries, owner) in _LISTS.items():
        _give_up(table, entries, owner)
    if op.get_bind().dialect.name == "sqlite":
        for table in _LISTS:
            copy_table(table, lambda sql: _replaced(sql, _OPTIONAL, _DEMANDED))
        return
    _drop_foreign_keys()
    for table, (entries, owner) in _LISTS.items():
        _change_key(table, "campaign_id, id")
        op.create_index(f"ix_{table}_id", table, ["id"])
        op.drop_index(f"ix_{table}_campaign_id_id", table)
        _refuse(table, entries, owner)
    _add_foreign_keys()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _LISTS:
            copy_table(table, lambda sql: _replaced(sql, _DEMANDED, _OPTIONAL))
        return
    _drop_foreign_keys()
    for table, (entries, owner) in _LISTS.items():
        op.execute(f"DROP TRIGGER campaign_demanded ON {table}")
        op.execute(f"DROP FUNCTION campaign_of_{table}")
        _fill_in(
            entries,
            f"NEW.campaign_id = COALESCE((SELECT p.campaign_id FROM {table} AS p "
            f"WHERE p.id = NEW.{owner}), (SELECT p.campaign_id FROM entrants AS p "
            "WHERE p.id = NEW.entrant_id), NULL);",
        )
        op.drop_index(f"ix_{table}_id", table)
        op.create_index(f"ix_{table}_campaign_id_id", table, ["campaign_id", "id"], unique=True)
        _change_key(table, "id")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN campaign_id DROP NOT NULL")
    _add_foreign_keys()


def _give_up(table: str, entries: str, owner: str) -> None:
    # Of a campaign that is gone altogether nothing would erase it later.
    op.execute(
        f"DELETE FROM {entries} WHERE {owner} IN (SELECT t.id FROM {table} AS t "
        "WHERE t.campaign_id IS NULL) AND campaign_id NOT IN (SELECT c.id FROM campaigns AS c)"
    )
    first = f"SELECT e.campaign_id FROM {entries} AS e WHERE e.{owner} = t.id LIMIT 1"
    op.execute(
        "INSERT INTO list_copies (campaign_id, entries, id, begun_at) SELECT u.campaign_id, "
        f"'{entries}', u.id, 0 FROM (SELECT ({first}) AS campaign_id, t.id FROM {table} AS t "
        "WHERE t.campaign_id IS NULL) AS u WHERE u.campaign_id IS NOT NULL"
    )
    op.execute(f"DELETE FROM {table} WHERE campaign_id IS NULL")


def _replaced(sql: str, old: str, new: str) -> str:
    if old not in sql:
        raise ValueError(f"there is no {old!r} in {sql!r}")
    return sql.replace(old, new)


def _change_key(table: str, columns: str) -> None:
    changed = f"DROP CONSTRAINT pk_{table}, ADD CONSTRAINT pk_{table}"
    op.execute(f"ALTER TABLE {table} {changed} PRIMARY KEY ({columns})")


def _refuse(table: str, entries: str, owner: str) -> None:
    refused = f"RAISE EXCEPTION ''{_LATER}'' USING ERRCODE = ''lock_not_available'';"
    op.execute(
        f"CREATE FUNCTION campaign_of_{table}() RETURNS trigger LANGUAGE plpgsql AS "
        f"'BEGIN {refused} END'"
    )
    op.execute(
        f"CREATE TRIGGER campaign_demanded BEFORE INSERT ON {table} FOR EACH ROW "
        f"WHEN (NEW.campaign_id IS NULL) EXECUTE FUNCTION campaign_of_{table}()"
    )
    # Who was copying a list as it was given up adds no more to it, which nobody would erase.
    _fill_in(
        entries,
        f"NEW.campaign_id = (SELECT p.campaign_id FROM {table} AS p WHERE p.id = NEW.{owner}); "
        f"IF NEW.campaign_id IS NULL THEN {refused} END IF;",
    )


def _fill_in(entries: str, how: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION campaign_of_{entries}() RETURNS trigger LANGUAGE plpgsql AS "
        f"'BEGIN {how} RETURN NEW; END'"
    )


def _drop_foreign_keys() -> None:
    for table, column, _ in _FOREIGN:
        op.drop_constraint(f"fk_{table}_campaign_id_{column}", table)


def _add_foreign_keys() -> None:
    for table, column, parent in _FOREIGN:
        name, own = f"fk_{table}_campaign_id_{column}", ["campaign_id", column]
        op.create_foreign_key(name, table, parent, own, ["campaign_id", "id"])

"""Each key, unique key and foreign key of what belongs to a campaign has the campaign in it.

On PostgreSQL the primary key is (campaign_id, id), in the place of the index for lists by id. Other
keys get the campaign as their last column, so that what looks for the first ones finds them as
before. An index of the id alone is for servers of the version before. They go on: what they insert
without a campaign gets it (see 0200), and they name no constraint.

SQLite numbers rows by a key of one column only, so there the id stays the primary key, and what is
referred to gets a unique index of both.

Lists of entrants have no foreign key to their draw any more. That of a list in the making is no
campaign's.
"""

from functools import partial

from alembic import op

from trk.store.migrations.copying import copy_table

revision = "0201"
down_revision = "0200"
branch_labels = None
depends_on = None

_BY_ID = (
    *("claims", "code_uploads", "completions", "corrections", "entrants", "fields", "refusals"),
    *("reward_codes", "same_browsers", "tickets", "trackings"),
)
"""Numbered tables with an index (campaign_id, id)."""
_NUMBERED = (
    *_BY_ID,
    *("actions", "links", "pictures", "prizes", "shared_visitors", "webhook_deliveries"),
    *("webhooks", "xrefs"),
)
_BY_CAMPAIGN = {"sqlite": ("prizes",), "postgresql": ("prizes", "webhooks", "xrefs")}
"""Tables with an index of the campaign alone, with which a key begins now."""
_LISTS = ("draws", "fixed_lists")
"""Numbered tables with rows that are no campaign's yet: they keep their key."""
_REFERRED_TO = ("actions", "entrants", "fields", "pictures", "prizes")
_KEYS = {
    "confirmations": ["token_hash"],
    "draw_entries": ["draw_id", "entrant_id"],
    "draw_proofs": ["draw_id"],
    "entrant_sessions": ["token_hash"],
    "field_answers": ["entrant_id", "field_id"],
    "fixed_entries": ["list_id", "entrant_id"],
    "picture_files": ["picture_id", "width"],
    "referrals": ["friend_id"],
    "unique_values": ["action_id", "value_hash"],
    "winners": ["draw_id", "n"],
}
_UNIQUE = {
    "claims": [["entrant_id"]],
    "completions": [["entrant_id", "action_id", "day"]],
    "reward_codes": [["entrant_id"]],
    "webhook_deliveries": [["webhook_id", "type", "subject_id"]],
    "winners": [["draw_id", "entrant_id"], ["draw_id", "replaces"]],
    "xrefs": [["token_hash"]],
}
_FOREIGN = {
    "claims": {"entrant_id": "entrants"},
    "completions": {"entrant_id": "entrants"},
    "confirmations": {"entrant_id": "entrants"},
    "draw_proofs": {"draw_id": "draws", "list_id": "fixed_lists"},
    "entrant_sessions": {"entrant_id": "entrants"},
    "field_answers": {"entrant_id": "entrants", "field_id": "fields"},
    "links": {"entrant_id": "entrants"},
    "mails": {"entrant_id": "entrants"},
    "picture_files": {"picture_id": "pictures"},
    "referrals": {"friend_id": "entrants", "referrer_id": "entrants"},
    "shared_visitors": {"entrant_id": "entrants"},
    "unique_values": {"action_id": "actions", "entrant_id": "entrants"},
    "winners": {"draw_id": "draws", "prize_id": "prizes"},
    "xrefs": {"entrant_id": "entrants", "action_id": "actions"},
}
_CHILDREN = {"xrefs": "action_id"}
"""Where SQLite, asked for both columns of a foreign key, would choose an index of the campaign."""
_LOOSE = {"draw_entries": ("draw_id", "draws"), "fixed_entries": ("list_id", "fixed_lists")}
"""Foreign keys that are no more."""
_NEW = (
    *("confirmations", "draw_entries", "draw_proofs", "entrant_sessions", "field_answers"),
    *("fixed_entries", "picture_files", "unique_values", "webhook_deliveries", "winners"),
)
"""The tables whose campaign is new (see 0200)."""


def upgrade() -> None:
    _index_children(0, 1)
    for table in _BY_CAMPAIGN[op.get_bind().dialect.name]:
        op.drop_index(f"ix_{table}_campaign_id", table)
    if op.get_bind().dialect.name == "sqlite":
        _copy_tables(before=0, after=1)
        for table in _REFERRED_TO:
            _make_index(table, unique=True)
    else:
        _drop_foreign_keys(1)
        for table in _NUMBERED:
            _change_key(table, ["id"], ["campaign_id", "id"])
            op.create_index(f"ix_{table}_id", table, ["id"])
        for table in _BY_ID:
            op.drop_index(f"ix_{table}_campaign_id_id", table)
        _change_keys(0, 1)
    for table in _LISTS:
        op.create_index(f"ix_{table}_campaign_id_id", table, ["campaign_id", "id"], unique=True)
    if op.get_bind().dialect.name != "sqlite":
        _add_foreign_keys(1)


def downgrade() -> None:
    _index_children(1, 0)
    for table in _BY_CAMPAIGN[op.get_bind().dialect.name]:
        op.create_index(f"ix_{table}_campaign_id", table, ["campaign_id"])
    if op.get_bind().dialect.name == "sqlite":
        for table in (*_REFERRED_TO, *_LISTS):
            op.drop_index(f"ix_{table}_campaign_id_id", table)
        _copy_tables(before=1, after=0)
        for table in _REFERRED_TO:
            if table in _BY_ID:
                _make_index(table, unique=False)
        return
    _drop_foreign_keys(0)
    for table in _LISTS:
        op.drop_index(f"ix_{table}_campaign_id_id", table)
    for table in _NUMBERED:
        op.drop_index(f"ix_{table}_id", table)
        _change_key(table, ["campaign_id", "id"], ["id"])
    for table in _BY_ID:
        _make_index(table, unique=False)
    _change_keys(1, 0)
    _add_foreign_keys(0)


def _make_index(table: str, *, unique: bool) -> None:
    name = f"ix_{table}_campaign_id_id"
    op.execute(f"DROP INDEX IF EXISTS {name}")
    op.create_index(name, table, ["campaign_id", "id"], unique=unique)


def _index_children(before: int, after: int) -> None:
    for table, column in _CHILDREN.items():
        old, new = _with([column], before), _with([column], after)
        op.drop_index(f"ix_{table}_{'_'.join(old)}", table)
        op.create_index(f"ix_{table}_{'_'.join(new)}", table, new)


def _with(columns: list[str], now: int) -> list[str]:
    """A key's columns, `now` or (0) before."""
    return [*columns, "campaign_id"] if now else columns


def _change_key(table: str, old: list[str], new: list[str]) -> None:
    changed = f"DROP CONSTRAINT pk_{table}, ADD CONSTRAINT pk_{table}"
    op.execute(f"ALTER TABLE {table} {changed} PRIMARY KEY ({', '.join(new)})")
    if "campaign_id" in old and table in _NEW and "campaign_id" not in new:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN campaign_id DROP NOT NULL")


def _change_keys(before: int, after: int) -> None:
    for table, columns in _KEYS.items():
        _change_key(table, _with(columns, before), _with(columns, after))
    for table, keys in _UNIQUE.items():
        for columns in keys:
            old, new = _with(columns, before), _with(columns, after)
            op.drop_constraint(f"uq_{table}_{'_'.join(old)}", table)
            op.create_unique_constraint(f"uq_{table}_{'_'.join(new)}", table, new)


def _drop_foreign_keys(after: int) -> None:
    """Drop those that are changed for what is `after`."""
    for table, keys in _FOREIGN.items():
        for column in keys:
            name = column if after else f"campaign_id_{column}"
            op.drop_constraint(f"fk_{table}_{name}", table)
    for table, (column, _) in _LOOSE.items() if after else ():
        op.drop_constraint(f"fk_{table}_{column}", table)


def _add_foreign_keys(now: int) -> None:
    for table, keys in _FOREIGN.items():
        for column, parent in keys.items():
            own = ["campaign_id", column] if now else [column]
            of = ["campaign_id", "id"] if now else ["id"]
            op.create_foreign_key(f"fk_{table}_{'_'.join(own)}", table, parent, own, of)
    for table, (column, parent) in () if now else _LOOSE.items():
        op.create_foreign_key(f"fk_{table}_{column}", table, parent, [column], ["id"])


def _texts(table: str) -> list[tuple[str, str]]:
    """What stands in SQLite's schema of a table, before and after."""
    found = []
    if table in _NEW:
        found.append(("campaign_id BIGINT,", "campaign_id BIGINT NOT NULL,"))
    if table in _KEYS:
        key = [
            f"CONSTRAINT pk_{table} PRIMARY KEY ({', '.join(_with(_KEYS[table], now))})"
            for now in (0, 1)
        ]
        if table in _LOOSE:
            column, parent = _LOOSE[table]
            key[0] += f", \n\t{_foreign(table, column, parent, 0)}"
        found.append((key[0], key[1]))
    for columns in _UNIQUE.get(table, []):
        old, new = (
            f"CONSTRAINT uq_{table}_{'_'.join(key)} UNIQUE ({', '.join(key)})"
            for key in (_with(columns, 0), _with(columns, 1))
        )
        found.append((old, new))
    for column, parent in _FOREIGN.get(table, {}).items():
        old, new = (_foreign(table, column, parent, now) for now in (0, 1))
        found.append((old, new))
    return found


def _foreign(table: str, column: str, parent: str, now: int) -> str:
    own, of = (f"campaign_id, {column}", "campaign_id, id") if now else (column, "id")
    name = f"fk_{table}_{own.replace(', ', '_')}"
    return f"CONSTRAINT {name} FOREIGN KEY({own}) REFERENCES {parent} ({of})"


def _copy_tables(before: int, after: int) -> None:
    """Give SQLite's tables the constraints `after` for those `before`."""
    for table in sorted({*_NEW, *_KEYS, *_UNIQUE, *_FOREIGN}):
        copy_table(table, partial(_changed, table, before, after))


def _changed(table: str, before: int, after: int, sql: str) -> str:
    for texts in _texts(table):
        if texts[before] not in sql:
            raise ValueError(f"the table {table} has not {texts[before]!r}, but {sql!r}")
        sql = sql.replace(texts[before], texts[after])
    return sql

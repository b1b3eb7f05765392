"""No id is given twice, and a stored answer knows its campaign.

Without AUTOINCREMENT, SQLite gives the id of the last row anew once that row is deleted, though
other tables, other programs and mails may still mean the deleted one. PostgreSQL's sequences never
go back.
"""

import sqlalchemy as sa
from alembic import op

from trk.store.migrations.copying import copy_table

revision = "0040"
down_revision = "0034"
branch_labels = None
depends_on = None

_PLAIN, _ONCE = "PRIMARY KEY (id)", "PRIMARY KEY (id AUTOINCREMENT)"
_REMEMBERED = {
    "api_tokens": "SELECT MAX(token_id) FROM idempotency_keys",
    "actions": "SELECT MAX(action_id) FROM tallies",
    "campaigns": "SELECT MAX(campaign_id) FROM tallies",
    "claims": "SELECT MAX(subject_id) FROM webhook_deliveries WHERE type = 'reward.claimed'",
    "completions": "SELECT MAX(subject_id) FROM webhook_deliveries WHERE type = 'action.completed'",
    "entrants": "SELECT MAX(entrant_id) FROM webhook_deliveries",
    "webhooks": "SELECT MAX(webhook_id) FROM webhook_deliveries",
}
"""Where ids of rows may be found that are deleted already."""


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("campaign_key", sa.Text))
    if op.get_bind().dialect.name == "sqlite":
        _give_each_once()
    # Answers to tokens that are gone; and those that had the secrets of webhooks in them.
    op.execute("DELETE FROM idempotency_keys WHERE token_id NOT IN (SELECT id FROM api_tokens)")
    op.execute("DELETE FROM idempotency_keys WHERE body LIKE '%\"secret\":%'")


def _give_each_once() -> None:
    # Makes the table in which SQLite keeps the highest ids.
    op.execute("CREATE TABLE first_of_its_kind (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    op.execute("DROP TABLE first_of_its_kind")
    for table in _copied(_PLAIN, _ONCE):
        remembered = _REMEMBERED.get(table, "SELECT 0")
        op.execute(
            "INSERT INTO sqlite_sequence (name, seq) "
            f"SELECT '{table}', MAX((SELECT COALESCE(MAX(id), 0) FROM {table}), "
            f"COALESCE(({remembered}), 0))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _copied(_ONCE, _PLAIN):
            op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")
    op.drop_column("idempotency_keys", "campaign_key")


def _copied(old: str, new: str) -> list[str]:
    """Copy all tables that have `old` in their SQL, with `new` for it; their names."""
    has_it = f"type = 'table' AND sql LIKE '%{old}%'"
    found = op.get_bind().execute(sa.text(f"SELECT name FROM sqlite_master WHERE {has_it}"))
    tables = [row.name for row in found]
    for table in tables:
        copy_table(table, lambda sql: sql.replace(old, new))
    return tables

"""Each row that belongs to a campaign names it itself, so that its keys can have it.

Servers of the version before do not name it yet. On PostgreSQL, where they go on meanwhile, it is
filled in as they insert.
"""

import sqlalchemy as sa
from alembic import op

revision = "0200"
down_revision = "0191"
branch_labels = None
depends_on = None

# By table: where a row's campaign is found, of which the first that is known is taken. A list in
# the making is no campaign's, but its entrants are; a webhook that was removed has left nothing
# but its deliveries.
_FOUND = {
    "confirmations": [("entrants", "entrant_id")],
    "draw_entries": [("draws", "draw_id"), ("entrants", "entrant_id")],
    "draw_proofs": [("draws", "draw_id")],
    "entrant_sessions": [("entrants", "entrant_id")],
    "field_answers": [("entrants", "entrant_id")],
    "fixed_entries": [("fixed_lists", "list_id"), ("entrants", "entrant_id")],
    "picture_files": [("pictures", "picture_id")],
    "unique_values": [("entrants", "entrant_id")],
    "webhook_deliveries": [("webhooks", "webhook_id"), ("entrants", "entrant_id")],
    "winners": [("draws", "draw_id")],
}


def upgrade() -> None:
    for table in _FOUND:
        op.add_column(table, sa.Column("campaign_id", sa.BigInteger))
        op.execute(f"UPDATE {table} SET campaign_id = {_campaign(table, table)}")
        # What is left of webhooks, and of lists, that nobody can reach any more.
        op.execute(f"DELETE FROM {table} WHERE campaign_id IS NULL")
        if op.get_bind().dialect.name == "postgresql":
            _fill_in(table)


def downgrade() -> None:
    for table in _FOUND:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER campaign_filled_in ON {table}")
            op.execute(f"DROP FUNCTION campaign_of_{table}")
        op.drop_column(table, "campaign_id")


def _campaign(table: str, row: str) -> str:
    """SQL: the campaign of a `row` of the table."""
    found = [
        f"(SELECT p.campaign_id FROM {parent} AS p WHERE p.id = {row}.{column})"
        for parent, column in _FOUND[table]
    ]
    return f"COALESCE({', '.join([*found, 'NULL'])})"


def _fill_in(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION campaign_of_{table}() RETURNS trigger LANGUAGE plpgsql AS "
        f"'BEGIN NEW.campaign_id = {_campaign(table, 'NEW')}; RETURN NEW; END'"
    )
    op.execute(
        f"CREATE TRIGGER campaign_filled_in BEFORE INSERT ON {table} FOR EACH ROW "
        f"WHEN (NEW.campaign_id IS NULL) EXECUTE FUNCTION campaign_of_{table}()"
    )

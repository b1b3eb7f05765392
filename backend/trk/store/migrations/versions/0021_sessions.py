"""Entrants' sessions end when they are not used, and know their browser, as links in mails do; an
address that another browser has claimed shows nothing until it is confirmed."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SECRET = ("entrant_sessions", "confirmations")


def upgrade() -> None:
    op.add_column("entrants", sa.Column("claimed_at", sa.BigInteger))
    for table in SECRET:
        op.add_column(table, sa.Column("browser_hash", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "confirmations", sa.Column("hand_over", sa.Integer, nullable=False, server_default="0")
    )
    # Nobody knows when they were used last; from now on, somebody does.
    op.add_column(
        "entrant_sessions",
        sa.Column("used_at", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.execute(f"UPDATE entrant_sessions SET used_at = {time.time_ns() // 1_000_000}")
    op.create_index("ix_entrant_sessions_used_at", "entrant_sessions", ["used_at"])


def downgrade() -> None:
    op.drop_index("ix_entrant_sessions_used_at", "entrant_sessions")
    op.drop_column("entrant_sessions", "used_at")
    op.drop_column("confirmations", "hand_over")
    for table in SECRET:
        op.drop_column(table, "browser_hash")
    op.drop_column("entrants", "claimed_at")

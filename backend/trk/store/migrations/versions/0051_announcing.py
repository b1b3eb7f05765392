"""Winners are announced after the draw, and written to. Draws that exist are announced, and nobody
is told of the ends that were before."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_NEW = (
    ("draws", "announced_at", sa.BigInteger),
    ("draws", "mail_subject", sa.Text),
    ("draws", "mail_body", sa.Text),
    ("winners", "told_at", sa.BigInteger),
    ("winners", "answer_hash", sa.Text),
    ("winners", "answer_by", sa.BigInteger),
    ("winners", "accepted_at", sa.BigInteger),
    ("campaigns", "end_told_at", sa.BigInteger),
)


def upgrade() -> None:
    for table, name, kind in _NEW:
        op.add_column(table, sa.Column(name, kind))
    op.execute("UPDATE draws SET announced_at = concluded_at")
    over = sa.text(
        "UPDATE campaigns SET end_told_at = :now WHERE closed_at <= :now OR ends_at <= :now"
    )
    op.get_bind().execute(over, {"now": time.time_ns() // 1_000_000})


def downgrade() -> None:
    for table, name, _ in reversed(_NEW):
        op.drop_column(table, name)

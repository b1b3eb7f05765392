"""Winners are announced after the draw, and written to. Draws that exist are announced, and nobody
is told of the ends that were before.

The way back keeps what this has brought in tables of its own, which the version before leaves
alone. What was said and done with it can't be repeated: winners who have accepted their prizes, the
links in their mails, and who was told of what.
"""

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


_KEPT = {
    "kept_draws": "SELECT id, announced_at, mail_subject, mail_body FROM draws "
    "WHERE concluded_at IS NOT NULL",
    "kept_winners": "SELECT draw_id, n, told_at, answer_hash, answer_by, accepted_at FROM winners",
    "kept_ends": "SELECT id, end_told_at FROM campaigns",
}
_END = "CASE WHEN ends_at IS NULL OR closed_at < ends_at THEN closed_at ELSE ends_at END"


def upgrade() -> None:
    for table, name, kind in _NEW:
        op.add_column(table, sa.Column(name, kind))
    for table, rows in _KEPT.items():
        nothing = f"SELECT * FROM ({rows}) AS r WHERE 1 = 0"
        op.execute(f"CREATE TABLE IF NOT EXISTS {table} AS {nothing}")
    _give_back()
    op.execute(
        "UPDATE draws SET announced_at = concluded_at WHERE id NOT IN (SELECT id FROM kept_draws)"
    )
    over = sa.text(
        "UPDATE campaigns SET end_told_at = :now WHERE (closed_at <= :now OR ends_at <= :now) "
        "AND id NOT IN (SELECT id FROM kept_ends)"
    )
    op.get_bind().execute(over, {"now": time.time_ns() // 1_000_000})
    for table in _KEPT:  # which no server of any version reads
        op.execute(f"DROP TABLE {table}")


def _give_back() -> None:
    op.execute(
        "UPDATE draws SET announced_at = k.announced_at, mail_subject = k.mail_subject, "
        "mail_body = k.mail_body FROM kept_draws AS k WHERE k.id = draws.id"
    )
    op.execute(
        "UPDATE winners SET told_at = k.told_at, answer_hash = k.answer_hash, "
        "answer_by = k.answer_by, accepted_at = k.accepted_at FROM kept_winners AS k "
        "WHERE k.draw_id = winners.draw_id AND k.n = winners.n"
    )
    op.execute(
        "UPDATE winners SET answer_hash = NULL "
        "WHERE entrant_id IN (SELECT id FROM entrants WHERE erased_at IS NOT NULL)"
    )
    # Owners are still to be told of an end that came in between.
    op.execute(
        "UPDATE campaigns SET end_told_at = k.end_told_at FROM kept_ends AS k "
        f"WHERE k.id = campaigns.id AND k.end_told_at >= {_END}"
    )


def downgrade() -> None:
    for table, rows in _KEPT.items():
        op.execute(f"CREATE TABLE {table} AS {rows}")
    for table, name, _ in reversed(_NEW):
        op.drop_column(table, name)

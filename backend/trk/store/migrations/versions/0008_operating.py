"""The installation's id, and an index by which mails that were given up are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_given_up = sa.text("due_at IS NULL AND sent_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "instance",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_instance")),
    )
    op.create_index(
        "ix_mails_given_up",
        "mails",
        ["queued_at"],
        sqlite_where=_given_up,
        postgresql_where=_given_up,
    )


def downgrade() -> None:
    op.drop_index("ix_mails_given_up", table_name="mails")
    op.drop_table("instance")

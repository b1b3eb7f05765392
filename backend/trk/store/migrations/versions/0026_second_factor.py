"""The second factor of owners, their recovery codes, and when a session was proved last."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column(
            "owner_id",
            sa.BigInteger,
            sa.ForeignKey("owners.id", name="fk_second_factors_owner_id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("secret", sa.Text),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("pending", sa.Text),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.Text, primary_key=True),
        sa.Column(
            "owner_id",
            sa.BigInteger,
            sa.ForeignKey("owners.id", name="fk_recovery_codes_owner_id"),
            nullable=False,
        ),
    )
    op.create_index("ix_recovery_codes_owner_id", "recovery_codes", ["owner_id"])
    for name in ("proved_at", "code_due"):
        kind = sa.BigInteger if name == "proved_at" else sa.Integer
        op.add_column("owner_sessions", sa.Column(name, kind, nullable=False, server_default="0"))
    op.execute("UPDATE owner_sessions SET proved_at = created_at")


def downgrade() -> None:
    op.execute("DELETE FROM owner_sessions WHERE code_due = 1")
    for name in ("code_due", "proved_at"):
        op.drop_column("owner_sessions", name)
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")

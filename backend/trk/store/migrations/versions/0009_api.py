"""Scopes of tokens, idempotency keys, and indexes for lists that are read page by page."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PAGED = ("entrants", "mails", "refusals")


def upgrade() -> None:
    # What was made before may go on doing everything.
    op.add_column(
        "api_tokens",
        sa.Column(
            "scopes", sa.Text(), nullable=False, server_default="read personal write beacons draw"
        ),
    )
    op.add_column("api_tokens", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    op.add_column("api_tokens", sa.Column("last_used_at", sa.BigInteger(), nullable=True))
    op.add_column("api_tokens", sa.Column("campaign_key", sa.Text(), nullable=True))
    op.create_table(
        "idempotency_keys",
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=False, server_default=""),
        sa.Column("body", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("token_id", "idempotency_key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_made_at", "idempotency_keys", ["made_at"])
    op.drop_index("ix_mails_campaign_id", "mails")
    for table in PAGED:
        op.create_index(f"ix_{table}_campaign_id_id", table, ["campaign_id", "id"])


def downgrade() -> None:
    for table in PAGED:
        op.drop_index(f"ix_{table}_campaign_id_id", table)
    op.create_index("ix_mails_campaign_id", "mails", ["campaign_id"])
    op.drop_table("idempotency_keys")
    for column in ("campaign_key", "last_used_at", "expires_at", "scopes"):
        op.drop_column("api_tokens", column)

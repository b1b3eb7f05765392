"""The fields of a campaign's form, and what entrants answered to them."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fields",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("required", sa.Integer, nullable=False, server_default="0"),
        sa.Column("options", sa.Text, nullable=False, server_default=""),
        sa.Column("minimum_age", sa.Integer, nullable=False, server_default="0"),
        sa.Column("asked", sa.Integer, nullable=False, server_default="1"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("deleted_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fields_campaign_id_id", "fields", ["campaign_id", "id"])
    op.create_table(
        "field_answers",
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), primary_key=True),
        sa.Column("field_id", sa.BigInteger, sa.ForeignKey("fields.id"), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_index("ix_field_answers_field_id", "field_answers", ["field_id"])


def downgrade() -> None:
    # A field that is made later may have the id of one that is gone.
    op.execute("DELETE FROM translations WHERE thing = 'field'")
    op.drop_table("field_answers")
    op.drop_table("fields")

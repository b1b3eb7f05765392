"""Uploads of codes, so that what was uploaded by mistake can be taken away again."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "code_uploads",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", name="fk_code_uploads_campaign_id"),
            nullable=False,
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("uploaded_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_code_uploads_campaign_id_id", "code_uploads", ["campaign_id", "id"])
    op.add_column("reward_codes", sa.Column("upload_id", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("reward_codes", "upload_id")
    op.drop_table("code_uploads")

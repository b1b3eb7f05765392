"""How a campaign's page looks, and the pictures on it."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0041"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LOOK = {"background": "", "scheme": "both", "corners": "rounded", "font": "system", "css": ""}


def upgrade() -> None:
    for name, default in LOOK.items():
        op.add_column("campaigns", sa.Column(name, sa.Text, nullable=False, server_default=default))
    op.add_column("actions", sa.Column("icon", sa.Text, nullable=False, server_default="auto"))
    op.create_table(
        "pictures",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id", name="fk_pictures_campaign_id"),
            nullable=False,
        ),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("alt", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("campaign_id", "place", name="uq_pictures_campaign_id_place"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "picture_files",
        sa.Column(
            "picture_id",
            sa.BigInteger,
            sa.ForeignKey("pictures.id", name="fk_picture_files_picture_id"),
            primary_key=True,
        ),
        sa.Column("width", sa.Integer, primary_key=True),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("picture_files")
    op.drop_table("pictures")
    op.drop_column("actions", "icon")
    for name in reversed(LOOK):
        op.drop_column("campaigns", name)

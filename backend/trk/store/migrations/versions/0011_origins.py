"""From which site a tracking came, or a refusal."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("trackings", "refusals"):
        op.add_column(table, sa.Column("origin_host", sa.Text(), nullable=True))


def downgrade() -> None:
    for table in ("refusals", "trackings"):
        op.drop_column(table, "origin_host")

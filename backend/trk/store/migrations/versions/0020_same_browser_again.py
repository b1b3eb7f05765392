"""Which browser has redeemed a ticket: if the answer is lost, that one may redeem it again."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("browser_hash", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("tickets", "browser_hash")

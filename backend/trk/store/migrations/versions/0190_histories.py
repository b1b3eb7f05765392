"""The name of the history that PostgreSQL's primary writes, by which its standbys are known."""

import sqlalchemy as sa
from alembic import op

revision = "0190"
down_revision = "0182"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("instance", sa.Column("history", sa.Text))


def downgrade() -> None:
    op.drop_column("instance", "history")

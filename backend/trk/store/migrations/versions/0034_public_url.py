"""The address of the server that ran last, for commands that run beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("instance", sa.Column("public_url", sa.Text))


def downgrade() -> None:
    op.drop_column("instance", "public_url")

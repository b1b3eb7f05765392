"""Which sessions were opened on the campaign's own page, by whoever typed their e-mail there."""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0091"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("typed", sa.Integer, nullable=False, server_default="0")
    op.add_column("entrant_sessions", column)


def downgrade() -> None:
    op.drop_column("entrant_sessions", "typed")

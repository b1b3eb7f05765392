"""How a tracking came, and an index of those that had been done already: an entrant's own are
decided anew when what they repeated turns out to be another's."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trackings", sa.Column("source", sa.Text))
    where = sa.text("COALESCE(settled, outcome) = 'repeated'")
    op.create_index(
        "ix_trackings_repeated",
        "trackings",
        ["entrant_id", "action_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_trackings_repeated", "trackings")
    op.drop_column("trackings", "source")

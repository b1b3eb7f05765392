"""What shows that a visitor is an entrant's, what counts until somebody else shows more, and whom
the owner allows more than ten browsers."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Who was linked so far stays linked.
    op.add_column(
        "links", sa.Column("proof", sa.Text, nullable=False, server_default=sa.text("'earlier'"))
    )
    op.add_column("trackings", sa.Column("provisional", sa.Integer))
    where = sa.text("provisional = 1")
    op.create_index(
        "ix_trackings_provisional",
        "trackings",
        ["campaign_id", "visitor"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.add_column("entrants", sa.Column("many_browsers_at", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("entrants", "many_browsers_at")
    op.drop_index("ix_trackings_provisional", "trackings")
    op.drop_column("trackings", "provisional")
    op.drop_column("links", "proof")

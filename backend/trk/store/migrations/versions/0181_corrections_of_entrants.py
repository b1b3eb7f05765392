"""Which corrections an entrant had, found without looking through all of the campaign's."""

import sqlalchemy as sa
from alembic import op

revision = "0181"
down_revision = "0180"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("entrant_id IS NOT NULL")
    op.create_index(
        "ix_corrections_entrant",
        "corrections",
        ["campaign_id", "entrant_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_corrections_entrant", "corrections")

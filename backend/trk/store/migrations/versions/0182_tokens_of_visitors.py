"""Which tokens a visitor has brought, found without looking through all of the campaign's."""

import sqlalchemy as sa
from alembic import op

revision = "0182"
down_revision = "0181"
branch_labels = None
depends_on = None

_COLUMNS = ("visitor", "brought_by")


def upgrade() -> None:
    for column in _COLUMNS:
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_xrefs_{column}",
            "xrefs",
            ["campaign_id", column],
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_index(f"ix_xrefs_{column}", "xrefs")

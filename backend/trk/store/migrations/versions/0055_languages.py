"""The languages of a campaign's pages, and that in which an entrant entered."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("languages", sa.Text, nullable=False, server_default="en"))
    op.add_column("entrants", sa.Column("language", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("entrants", "language")
    op.drop_column("campaigns", "languages")

"""The sessions of one browser are found, to end all of them at once."""

from alembic import op

revision = "0058"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_entrant_sessions_browser_hash", "entrant_sessions", ["browser_hash"])


def downgrade() -> None:
    op.drop_index("ix_entrant_sessions_browser_hash", "entrant_sessions")

"""The campaign in customers' pages: the way back from a mail, and the tab of ol.js."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("confirmations", sa.Column("page", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaigns", sa.Column("tab_text", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "campaigns",
        sa.Column("tab_position", sa.Text(), nullable=False, server_default="right"),
    )


def downgrade() -> None:
    op.drop_column("campaigns", "tab_position")
    op.drop_column("campaigns", "tab_text")
    op.drop_column("confirmations", "page")

"""Which browser has brought an xref token that links it to nobody, as it is another's."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("xrefs", sa.Column("brought_by", sa.Text))


def downgrade() -> None:
    op.drop_column("xrefs", "brought_by")

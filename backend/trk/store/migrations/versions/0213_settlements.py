"""Of whom much waits when they are linked is noted: it is settled in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0213"
down_revision = "0212"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settlements",
        sa.Column("campaign_id", sa.BigInteger, nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("before_id", sa.BigInteger, nullable=False),
        sa.Column("until_id", sa.BigInteger),
        sa.Column("entrant_id", sa.BigInteger, nullable=False),
        sa.Column("provisional", sa.Integer),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "visitor", "before_id", name="pk_settlements"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_settlements_campaign_id"
        ),
    )
    op.create_index(
        "ix_settlements_entrant_id_campaign_id", "settlements", ["entrant_id", "campaign_id"]
    )


def downgrade() -> None:
    """What is not settled yet waits for its visitor to be linked again: so they are unlinked."""
    op.execute(
        "DELETE FROM links WHERE EXISTS (SELECT 1 FROM settlements AS s "
        "WHERE s.campaign_id = links.campaign_id AND s.visitor = links.visitor "
        "AND s.until_id IS NULL)"
    )
    op.drop_table("settlements")

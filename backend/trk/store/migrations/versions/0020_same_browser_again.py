"""Which browser has redeemed a ticket: if the answer is lost, that one may redeem it again. A page
with two campaigns brings one ticket to both, so it is unique in a campaign only."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tickets") as tickets:
        tickets.add_column(sa.Column("browser_hash", sa.Text, nullable=False, server_default=""))
        tickets.drop_constraint("uq_tickets_token_hash", type_="unique")
        tickets.create_unique_constraint(
            "uq_tickets_token_hash_campaign_id", ["token_hash", "campaign_id"]
        )


def downgrade() -> None:
    op.execute(
        "DELETE FROM tickets WHERE id NOT IN (SELECT MIN(id) FROM tickets GROUP BY token_hash)"
    )
    with op.batch_alter_table("tickets") as tickets:
        tickets.drop_constraint("uq_tickets_token_hash_campaign_id", type_="unique")
        tickets.create_unique_constraint("uq_tickets_token_hash", ["token_hash"])
        tickets.drop_column("browser_hash")

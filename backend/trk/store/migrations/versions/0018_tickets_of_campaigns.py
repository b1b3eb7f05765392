"""A click on a page with several campaigns brings the same ticket to each of them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ONE, EACH = ["token_hash"], ["campaign_id", "token_hash"]


def upgrade() -> None:
    with op.batch_alter_table("tickets") as tickets:
        tickets.drop_constraint("uq_tickets_token_hash", type_="unique")
        tickets.create_unique_constraint("uq_tickets_campaign_id_token_hash", EACH)


def downgrade() -> None:
    """Of tickets that several campaigns have, the first stays: they are good for a minute."""
    op.execute(
        sa.text(
            "DELETE FROM tickets WHERE id NOT IN "
            "(SELECT MIN(t.id) FROM tickets AS t GROUP BY t.token_hash)"
        )
    )
    with op.batch_alter_table("tickets") as tickets:
        tickets.drop_constraint("uq_tickets_campaign_id_token_hash", type_="unique")
        tickets.create_unique_constraint("uq_tickets_token_hash", ONE)

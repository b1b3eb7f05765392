"""Tracking names are compared with one i for the Turkish four, as core/campaign does."""

import unicodedata
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _fold_again(_fold)


def downgrade() -> None:
    _fold_again(_fold_before)


def _fold(name: str) -> str:
    folded = unicodedata.normalize("NFC", name.strip()).casefold()
    return unicodedata.normalize("NFC", folded.replace("\u0131", "i").replace("i\u0307", "i"))


def _fold_before(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _fold_again(fold: Callable[[str], str]) -> None:
    """Fold all names anew. Of two that were different so far, the younger keeps its old form."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT id, campaign_id, tracking_name, name_folded FROM actions "
            "WHERE deleted_at IS NULL ORDER BY id"
        )
    ).all()
    taken = {(row.campaign_id, row.name_folded) for row in rows}
    for row in rows:
        folded = fold(row.tracking_name)
        if (row.campaign_id, folded) not in taken:
            taken.add((row.campaign_id, folded))
            connection.execute(
                sa.text("UPDATE actions SET name_folded = :folded WHERE id = :id"),
                {"folded": folded, "id": row.id},
            )

"""Addresses are found by their lower case: folded, those of different domains (ß and ss) were one.

A server of the version before finds the few addresses with such letters again once it is upgraded.
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_PART = 1_000
_TABLES = {"entrants": "AND o.campaign_id = entrants.campaign_id", "owners": ""}


def upgrade() -> None:
    _find_by(str.casefold, str.lower)


def downgrade() -> None:
    _find_by(str.lower, str.casefold)


def _find_by(old: Callable[[str], str], new: Callable[[str], str]) -> None:
    """Find addresses by `new` that were found by `old`. Of two that become one, the second keeps
    what it has."""
    connection = op.get_bind()
    for table, beside in _TABLES.items():
        some = sa.text(
            f"SELECT id, email, email_folded FROM {table} WHERE id > :after ORDER BY id "
            f"LIMIT {_PART}"
        )
        change = sa.text(
            f"UPDATE {table} SET email_folded = :folded WHERE id = :id AND NOT EXISTS "
            f"(SELECT 1 FROM {table} AS o WHERE o.email_folded = :folded {beside})"
        )
        after = 0
        while rows := connection.execute(some, {"after": after}).all():
            for row in rows:
                if row.email_folded == old(row.email) != new(row.email):
                    connection.execute(change, {"folded": new(row.email), "id": row.id})
            after = rows[-1].id

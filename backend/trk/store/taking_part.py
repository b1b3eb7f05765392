"""Who takes part: whose entries are in the draw, and who gets a reward."""

from __future__ import annotations

TAKING_PART = "blocked_at IS NULL AND erased_at IS NULL"
"""SQL: this row of `entrants` is of somebody who is neither blocked nor erased; some indexes have
those only."""


def takes_part(entrant: str) -> str:
    """SQL: this entrant is not blocked, and has confirmed their e-mail where only those count."""
    return (
        f"({entrant}.blocked_at IS NULL AND ({entrant}.confirmed_at IS NOT NULL OR NOT EXISTS "
        f"(SELECT 1 FROM campaigns AS k WHERE k.id = {entrant}.campaign_id "
        "AND k.confirmed_only = 1)))"
    )


def left_out(campaign: str) -> str:
    """SQL: the ids of a campaign's entrants (SQL for its id) who do not take part, found by the
    indexes of those alone. Who was erased before a draw is blocked."""
    return (
        "SELECT e.id FROM entrants AS e "
        f"WHERE e.campaign_id = {campaign} AND e.blocked_at IS NOT NULL UNION ALL "
        "SELECT e.id FROM campaigns AS k JOIN entrants AS e ON e.campaign_id = k.id "
        "AND e.confirmed_at IS NULL AND e.blocked_at IS NULL AND e.erased_at IS NULL "
        f"WHERE k.id = {campaign} AND k.confirmed_only = 1"
    )

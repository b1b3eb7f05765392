"""Who takes part: whose entries are in the draw, and who gets a reward."""

from __future__ import annotations


def takes_part(entrant: str) -> str:
    """SQL: this entrant is not blocked, and has confirmed their e-mail where only those count."""
    return (
        f"({entrant}.blocked_at IS NULL AND ({entrant}.confirmed_at IS NOT NULL OR NOT EXISTS "
        f"(SELECT 1 FROM campaigns AS k WHERE k.id = {entrant}.campaign_id "
        "AND k.confirmed_only = 1)))"
    )

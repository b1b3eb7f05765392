"""What tests of deletion look at: what is left of everything."""

from __future__ import annotations

from tests.backend.stored import query
from trk.store.database import Database

KINDS = ("trackings", "completions", "entrants", "links", "entrant_sessions")


async def left(database: Database) -> dict[str, int]:
    """How many rows there are, of all campaigns."""
    return {
        kind: len(await query(database, f"SELECT 1 AS one FROM {kind}"))
        for kind in ("campaigns", *KINDS)
    }

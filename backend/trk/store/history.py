"""Which history the primary writes and how far it has come, so that a standby can be asked whether
it has all of it.

A position in the write-ahead log says nothing by itself: a primary that died may have written
further than its successor had read, and so may another standby. Where a history begins, with each
primary anew, it gets a name, in a row: who has the row has followed that primary.
"""

from __future__ import annotations

from typing import NamedTuple

from trk.store.program import Transaction, first

# There is no row before the first server has made it.
_ITS_NAME = "pg_control_system() AS c LEFT JOIN instance AS i ON true"


class Mark(NamedTuple):
    """A moment of the primary: the history's name (None while it has none), how the name begins,
    and the position up to which the log is safe. All that was acknowledged by then lies before it.
    """

    name: str | None
    begins: str
    position: int

    @property
    def is_named(self) -> bool:
        """Has the history a name of its own, and not the one of a primary before?"""
        return self.name is not None and self.name.startswith(self.begins)


class Reached(NamedTuple):
    """How far a standby has come in which history; None where it is no standby."""

    name: str | None
    cluster: int
    position: int | None


async def mark(tx: Transaction) -> Mark:
    """Where the primary is now."""
    found = await first(
        tx,
        Mark,
        "SELECT i.history AS name, w.position, "
        "c.system_identifier || '-' || left(pg_walfile_name(w.position), 8) || '-' AS begins "
        "FROM (SELECT pg_current_wal_flush_lsn() AS position) AS w "
        f"CROSS JOIN {_ITS_NAME}",
    )
    assert found is not None
    return found


async def name(tx: Transaction, begins: str, word: str) -> None:
    """Name the history, unless another server has; `word` is random, for two that both were
    promoted in place of the same primary give theirs the same number."""
    await tx.fetch(
        "UPDATE instance SET history = $1 || CAST($2 AS TEXT) "
        "WHERE history IS NULL OR strpos(history, $1) <> 1",
        begins,
        word,
    )


async def reached(tx: Transaction) -> Reached:
    """Where a standby is now."""
    found = await first(
        tx,
        Reached,
        "SELECT i.history AS name, c.system_identifier AS cluster, "
        f"pg_last_wal_replay_lsn() AS position FROM {_ITS_NAME}",
    )
    assert found is not None
    return found

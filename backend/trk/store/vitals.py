"""What the database knows about the server's health: waiting mails, and its own size."""

from __future__ import annotations

from typing import NamedTuple

from trk.store.program import Transaction, number


class Mails(NamedTuple):
    """How many mails wait, how many of these have failed before, and how many were given up."""

    waiting: int
    retrying: int
    given_up: int


async def mails(tx: Transaction) -> Mails:
    """The mails that are not sent. Those that were only written to the log, or withdrawn, are not
    given up."""
    [due] = await tx.fetch(
        "SELECT COUNT(*) AS waiting, COUNT(error) AS retrying FROM mails WHERE due_at IS NOT NULL"
    )
    [lost] = await tx.fetch(
        "SELECT COUNT(*) AS given_up FROM mails WHERE due_at IS NULL AND sent_at IS NULL "
        "AND error NOT LIKE 'No mail server%' AND error NOT LIKE 'It was withdrawn%'"
    )
    return Mails(due["waiting"], due["retrying"], lost["given_up"])


async def size(tx: Transaction, sqlite: bool) -> int:
    """The database's size in bytes (SQLite: without its write-ahead log)."""
    sql = (
        "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()"
        if sqlite
        else "SELECT pg_database_size(current_database()) AS n"
    )
    return await number(tx, sql)

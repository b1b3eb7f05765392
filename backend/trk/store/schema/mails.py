"""Mails that were written, and those that are to be sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, text

from trk.store.schema.base import RowId, metadata

# Mails to be sent. `topic` is what a mail is about, so that it is queued once; `due_at` is when it
# is to be tried (again), and empty once it was sent or given up.
mails = Table(
    "mails",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id")),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), index=True),
    Column("topic", Text, nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sent_at", BigInteger),
    Column("error", Text),
)
Index("ix_mails_campaign_id_id", mails.c.campaign_id, mails.c.id)
_due = text("due_at IS NOT NULL")
Index("ix_mails_due", mails.c.due_at, sqlite_where=_due, postgresql_where=_due)
_given_up = text("due_at IS NULL AND sent_at IS NULL")
Index("ix_mails_given_up", mails.c.queued_at, sqlite_where=_given_up, postgresql_where=_given_up)

"""Mails that were written, and those that are to be sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Text

from trk.store.schema.base import in_campaign, index_by_id, index_where, numbered

# Mails to be sent. `topic` is what a mail is about, so that it is queued once; `due_at` is when it
# is to be tried (again), and empty once it was sent or given up.
mails = numbered(
    "mails",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id")),
    Column("entrant_id", BigInteger, index=True),
    Column("topic", Text, nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sent_at", BigInteger),
    Column("error", Text),
    in_campaign("entrant_id", "entrants"),
)
index_by_id(mails)
index_where("due_at IS NOT NULL", "due", mails, "due_at")
index_where("due_at IS NULL AND sent_at IS NULL", "given_up", mails, "queued_at")

"""Endpoints that want to be told what happens, and what each was told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Text, UniqueConstraint

from trk.store.schema.base import (
    index_by_campaign,
    index_by_id,
    index_where,
    numbered_in_campaign,
)

# Where a campaign's owner wants to be told what happens; `events` are separated by spaces.
webhooks = numbered_in_campaign(
    "webhooks",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("off_at", BigInteger),
    Column("off_reason", Text),
)
index_by_campaign(webhooks)

# The webhooks' outbox: what is to be told, or was, to one endpoint each. `subject_id` is the
# completion's, entrant's or claim's id, or the win's n; the body is made of their rows when it is
# sent, so that nothing personal is here. The unique key decides that nothing is told twice. No
# foreign key: a webhook that is removed meanwhile must not undo the beacons that tell it something.
webhook_deliveries = numbered_in_campaign(
    "webhook_deliveries",
    Column("campaign_id", BigInteger, nullable=False),
    Column("webhook_id", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("entrant_id", BigInteger),
    Column("queued_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tried_at", BigInteger),
    Column("status", Integer),
    Column("error", Text),
    Column("delivered_at", BigInteger),
    UniqueConstraint("webhook_id", "type", "subject_id", "campaign_id"),
)
index_by_id(webhook_deliveries, "webhook_id")
index_where("due_at IS NOT NULL", "due", webhook_deliveries, "webhook_id", "due_at")

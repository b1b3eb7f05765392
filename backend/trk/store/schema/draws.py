"""Prizes, draws and winners."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from trk.store.schema.base import metadata, numbered

prizes = numbered(
    "prizes",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("winners", Integer, nullable=False),
)

# A draw, of which a campaign has one: its list is frozen with its seed, and the winners follow
# from both. `concluded_at` is when they were stored.
draws = numbered(
    "draws",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False, unique=True),
    Column("seed", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("digest", Text),
    Column("entrants", BigInteger),
    Column("entries", BigInteger),
    Column("concluded_at", BigInteger),
    # How many had entries and were left out of the list, since their e-mail was not confirmed.
    Column("unconfirmed", BigInteger),
)

draw_entries = Table(
    "draw_entries",
    metadata,
    Column("draw_id", BigInteger, ForeignKey("draws.id"), primary_key=True),
    Column("entrant_id", BigInteger, primary_key=True),
    Column("entries", BigInteger, nullable=False),
)

# The n-th win of a draw. A win that was taken back stays, with the reason; `replaces` is its n.
winners = Table(
    "winners",
    metadata,
    Column("draw_id", BigInteger, ForeignKey("draws.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("prize_id", BigInteger, ForeignKey("prizes.id"), nullable=False),
    Column("entrant_id", BigInteger, nullable=False),
    Column("replaces", Integer),
    Column("drawn_at", BigInteger, nullable=False),
    Column("taken_back_at", BigInteger),
    Column("reason", Text),
    UniqueConstraint("draw_id", "entrant_id"),
    UniqueConstraint("draw_id", "replaces"),
)

"""Prizes, how winners are to be drawn, the lists, draws and winners."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from trk.store.schema.base import in_campaign, index_by_id, metadata, numbered_in_campaign

prizes = numbered_in_campaign(
    "prizes",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("winners", Integer, nullable=False),
)
index_by_id(prizes, unique=True)

# How a campaign's winners are to be drawn (see core/proof.py), each with a secret of its own, which
# is published only with the draw.
draw_plans = Table(
    "draw_plans",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True),
    Column("secret", Text, nullable=False),
    Column("committed_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False, server_default="committed"),
    Column("source", Text, nullable=False, server_default=""),
    Column("settled_at", BigInteger, nullable=False),
)

# The n-th list that was fixed when a campaign had ended; one whose campaign was opened again does
# not count any more. The digest and the numbers are there once the list has been read.
fixed_lists = numbered_in_campaign(
    "fixed_lists",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("fixed_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger),
    # JSON: what there was to win.
    Column("prizes", Text, nullable=False),
    Column("digest", Text),
    Column("entrants", BigInteger),
    Column("entries", BigInteger),
    Column("taken_back", BigInteger),
    Column("unconfirmed", BigInteger),
    UniqueConstraint("campaign_id", "n"),
)
index_by_id(fixed_lists, unique=True)

fixed_entries = Table(
    "fixed_entries",
    metadata,
    Column("list_id", BigInteger, primary_key=True),
    Column("entrant_id", BigInteger, primary_key=True),
    Column("campaign_id", BigInteger, primary_key=True),
    Column("entries", BigInteger, nullable=False),
)

# A draw, of which a campaign has one: its list is frozen with its seed, and the winners follow
# from both. `concluded_at` is when they were stored.
draws = numbered_in_campaign(
    "draws",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), unique=True, nullable=False),
    Column("seed", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("digest", Text),
    Column("entrants", BigInteger),
    Column("entries", BigInteger),
    Column("concluded_at", BigInteger),
    # How many had entries and were left out of the list, since their e-mail was not confirmed.
    Column("unconfirmed", BigInteger),
    # Until then only owners see the winners.
    Column("announced_at", BigInteger),
    # What the owner writes to the winners; empty: our words.
    Column("mail_subject", Text),
    Column("mail_body", Text),
)
index_by_id(draws, unique=True)

# What a draw's seed was made of besides the secret; draws from before there were plans have none.
# The numbers and the changes (JSON) are there once the draw is concluded.
draw_proofs = Table(
    "draw_proofs",
    metadata,
    Column("draw_id", BigInteger, primary_key=True),
    Column("campaign_id", BigInteger, primary_key=True),
    Column("list_id", BigInteger, nullable=False),
    Column("value", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("taken_back", BigInteger),
    Column("unconfirmed", BigInteger),
    Column("changes", Text),
    in_campaign("draw_id", "draws"),
    in_campaign("list_id", "fixed_lists"),
)

draw_entries = Table(
    "draw_entries",
    metadata,
    Column("draw_id", BigInteger, primary_key=True),
    Column("entrant_id", BigInteger, primary_key=True),
    Column("campaign_id", BigInteger, primary_key=True),
    Column("entries", BigInteger, nullable=False),
)

# The n-th win of a draw. A win that was taken back stays, with the reason; `replaces` is its n.
winners = Table(
    "winners",
    metadata,
    Column("draw_id", BigInteger, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("campaign_id", BigInteger, primary_key=True),
    Column("prize_id", BigInteger, nullable=False),
    Column("entrant_id", BigInteger, nullable=False),
    Column("replaces", Integer),
    Column("drawn_at", BigInteger, nullable=False),
    Column("taken_back_at", BigInteger),
    Column("reason", Text),
    # When the mail to the winner was written, the hash of its link's token, and until when it is
    # good for accepting the prize.
    Column("told_at", BigInteger),
    Column("answer_hash", Text),
    Column("answer_by", BigInteger),
    Column("accepted_at", BigInteger),
    UniqueConstraint("draw_id", "entrant_id", "campaign_id"),
    UniqueConstraint("draw_id", "replaces", "campaign_id"),
    in_campaign("draw_id", "draws"),
    in_campaign("prize_id", "prizes"),
)

# Lists in the making: `entries` is the table to which they are copied, `id` the number that their
# draw or fixed list will have. `begun_at` is 0 once nobody may take one (see store/list_copies).
list_copies = Table(
    "list_copies",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True),
    Column("entries", Text, primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("begun_at", BigInteger, nullable=False),
)

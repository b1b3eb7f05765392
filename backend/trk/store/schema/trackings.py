"""What sites have reported, what was refused, and counts that are kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from trk.store.schema.base import index_by_id, index_where, metadata, numbered_in_campaign

# The log: one row per name/value pair of a beacon. `outcome` is what the beacon was answered and
# never changes; `settled` is what became of a waiting tracking when its visitor was linked, and of
# a late one when the owner let it count.
# The unique key begins with the beacon's id, which rises with time: new rows go to its end. The
# transaction that stores a tracking has read its campaign and action and keeps them from being
# deleted meanwhile, so foreign keys would only cost a look for each row.
trackings = numbered_in_campaign(
    "trackings",
    Column("campaign_id", BigInteger, nullable=False),
    Column("beacon", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text),
    Column("signature", Text),
    Column("happened_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("action_id", BigInteger),
    Column("entrant_id", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("refusal", Text),
    Column("settled", Text),
    # The site that reported it, by the browser's Origin (core/origin); none for a server's call.
    Column("origin_host", Text),
    # 1: counts for an entrant whose visitor may turn out to be another's (core/link).
    Column("provisional", Integer),
    # The source of the completion that it earns: `api`, `question` or `ill_know`; none: `tracking`.
    # Of answers, only those are here that repeat what counts provisionally.
    Column("source", Text),
    UniqueConstraint("beacon", "n", "campaign_id"),
)
index_by_id(trackings)
index_where("provisional = 1", "provisional", trackings, "campaign_id", "visitor")
index_where(
    "COALESCE(settled, outcome) = 'repeated'", "repeated", trackings, "entrant_id", "action_id"
)
index_where(
    "outcome = 'waiting' AND settled IS NULL", "waiting", trackings, "campaign_id", "visitor"
)

# What was refused without being a tracking: an xref token that links nobody.
refusals = numbered_in_campaign(
    "refusals",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("beacon", Text, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("origin_host", Text),
    UniqueConstraint("campaign_id", "beacon"),
)
index_by_id(refusals)

# How many bytes of names that no action has a campaign was sent on the latest such day of its time
# zone, kept or not (core/quota); `over_on` is the last day on which some were not kept.
unmatched_bytes = Table(
    "unmatched_bytes",
    metadata,
    Column(
        "campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    ),
    Column("day", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("over_on", Text),
)

# How many rows of a kind (trackings, completions, entrants, claims) a quarter of an hour has, since
# 1970, and the sum of their worth; `action_id` 0: of none. Quarter -1 is all time. See
# store/counters.
tallies = Table(
    "tallies",
    metadata,
    Column("campaign_id", BigInteger, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("quarter", BigInteger, primary_key=True),
    Column("action_id", BigInteger, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("worth", BigInteger, nullable=False),
)

# Up to which id the rows of a kind are in the tallies: one row for each kind.
tallied = Table(
    "tallied",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("up_to", BigInteger, nullable=False),
)

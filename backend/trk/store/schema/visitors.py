"""Visitors, and which entrant each of them is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from trk.store.schema.base import (
    in_campaign,
    index_by_campaign,
    index_by_id,
    index_to,
    index_where,
    metadata,
    numbered_in_campaign,
)

xrefs = numbered_in_campaign(
    "xrefs",
    Column("token_hash", Text, nullable=False),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("entrant_id", BigInteger, nullable=False, index=True),
    Column("action_id", BigInteger, nullable=False),
    Column("minted_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("visitor", Text),
    Column("used_at", BigInteger),
    # A browser that is another's for good, and brought the token nevertheless.
    Column("brought_by", Text),
    UniqueConstraint("token_hash", "campaign_id"),
    in_campaign("entrant_id", "entrants"),
    in_campaign("action_id", "actions"),
)
index_by_campaign(xrefs)
index_to(xrefs, "action_id")
# Few tokens were brought by anybody: a person's are found without looking through the others.
index_where("visitor IS NOT NULL", "visitor", xrefs, "campaign_id", "visitor")
index_where("brought_by IS NOT NULL", "brought_by", xrefs, "campaign_id", "brought_by")

# A link binds one visitor to one entrant; an entrant may have several visitors (browsers).
# `source` is `visit`, `xref`, or `browser` for a further id of a linked browser; `proof` is that of
# core/link.
links = numbered_in_campaign(
    "links",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("visitor", Text, nullable=False),
    Column("entrant_id", BigInteger, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("proof", Text, nullable=False, server_default="earlier"),
    UniqueConstraint("campaign_id", "visitor"),
    in_campaign("entrant_id", "entrants"),
)

# More waited of a visitor than was settled when they were linked (see store/settlements).
settlements = Table(
    "settlements",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True),
    Column("visitor", Text, primary_key=True),
    Column("before_id", BigInteger, primary_key=True),
    Column("until_id", BigInteger),
    Column("entrant_id", BigInteger, nullable=False),
    Column("provisional", Integer),
    Column("since", BigInteger, nullable=False),
)
index_to(settlements, "entrant_id")

# Two visitor ids of one browser, none of them linked yet; a row for each way to read the pair.
same_browsers = numbered_in_campaign(
    "same_browsers",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("visitor", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("told_at", BigInteger, nullable=False),
    UniqueConstraint("campaign_id", "visitor", "other"),
)
index_by_id(same_browsers)

# What a click on the site puts into the address of the campaign's page instead of the visitor's id.
# Its beacon may come again, so a ticket that was used is kept until that is over. A page with
# several campaigns brings one ticket to each.
tickets = numbered_in_campaign(
    "tickets",
    Column("token_hash", Text, nullable=False),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("visitor", Text, nullable=False, index=True),
    Column("arrived_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    # The browser that has redeemed it, by the hash of a secret in its cookie; none if empty.
    Column("browser_hash", Text, nullable=False, server_default=""),
    UniqueConstraint("campaign_id", "token_hash"),
)
index_by_id(tickets)

# A visitor to which another entrant wanted to be linked: a shared browser, shown to the owner.
shared_visitors = numbered_in_campaign(
    "shared_visitors",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("visitor", Text, nullable=False),
    Column("entrant_id", BigInteger, nullable=False, index=True),
    Column("seen_at", BigInteger, nullable=False),
    UniqueConstraint("campaign_id", "visitor", "entrant_id"),
    in_campaign("entrant_id", "entrants"),
)

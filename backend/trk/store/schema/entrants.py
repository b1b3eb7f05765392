"""Entrants, and the browsers in which they are known by a cookie."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from trk.store.schema.base import (
    in_campaign,
    index_by_id,
    index_where,
    metadata,
    numbered_in_campaign,
)
from trk.store.taking_part import TAKING_PART

entrants = numbered_in_campaign(
    "entrants",
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    # When another browser asked for the address first, before it was confirmed.
    Column("claimed_at", BigInteger),
    Column("blocked_at", BigInteger),
    Column("blocked_reason", Text),
    # Their name and e-mail are gone from then on; the number stays, for draws and totals.
    Column("erased_at", BigInteger),
    # Since when the owner allows them more than ten browsers.
    Column("many_browsers_at", BigInteger),
    # From which network they entered, as a keyed hash (core/network), and one spelling for all
    # addresses of their mailbox (core/mailbox). Both are erased with them.
    Column("network", Text),
    Column("mailbox", Text),
    # The hash of the secret of the browser in which they entered; erased with them.
    Column("browser_hash", Text, nullable=False, server_default=""),
    # In which they entered, and get their mails; empty for the campaign's own.
    Column("language", Text, nullable=False, server_default=""),
    UniqueConstraint("campaign_id", "email_folded"),
)
index_by_id(entrants, unique=True)
index_where("blocked_at IS NOT NULL", "blocked", entrants, "campaign_id")
# Of those who take part: to find who belongs together without reading all of them.
index_where(
    f"network IS NOT NULL AND {TAKING_PART}",
    "network",
    entrants,
    *("campaign_id", "network", "created_at"),
)
index_where(f"mailbox IS NOT NULL AND {TAKING_PART}", "mailbox", entrants, "campaign_id", "mailbox")
index_where("browser_hash <> ''", "browser", entrants, "campaign_id", "browser_hash")
index_where(f"confirmed_at IS NULL AND {TAKING_PART}", "unconfirmed", entrants, "campaign_id")

entrant_sessions = Table(
    "entrant_sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("campaign_id", BigInteger, primary_key=True),
    Column("entrant_id", BigInteger, nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    # At most a day old while it is used; it ends some time after that (store/entrant_sessions).
    Column("used_at", BigInteger, nullable=False, server_default="0", index=True),
    # The hash of the secret by which the browser is known again; empty if it is not.
    Column("browser_hash", Text, nullable=False, server_default="", index=True),
    # 1: opened on the campaign's own page, where the e-mail was typed: neither by a stranger's link
    # nor in a customer's page. Other campaigns may offer to enter as the same. 2: and a mailed link
    # was used in it, or in the one by which it was opened: the address is confirmed there, too.
    Column("typed", Integer, nullable=False, server_default="0"),
    in_campaign("entrant_id", "entrants"),
)

# Who has entered by the link of another entrant, once: whether that counts is in the completions.
referrals = Table(
    "referrals",
    metadata,
    Column("friend_id", BigInteger, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True, index=True),
    # Indexed for the foreign key, as that of unique values.
    Column("referrer_id", BigInteger, nullable=False, index=True),
    Column("made_at", BigInteger, nullable=False),
    in_campaign("friend_id", "entrants"),
    in_campaign("referrer_id", "entrants"),
)
# In the order in which all friends are counted anew.
Index(
    "ix_referrals_campaign_id_referrer_id_friend_id",
    referrals.c.campaign_id,
    referrals.c.referrer_id,
    referrals.c.friend_id,
)

# All friends of a campaign are counted anew, and it has come so far (see store/recounts).
recounts = Table(
    "recounts",
    metadata,
    Column(
        "campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    ),
    Column("since", BigInteger, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("referrer_id", BigInteger, nullable=False),
    Column("friend_id", BigInteger, nullable=False),
)

# The friends of an entrant who takes part again are counted (see store/readmissions).
readmissions = Table(
    "readmissions",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True),
    Column("referrer_id", BigInteger, primary_key=True),
    Column("blocked_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("friend_id", BigInteger, nullable=False),
)

# A link in a mail, by which an entrant opens a session in one more browser, once.
confirmations = Table(
    "confirmations",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("campaign_id", BigInteger, primary_key=True),
    Column("entrant_id", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    # The customer's page in which the mail was asked for, to lead back to it.
    Column("page", Text, nullable=False, server_default=""),
    # The browser in which it was asked for, as above.
    Column("browser_hash", Text, nullable=False, server_default=""),
    # 1: no link in a mail, but the way on from there, back into the customer's page.
    Column("hand_over", Integer, nullable=False, server_default="0"),
    in_campaign("entrant_id", "entrants"),
)

"""The current schema of both databases, in one readable place; the migrations lead to it.

Instants are milliseconds since 1970-01-01 UTC. Tables that grow with the traffic are laid out for
appending: their keys rise with time.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is declared INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("timezone", Text, nullable=False),
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("show_entries", Integer, nullable=False, server_default="1"),
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # How the script and the pages behave: consent first, Global Privacy Control as a refusal.
    Column("ask_consent", Integer, nullable=False, server_default="0"),
    Column("honour_gpc", Integer, nullable=False, server_default="0"),
    Column("accent", Text, nullable=False, server_default=""),
    Column("terms", Text, nullable=False, server_default=""),
    # Origins that may frame the campaign, separated by spaces as in a Content-Security-Policy.
    Column("allowed_origins", Text, nullable=False, server_default=""),
    # `reward_value` is the shared code or the address; own codes are in reward_codes.
    Column("reward_kind", Text, nullable=False, server_default="none"),
    Column("reward_value", Text, nullable=False, server_default=""),
    Column("reward_note", Text, nullable=False, server_default=""),
    Column("reward_after", Integer, nullable=False, server_default="1"),
    # The tab that ol.js puts into a page: what it says (empty: a word of ours) and where it is.
    Column("tab_text", Text, nullable=False, server_default=""),
    Column("tab_position", Text, nullable=False, server_default="right"),
    # One higher with every change: a form that was read before it is told so.
    Column("version", Integer, nullable=False, server_default="1"),
    # From then on nobody finds it, and what belongs to it is erased piece by piece.
    Column("deleted_at", BigInteger),
)

actions = Table(
    "actions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("url", Text, nullable=False, server_default=""),
    Column("tracking_name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("worth", Integer, nullable=False),
    Column("frequency", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("verification", Text, nullable=False, server_default="tracking"),
    Column("question", Text, nullable=False, server_default=""),
    Column("answer_pattern", Text, nullable=False, server_default=""),
    Column("unique_value", Integer, nullable=False, server_default="0"),
    Column("signed", Integer, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="1"),
    # From then on nobody finds it, and its completions are erased piece by piece.
    Column("deleted_at", BigInteger),
    UniqueConstraint("campaign_id", "name_folded"),
)

entrants = Table(
    "entrants",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    Column("blocked_at", BigInteger),
    Column("blocked_reason", Text),
    # Their name and e-mail are gone from then on; the number stays, for draws and totals.
    Column("erased_at", BigInteger),
    UniqueConstraint("campaign_id", "email_folded"),
)
Index("ix_entrants_campaign_id_id", entrants.c.campaign_id, entrants.c.id)
_blocked = text("blocked_at IS NOT NULL")
Index(
    "ix_entrants_blocked",
    entrants.c.campaign_id,
    sqlite_where=_blocked,
    postgresql_where=_blocked,
)

entrant_sessions = Table(
    "entrant_sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
)

# A link in a mail, by which an entrant opens a session in one more browser, once.
confirmations = Table(
    "confirmations",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    # The customer's page in which the mail was asked for, to lead back to it.
    Column("page", Text, nullable=False, server_default=""),
)

xrefs = Table(
    "xrefs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("action_id", BigInteger, ForeignKey("actions.id"), nullable=False, index=True),
    Column("minted_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("visitor", Text),
    Column("used_at", BigInteger),
)

# A link binds one visitor to one entrant; an entrant may have several visitors (browsers).
links = Table(
    "links",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("visitor", Text, nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    UniqueConstraint("campaign_id", "visitor"),
)

# A visitor that another entrant wanted to be linked to: a shared browser, which the owner is shown.
shared_visitors = Table(
    "shared_visitors",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("visitor", Text, nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("seen_at", BigInteger, nullable=False),
    UniqueConstraint("campaign_id", "visitor", "entrant_id"),
)

# The log: one row per name/value pair of a beacon. `outcome` is what the beacon was answered and
# never changes; `settled` is what became of a waiting tracking when its visitor was linked.
# The unique key begins with the beacon's id, which rises with time: new rows go to its end. The
# transaction that stores a tracking has read its campaign and action and keeps them from being
# deleted meanwhile, so foreign keys would only cost a look for each row.
trackings = Table(
    "trackings",
    metadata,
    Column("id", RowId, primary_key=True),
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
    UniqueConstraint("beacon", "n", "campaign_id"),
)
Index("ix_trackings_campaign_id_id", trackings.c.campaign_id, trackings.c.id)
_waits = text("outcome = 'waiting' AND settled IS NULL")
Index(
    "ix_trackings_waiting",
    trackings.c.campaign_id,
    trackings.c.visitor,
    sqlite_where=_waits,
    postgresql_where=_waits,
)

# An unlock: an entrant's action marked done. The unique key decides "exactly once" (a day).
completions = Table(
    "completions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False),
    Column("action_id", BigInteger, nullable=False),
    Column("day", Text, nullable=False),
    Column("worth", Integer, nullable=False),
    Column("details", Text),
    Column("source", Text, nullable=False),
    Column("tracking_id", BigInteger),
    Column("happened_at", BigInteger, nullable=False),
    Column("completed_at", BigInteger, nullable=False),
    Column("invalidated_at", BigInteger),
    Column("invalidated_reason", Text),
    UniqueConstraint("entrant_id", "action_id", "day"),
)
Index("ix_completions_campaign_id_id", completions.c.campaign_id, completions.c.id)
_invalidated = text("invalidated_at IS NOT NULL")
Index(
    "ix_completions_invalidated",
    completions.c.campaign_id,
    sqlite_where=_invalidated,
    postgresql_where=_invalidated,
)

# How many rows of a kind (trackings, completions, entrants) a quarter of an hour has, since 1970,
# and the sum of their worth; `action_id` 0: of none. Quarter -1 is all time. See store/tallies.
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

# What an owner took back or gave back, and why; of a completion or of an entrant.
corrections = Table(
    "corrections",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("completion_id", BigInteger),
    Column("entrant_id", BigInteger),
    Column("reason", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
Index("ix_corrections_campaign_id_id", corrections.c.campaign_id, corrections.c.id)

# Values that count for one entrant only. A value may be long: its hash is kept (core/unlock).
unique_values = Table(
    "unique_values",
    metadata,
    Column("action_id", BigInteger, ForeignKey("actions.id"), primary_key=True),
    Column("value_hash", Text, primary_key=True),
    # Indexed for the foreign key: else each entrant that is deleted would be looked for in all.
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, index=True),
    Column("used_at", BigInteger, nullable=False),
)

# A reward's own codes; `entrant_id` is who has got it, and stays.
reward_codes = Table(
    "reward_codes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("entrant_id", BigInteger, unique=True),
    UniqueConstraint("campaign_id", "code"),
)
_free = text("entrant_id IS NULL")
Index(
    "ix_reward_codes_free",
    reward_codes.c.campaign_id,
    reward_codes.c.id,
    sqlite_where=_free,
    postgresql_where=_free,
)

# What an entrant got, as it was then: an owner who changes the reward changes no claim.
claims = Table(
    "claims",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("entrant_id", BigInteger, ForeignKey("entrants.id"), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("claimed_at", BigInteger, nullable=False),
)
Index("ix_claims_campaign_id_id", claims.c.campaign_id, claims.c.id)

prizes = Table(
    "prizes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("winners", Integer, nullable=False),
)

# A draw, of which a campaign has one: its list is frozen with its seed, and the winners follow
# from both. `concluded_at` is when they were stored.
draws = Table(
    "draws",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False, unique=True),
    Column("seed", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("digest", Text),
    Column("entrants", BigInteger),
    Column("entries", BigInteger),
    Column("concluded_at", BigInteger),
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

# Where a campaign's owner wants to be told what happens; `events` are separated by spaces.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("off_at", BigInteger),
    Column("off_reason", Text),
)

# The webhooks' outbox: what is to be told, or was, to one endpoint each. `subject_id` is the
# completion's, entrant's or claim's id, or the win's n; the body is made of their rows when it is
# sent, so that nothing personal is here. The unique key decides that nothing is told twice. No
# foreign key: a webhook that is removed meanwhile must not undo the beacons that tell it something.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
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
    UniqueConstraint("webhook_id", "type", "subject_id"),
)
Index(
    "ix_webhook_deliveries_webhook_id_id",
    webhook_deliveries.c.webhook_id,
    webhook_deliveries.c.id,
)
Index(
    "ix_webhook_deliveries_due",
    webhook_deliveries.c.webhook_id,
    webhook_deliveries.c.due_at,
    sqlite_where=_due,
    postgresql_where=_due,
)

# What was refused without being a tracking: an xref token that links nobody.
refusals = Table(
    "refusals",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("beacon", Text, nullable=False),
    Column("visitor", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("origin_host", Text),
    UniqueConstraint("campaign_id", "beacon"),
)
Index("ix_refusals_campaign_id_id", refusals.c.campaign_id, refusals.c.id)

# What an immutable address gives: the script as it was when the address was made.
scripts = Table(
    "scripts",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True),
    Column("release", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("pinned_at", BigInteger, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    # Separated by spaces, as in core/access. `campaign_key`: good in that campaign only.
    Column("scopes", Text, nullable=False, server_default="read personal write beacons draw"),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("campaign_key", Text),
)

# What a call of the API with an Idempotency-Key was answered; no status until it is.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("token_id", BigInteger, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False, index=True),
    Column("status", Integer),
    Column("media_type", Text, nullable=False, server_default=""),
    Column("body", Text, nullable=False, server_default=""),
)

# One row, by which a server is known again: see store/instance.py.
instance = Table(
    "instance",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

# Who signs in to manage campaigns. `first` is 1 for the owner who was there first and empty for
# all others: of two who set the server up at once, the unique key lets one through.
owners = Table(
    "owners",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False, unique=True),
    # argon2id in its usual text form; empty while only a mailed link can set a new one.
    Column("password_hash", Text, nullable=False),
    Column("first", Integer, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

owner_sessions = Table(
    "owner_sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("owner_id", BigInteger, ForeignKey("owners.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# A link that is good once: to set the server up, to become an owner, to set a new password
# (`purpose`: setup, owner, password; the last is for `owner_id`).
invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("email", Text, nullable=False, server_default=""),
    Column("owner_id", BigInteger, ForeignKey("owners.id"), index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

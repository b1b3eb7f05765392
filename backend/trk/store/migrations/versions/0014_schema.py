"""The first schema, of version 0.2.0.

Revisions 0001 to 0013 were never released. Their numbers are not used again, so that a database at
one of them is recognised as older than this (see revisions.py).
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _instance()
    _owners()
    _api()
    _campaigns()
    _entrants()
    _visitors()
    _trackings()
    _completions()
    _rewards()
    _draws()
    _mails()
    _webhooks()


def _instance() -> None:
    op.create_table(
        "instance",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )


def _owners() -> None:
    op.create_table(
        "owners",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_folded", sa.Text, nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("first", sa.Integer, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False, server_default=""),
        sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("owners.id")),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
    )
    op.create_index("ix_invitations_owner_id", "invitations", ["owner_id"])
    op.create_table(
        "owner_sessions",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("owners.id"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_owner_sessions_owner_id", "owner_sessions", ["owner_id"])


def _api() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column(
            "scopes", sa.Text, nullable=False, server_default="read personal write beacons draw"
        ),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("campaign_key", sa.Text),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("token_id", sa.BigInteger, primary_key=True),
        sa.Column("idempotency_key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("media_type", sa.Text, nullable=False, server_default=""),
        sa.Column("body", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("ix_idempotency_keys_made_at", "idempotency_keys", ["made_at"])


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("starts_at", sa.BigInteger),
        sa.Column("ends_at", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("show_entries", sa.Integer, nullable=False, server_default="1"),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ask_consent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("honour_gpc", sa.Integer, nullable=False, server_default="0"),
        sa.Column("accent", sa.Text, nullable=False, server_default=""),
        sa.Column("terms", sa.Text, nullable=False, server_default=""),
        sa.Column("allowed_origins", sa.Text, nullable=False, server_default=""),
        sa.Column("reward_kind", sa.Text, nullable=False, server_default="none"),
        sa.Column("reward_value", sa.Text, nullable=False, server_default=""),
        sa.Column("reward_note", sa.Text, nullable=False, server_default=""),
        sa.Column("reward_after", sa.Integer, nullable=False, server_default="1"),
        sa.Column("tab_text", sa.Text, nullable=False, server_default=""),
        sa.Column("tab_position", sa.Text, nullable=False, server_default="right"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("deleted_at", sa.BigInteger),
    )
    op.create_table(
        "actions",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("url", sa.Text, nullable=False, server_default=""),
        sa.Column("tracking_name", sa.Text, nullable=False),
        sa.Column("name_folded", sa.Text, nullable=False),
        sa.Column("worth", sa.Integer, nullable=False),
        sa.Column("frequency", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("verification", sa.Text, nullable=False, server_default="tracking"),
        sa.Column("question", sa.Text, nullable=False, server_default=""),
        sa.Column("answer_pattern", sa.Text, nullable=False, server_default=""),
        sa.Column("unique_value", sa.Integer, nullable=False, server_default="0"),
        sa.Column("signed", sa.Integer, nullable=False, server_default="0"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("deleted_at", sa.BigInteger),
        sa.UniqueConstraint("campaign_id", "name_folded"),
    )
    op.create_table(
        "scripts",
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), primary_key=True),
        sa.Column("release", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("pinned_at", sa.BigInteger, nullable=False),
    )


def _entrants() -> None:
    op.create_table(
        "entrants",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_folded", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("blocked_at", sa.BigInteger),
        sa.Column("blocked_reason", sa.Text),
        sa.Column("erased_at", sa.BigInteger),
        sa.UniqueConstraint("campaign_id", "email_folded"),
    )
    _partial("ix_entrants_blocked", "entrants", ["campaign_id"], "blocked_at IS NOT NULL")
    op.create_index("ix_entrants_campaign_id_id", "entrants", ["campaign_id", "id"])
    op.create_table(
        "confirmations",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("page", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("ix_confirmations_entrant_id", "confirmations", ["entrant_id"])
    op.create_table(
        "entrant_sessions",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_entrant_sessions_entrant_id", "entrant_sessions", ["entrant_id"])


def _visitors() -> None:
    op.create_table(
        "links",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("campaign_id", "visitor"),
    )
    op.create_index("ix_links_entrant_id", "links", ["entrant_id"])
    op.create_table(
        "shared_visitors",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("campaign_id", "visitor", "entrant_id"),
    )
    op.create_index("ix_shared_visitors_entrant_id", "shared_visitors", ["entrant_id"])
    op.create_table(
        "xrefs",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False),
        sa.Column("action_id", sa.BigInteger, sa.ForeignKey("actions.id"), nullable=False),
        sa.Column("minted_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("visitor", sa.Text),
        sa.Column("used_at", sa.BigInteger),
    )
    op.create_index("ix_xrefs_action_id", "xrefs", ["action_id"])
    op.create_index("ix_xrefs_campaign_id", "xrefs", ["campaign_id"])
    op.create_index("ix_xrefs_entrant_id", "xrefs", ["entrant_id"])


def _trackings() -> None:
    tallied = op.create_table(
        "tallied",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("up_to", sa.BigInteger, nullable=False),
    )
    kinds = ("trackings", "completions", "entrants")
    op.bulk_insert(tallied, [{"kind": kind, "up_to": 0} for kind in kinds])
    op.create_table(
        "tallies",
        sa.Column("campaign_id", sa.BigInteger, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("quarter", sa.BigInteger, primary_key=True),
        sa.Column("action_id", sa.BigInteger, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("worth", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "trackings",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, nullable=False),
        sa.Column("beacon", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("signature", sa.Text),
        sa.Column("happened_at", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("action_id", sa.BigInteger),
        sa.Column("entrant_id", sa.BigInteger),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("refusal", sa.Text),
        sa.Column("settled", sa.Text),
        sa.Column("origin_host", sa.Text),
        sa.UniqueConstraint("beacon", "n", "campaign_id"),
    )
    op.create_index("ix_trackings_campaign_id_id", "trackings", ["campaign_id", "id"])
    _partial(
        "ix_trackings_waiting",
        "trackings",
        ["campaign_id", "visitor"],
        "outcome = 'waiting' AND settled IS NULL",
    )
    op.create_table(
        "refusals",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("beacon", sa.Text, nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("origin_host", sa.Text),
        sa.UniqueConstraint("campaign_id", "beacon"),
    )
    op.create_index("ix_refusals_campaign_id_id", "refusals", ["campaign_id", "id"])


def _completions() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("completion_id", sa.BigInteger),
        sa.Column("entrant_id", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_corrections_campaign_id_id", "corrections", ["campaign_id", "id"])
    op.create_table(
        "completions",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, nullable=False),
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False),
        sa.Column("action_id", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("worth", sa.Integer, nullable=False),
        sa.Column("details", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("tracking_id", sa.BigInteger),
        sa.Column("happened_at", sa.BigInteger, nullable=False),
        sa.Column("completed_at", sa.BigInteger, nullable=False),
        sa.Column("invalidated_at", sa.BigInteger),
        sa.Column("invalidated_reason", sa.Text),
        sa.UniqueConstraint("entrant_id", "action_id", "day"),
    )
    op.create_index("ix_completions_campaign_id_id", "completions", ["campaign_id", "id"])
    _partial(
        "ix_completions_invalidated", "completions", ["campaign_id"], "invalidated_at IS NOT NULL"
    )
    op.create_table(
        "unique_values",
        sa.Column("action_id", sa.BigInteger, sa.ForeignKey("actions.id"), primary_key=True),
        sa.Column("value_hash", sa.Text, primary_key=True),
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_unique_values_entrant_id", "unique_values", ["entrant_id"])


def _rewards() -> None:
    op.create_table(
        "code_stocks",
        sa.Column(
            "campaign_id",
            sa.BigInteger,
            sa.ForeignKey("campaigns.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("total", sa.Integer, nullable=False),
    )
    op.create_table(
        "reward_codes",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("entrant_id", sa.BigInteger, unique=True),
        sa.UniqueConstraint("campaign_id", "code"),
    )
    _partial("ix_reward_codes_free", "reward_codes", ["campaign_id", "id"], "entrant_id IS NULL")
    op.create_table(
        "claims",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column(
            "entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id"), nullable=False, unique=True
        ),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_claims_campaign_id_id", "claims", ["campaign_id", "id"])


def _draws() -> None:
    op.create_table(
        "draws",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column(
            "campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False, unique=True
        ),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text),
        sa.Column("entrants", sa.BigInteger),
        sa.Column("entries", sa.BigInteger),
        sa.Column("concluded_at", sa.BigInteger),
    )
    op.create_table(
        "prizes",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("winners", sa.Integer, nullable=False),
    )
    op.create_index("ix_prizes_campaign_id", "prizes", ["campaign_id"])
    op.create_table(
        "draw_entries",
        sa.Column("draw_id", sa.BigInteger, sa.ForeignKey("draws.id"), primary_key=True),
        sa.Column("entrant_id", sa.BigInteger, primary_key=True),
        sa.Column("entries", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "winners",
        sa.Column("draw_id", sa.BigInteger, sa.ForeignKey("draws.id"), primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("prize_id", sa.BigInteger, sa.ForeignKey("prizes.id"), nullable=False),
        sa.Column("entrant_id", sa.BigInteger, nullable=False),
        sa.Column("replaces", sa.Integer),
        sa.Column("drawn_at", sa.BigInteger, nullable=False),
        sa.Column("taken_back_at", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint("draw_id", "entrant_id"),
        sa.UniqueConstraint("draw_id", "replaces"),
    )


def _mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id")),
        sa.Column("entrant_id", sa.BigInteger, sa.ForeignKey("entrants.id")),
        sa.Column("topic", sa.Text, nullable=False, unique=True),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("queued_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("error", sa.Text),
    )
    op.create_index("ix_mails_campaign_id_id", "mails", ["campaign_id", "id"])
    _partial("ix_mails_due", "mails", ["due_at"], "due_at IS NOT NULL")
    op.create_index("ix_mails_entrant_id", "mails", ["entrant_id"])
    _partial("ix_mails_given_up", "mails", ["queued_at"], "due_at IS NULL AND sent_at IS NULL")


def _webhooks() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("webhook_id", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("entrant_id", sa.BigInteger),
        sa.Column("queued_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("delivered_at", sa.BigInteger),
        sa.UniqueConstraint("webhook_id", "type", "subject_id"),
    )
    _partial(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["webhook_id", "due_at"],
        "due_at IS NOT NULL",
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id_id", "webhook_deliveries", ["webhook_id", "id"]
    )
    op.create_table(
        "webhooks",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("off_at", sa.BigInteger),
        sa.Column("off_reason", sa.Text),
    )
    op.create_index("ix_webhooks_campaign_id", "webhooks", ["campaign_id"])


def _partial(name: str, table: str, columns: list[str], which: str) -> None:
    where = sa.text(which)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    tables = (
        "webhooks webhook_deliveries mails winners draw_entries prizes draws claims "
        "reward_codes code_stocks unique_values completions corrections refusals trackings "
        "tallies tallied xrefs shared_visitors links entrant_sessions confirmations "
        "entrants scripts actions campaigns idempotency_keys api_tokens owner_sessions "
        "invitations owners instance"
    )
    for table in tables.split():
        op.drop_table(table)
    for table in ("kept_draws", "kept_winners", "kept_ends"):  # by 0051's way back
        op.execute(f"DROP TABLE IF EXISTS {table}")

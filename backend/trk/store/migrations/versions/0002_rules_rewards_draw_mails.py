"""Rules, rewards, the draw and mails."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FREE = sa.text("entrant_id IS NULL")
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "draws",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("entrants", sa.BigInteger(), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=True),
        sa.Column("concluded_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_draws_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_draws_campaign_id")),
    )
    op.create_table(
        "prizes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("winners", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_prizes_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prizes")),
    )
    op.create_index(op.f("ix_prizes_campaign_id"), "prizes", ["campaign_id"], unique=False)
    op.create_table(
        "reward_codes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("entrant_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_reward_codes_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_codes")),
        sa.UniqueConstraint("campaign_id", "code", name=op.f("uq_reward_codes_campaign_id_code")),
        sa.UniqueConstraint("entrant_id", name=op.f("uq_reward_codes_entrant_id")),
    )
    op.create_index(
        "ix_reward_codes_free",
        "reward_codes",
        ["campaign_id", "id"],
        unique=False,
        sqlite_where=FREE,
        postgresql_where=FREE,
    )
    op.create_table(
        "claims",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("entrant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_claims_campaign_id")
        ),
        sa.ForeignKeyConstraint(["entrant_id"], ["entrants.id"], name=op.f("fk_claims_entrant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("entrant_id", name=op.f("uq_claims_entrant_id")),
    )
    op.create_index("ix_claims_campaign_id_id", "claims", ["campaign_id", "id"], unique=False)
    op.create_table(
        "draw_entries",
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("entrant_id", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_entries_draw_id")),
        sa.PrimaryKeyConstraint("draw_id", "entrant_id", name=op.f("pk_draw_entries")),
    )
    op.create_table(
        "mails",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("entrant_id", sa.BigInteger(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_mails_campaign_id")
        ),
        sa.ForeignKeyConstraint(["entrant_id"], ["entrants.id"], name=op.f("fk_mails_entrant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("topic", name=op.f("uq_mails_topic")),
    )
    op.create_index(op.f("ix_mails_campaign_id"), "mails", ["campaign_id"], unique=False)
    op.create_index(
        "ix_mails_due", "mails", ["due_at"], unique=False, sqlite_where=DUE, postgresql_where=DUE
    )
    op.create_index(op.f("ix_mails_entrant_id"), "mails", ["entrant_id"], unique=False)
    op.create_table(
        "shared_visitors",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("entrant_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_shared_visitors_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrants.id"], name=op.f("fk_shared_visitors_entrant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_visitors")),
        sa.UniqueConstraint(
            "campaign_id",
            "visitor",
            "entrant_id",
            name=op.f("uq_shared_visitors_campaign_id_visitor_entrant_id"),
        ),
    )
    op.create_index(
        op.f("ix_shared_visitors_entrant_id"), "shared_visitors", ["entrant_id"], unique=False
    )
    op.create_table(
        "unique_values",
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("value_hash", sa.Text(), nullable=False),
        sa.Column("entrant_id", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"], ["actions.id"], name=op.f("fk_unique_values_action_id")
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrants.id"], name=op.f("fk_unique_values_entrant_id")
        ),
        sa.PrimaryKeyConstraint("action_id", "value_hash", name=op.f("pk_unique_values")),
    )
    op.create_table(
        "winners",
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("prize_id", sa.BigInteger(), nullable=False),
        sa.Column("entrant_id", sa.BigInteger(), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_winners_draw_id")),
        sa.ForeignKeyConstraint(["prize_id"], ["prizes.id"], name=op.f("fk_winners_prize_id")),
        sa.PrimaryKeyConstraint("draw_id", "n", name=op.f("pk_winners")),
        sa.UniqueConstraint("draw_id", "entrant_id", name=op.f("uq_winners_draw_id_entrant_id")),
        sa.UniqueConstraint("draw_id", "replaces", name=op.f("uq_winners_draw_id_replaces")),
    )
    op.add_column(
        "actions", sa.Column("verification", sa.Text(), server_default="tracking", nullable=False)
    )
    op.add_column("actions", sa.Column("question", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "actions", sa.Column("answer_pattern", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "actions", sa.Column("unique_value", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("actions", sa.Column("signed", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "campaigns", sa.Column("ask_consent", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "campaigns", sa.Column("honour_gpc", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("campaigns", sa.Column("accent", sa.Text(), server_default="", nullable=False))
    op.add_column("campaigns", sa.Column("terms", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "campaigns", sa.Column("allowed_origins", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "campaigns", sa.Column("reward_kind", sa.Text(), server_default="none", nullable=False)
    )
    op.add_column(
        "campaigns", sa.Column("reward_value", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "campaigns", sa.Column("reward_note", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "campaigns", sa.Column("reward_after", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column("completions", sa.Column("invalidated_at", sa.BigInteger(), nullable=True))
    op.add_column("completions", sa.Column("invalidated_reason", sa.Text(), nullable=True))
    op.add_column("entrants", sa.Column("confirmed_at", sa.BigInteger(), nullable=True))
    op.add_column("entrants", sa.Column("blocked_at", sa.BigInteger(), nullable=True))
    op.add_column("entrants", sa.Column("blocked_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("entrants", "blocked_reason")
    op.drop_column("entrants", "blocked_at")
    op.drop_column("entrants", "confirmed_at")
    op.drop_column("completions", "invalidated_reason")
    op.drop_column("completions", "invalidated_at")
    op.drop_column("campaigns", "reward_after")
    op.drop_column("campaigns", "reward_note")
    op.drop_column("campaigns", "reward_value")
    op.drop_column("campaigns", "reward_kind")
    op.drop_column("campaigns", "allowed_origins")
    op.drop_column("campaigns", "terms")
    op.drop_column("campaigns", "accent")
    op.drop_column("campaigns", "honour_gpc")
    op.drop_column("campaigns", "ask_consent")
    op.drop_column("actions", "signed")
    op.drop_column("actions", "unique_value")
    op.drop_column("actions", "answer_pattern")
    op.drop_column("actions", "question")
    op.drop_column("actions", "verification")
    op.drop_table("winners")
    op.drop_table("unique_values")
    op.drop_table("shared_visitors")
    op.drop_table("mails")
    op.drop_table("draw_entries")
    op.drop_table("claims")
    op.drop_table("reward_codes")
    op.drop_table("prizes")
    op.drop_table("draws")

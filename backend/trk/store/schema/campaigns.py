"""Campaigns, their actions, and their scripts at addresses that never change."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from trk.store.schema.base import index_by_id, metadata, numbered, numbered_in_campaign

campaigns = numbered(
    "campaigns",
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("timezone", Text, nullable=False),
    # Tags such as `en de`: those of the pages and mails, the campaign's own first.
    Column("languages", Text, nullable=False, server_default="en"),
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("closed_at", BigInteger),
    # Empty: a draft. `preview_token` lets whoever has it see the draft.
    Column("published_at", BigInteger),
    Column("preview_token", Text),
    Column("show_entries", Integer, nullable=False, server_default="1"),
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # How the script and the pages behave: consent first, Global Privacy Control as a refusal.
    Column("ask_consent", Integer, nullable=False, server_default="0"),
    Column("honour_gpc", Integer, nullable=False, server_default="0"),
    # 1: who has not confirmed their e-mail is in no draw, and gets no reward yet.
    Column("confirmed_only", Integer, nullable=False, server_default="0"),
    # How the page looks: see core/look.
    Column("accent", Text, nullable=False, server_default=""),
    Column("background", Text, nullable=False, server_default=""),
    Column("scheme", Text, nullable=False, server_default="both"),
    Column("corners", Text, nullable=False, server_default="rounded"),
    Column("font", Text, nullable=False, server_default="system"),
    Column("css", Text, nullable=False, server_default=""),
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
    # Rises by one with every change, so that a form that was read before it is noticed.
    Column("version", Integer, nullable=False, server_default="1"),
    # When owners were told that it is over; empty again once it is open again.
    Column("end_told_at", BigInteger),
    # From then on nobody finds it, and what belongs to it is erased little by little.
    Column("deleted_at", BigInteger),
)

actions = numbered_in_campaign(
    "actions",
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
    Column("friends", Integer, nullable=False, server_default="5"),
    Column("icon", Text, nullable=False, server_default="auto"),
    Column("version", Integer, nullable=False, server_default="1"),
    # From then on nobody finds it, and its completions are erased little by little.
    Column("deleted_at", BigInteger),
    UniqueConstraint("campaign_id", "name_folded"),
)
index_by_id(actions, unique=True)

# What an immutable address serves: the script as it was when the address was made.
scripts = Table(
    "scripts",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), primary_key=True),
    Column("release", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("pinned_at", BigInteger, nullable=False),
)

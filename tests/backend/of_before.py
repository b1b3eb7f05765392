"""What the version before the keys of campaigns stored, by its own statements, as a server of that
version still does on PostgreSQL during an upgrade."""

from __future__ import annotations

from sqlalchemy import Connection, text

BEFORE = "0190"
"""The revision of its schema."""

FIRST = (
    "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
    "VALUES (4, 'y2sB7', 'Win', 'win', 'competition', 'UTC', 's', 1)",
    "INSERT INTO actions (id, campaign_id, position, title, tracking_name, name_folded, worth, "
    "frequency, created_at) VALUES (5, 4, 1, 'Buy', 'Purchase', 'purchase', 1, 'once', 1)",
    "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
    "VALUES (6, 4, 'Ann', 'a@b.test', 'a@b.test', 1)",
    "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
    "VALUES (7, 4, 'Bob', 'b@b.test', 'b@b.test', 1)",
    "INSERT INTO fields (id, campaign_id, position, kind, label) VALUES (8, 4, 1, 'text', 'Size')",
    "INSERT INTO prizes (id, campaign_id, position, title, winners) VALUES (9, 4, 1, 'Bike', 1)",
    "INSERT INTO pictures (id, campaign_id, place, hash, alt, created_at) "
    "VALUES (10, 4, 'logo', 'h', '', 1)",
    "INSERT INTO webhooks (id, campaign_id, url, events, secret, created_at) "
    "VALUES (11, 4, 'https://x.test', 'action.completed', 's', 1)",
    "INSERT INTO fixed_lists (id, campaign_id, n, ended_at, fixed_at, prizes) "
    "VALUES (12, 4, 0, 1, 1, '[]')",
    "INSERT INTO draws (id, campaign_id, seed, made_at) VALUES (13, 4, 's', 1)",
)
"""Rows to which others belong."""

BEGUN = (
    "INSERT INTO fixed_lists (id, n, ended_at, fixed_at, prizes) VALUES (14, 0, 0, 1, '[]')",
    "INSERT INTO draws (id, seed, made_at) VALUES (15, '', 1)",
)
"""Long lists in the making, which are no campaign's yet."""

UNNAMED = {
    "confirmations": "(token_hash, entrant_id, expires_at) VALUES ('{n}', 6, 1)",
    "draw_entries": "(draw_id, entrant_id, entries) VALUES (13, {n}, 1)",
    "draw_proofs": "(draw_id, list_id, value, signature) VALUES (13, 12, '', '')",
    "entrant_sessions": "(token_hash, entrant_id, created_at) VALUES ('{n}', 6, 1)",
    "field_answers": "(entrant_id, field_id, value) VALUES ({n}, 8, 'L')",
    "fixed_entries": "(list_id, entrant_id, entries) VALUES (12, {n}, 1)",
    "picture_files": "(picture_id, width, height, content) VALUES (10, {n}, 1, '')",
    "unique_values": "(action_id, value_hash, entrant_id, used_at) VALUES (5, '{n}', 6, 1)",
    "webhook_deliveries": "(webhook_id, type, subject_id, entrant_id, queued_at) "
    "VALUES (11, 'action.completed', {n}, 6, 1)",
    "winners": "(draw_id, n, prize_id, entrant_id, drawn_at) VALUES (13, {n}, 9, {n}, 1)",
}
"""What is inserted without the campaign, by table; `n` is 6 or 7, an entrant or what is unique."""

COPIED = {
    "draw_entries": "(draw_id, entrant_id, entries) VALUES (15, 6, 1)",
    "fixed_entries": "(list_id, entrant_id, entries) VALUES (14, 6, 1)",
}
"""What is copied to those."""

LOST = {
    "webhook_deliveries": "(webhook_id, type, subject_id, entrant_id, queued_at) "
    "VALUES (99, 'action.completed', 8, 6, 1)",
}
"""What is inserted without the campaign of a webhook that was just removed."""


def insert(connection: Connection, rows: dict[str, str], n: int) -> None:
    """Insert one of each of these."""
    for table, values in rows.items():
        connection.execute(text(f"INSERT INTO {table} {values.format(n=n)}"))


def campaigns(connection: Connection) -> dict[str, list[int | None]]:
    """The campaigns of all rows that are inserted without, by table."""
    return {
        table: list(
            connection.execute(
                text(f"SELECT campaign_id FROM {table} ORDER BY campaign_id")
            ).scalars()
        )
        for table in UNNAMED
    }

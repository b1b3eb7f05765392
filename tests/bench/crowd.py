"""A campaign with millions of entrants and what each leaves, written by the database itself."""

from __future__ import annotations

import sys

from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.keys import token_hash
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import counters, owners
from trk.store.database import Database
from trk.store.migrate import migrate
from trk.store.program import Transaction, select

KEY, OTHER, SESSION = "large", "other", "a session of the bench's owner"
_DAYS = 40
"""Over how many days, up to now, the rows are spread."""
_BATCH = 50_000
"""How many rows of each table are written in one transaction, which may take seconds only."""


async def fill(url: str, rows: int) -> None:
    """Make the database at `url`: an owner, the campaign KEY with so many rows, and OTHER."""
    say(f"filling {rows:,} rows")
    await migrate(url)
    database = Database(url, readers=1)
    await database.open()
    campaign = await database.write(make_campaign, CampaignDraft("Large", key=KEY))
    await database.write(make_action, campaign, ActionDraft("Visit", "Visit", frequency="daily"))
    other = await database.write(make_campaign, CampaignDraft("Other", key=OTHER))
    await database.write(make_action, other, ActionDraft("Visit", "Visit"))
    first_at = now_ms() - _DAYS * 86_400_000
    for first in range(1, rows + 1, _BATCH):
        last = min(first + _BATCH - 1, rows)
        await database.write(_insert, campaign, first, last, first_at, _DAYS * 86_400_000 // rows)
        say(f"{last:,} of {rows:,} rows")
    await database.write(select, f"INSERT INTO code_stocks VALUES (1, {rows})")
    for kind in counters.KINDS:
        while await database.write(counters.fold, kind, rows):
            pass
    if not database.sqlite:
        await database.write(_settle)

    await database.write(
        owners.add,
        name="Ann",
        email="ann@example.org",
        password_hash="",
        first=True,
        session_hash=token_hash(SESSION),
        now=now_ms(),
    )
    await database.close()


async def _settle(tx: Transaction) -> None:
    """What PostgreSQL does not know of rows whose numbers were given: the next number, and more."""
    for table in ("entrants", "completions", "trackings", "claims", "reward_codes"):
        await tx.fetch(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"
        )
    await tx.fetch("ANALYZE")


async def _insert(
    tx: Transaction, campaign: Campaign, first: int, last: int, at: int, step: int
) -> None:
    """Entrants `first` to `last`, each with a browser and a session, who did the action once."""
    numbers = (
        "WITH RECURSIVE numbers(n) AS (SELECT CAST($2 AS BIGINT) UNION ALL "
        "SELECT n + 1 FROM numbers WHERE n < $3) "
    )
    when = "CAST($4 AS BIGINT) + n * CAST($5 AS BIGINT)"
    for table, columns, values in (
        (
            "entrants",
            "id, campaign_id, name, email, email_folded, created_at",
            f"n, $1, 'Entrant ' || n, n || '@example.org', n || '@example.org', {when}",
        ),
        (
            "entrant_sessions",
            "campaign_id, token_hash, entrant_id, created_at, used_at",
            f"$1, CAST($1 AS BIGINT) || 'h' || (1000000000 + n), n, {when}, {now_ms()}",
        ),
        (
            "links",
            "campaign_id, visitor, entrant_id, source, made_at",
            f"$1, 'visitor-' || (1000000000 + n), n, 'visit', {when}",
        ),
        (
            "xrefs",
            "token_hash, campaign_id, entrant_id, action_id, minted_at, expires_at",
            f"'x' || (1000000000 + n), $1, n, 1, {when}, {when}",
        ),
        (
            "completions",
            "id, campaign_id, entrant_id, action_id, day, worth, details, source, happened_at, "
            "completed_at",
            f"n, $1, n, 1, '', 1, 'order-' || n, 'tracking', {when}, {when}",
        ),
        (
            "claims",
            "id, campaign_id, entrant_id, kind, value, claimed_at",
            f"n, $1, n, 'codes', 'CODE-' || n, {when}",
        ),
        (
            "reward_codes",
            "id, campaign_id, code, entrant_id",
            # PostgreSQL wants every argument to be used.
            f"n, $1, 'CODE-' || n, CASE WHEN {when} > 0 THEN n END",
        ),
        (
            "trackings",
            "id, campaign_id, beacon, n, visitor, name, value, happened_at, received_at, "
            "action_id, entrant_id, outcome",
            "n, $1, 'b' || (1000000000 + n), 0, 'visitor-' || (1000000000 + n), "
            f"CASE n % 3 WHEN 0 THEN 'Typo' ELSE 'Visit' END, 'order-' || n, {when}, {when}, "
            "CASE n % 3 WHEN 0 THEN NULL ELSE 1 END, n, "
            "CASE n % 3 WHEN 0 THEN 'unmatched' ELSE 'unlocked' END",
        ),
    ):
        chosen = values.replace("$1,", "CAST($1 AS BIGINT),")
        await tx.fetch(
            f"INSERT INTO {table} ({columns}) {numbers} SELECT {chosen} FROM numbers",
            campaign.id,
            first,
            last,
            at,
            step,
        )


def say(text: str) -> None:
    """Tell who waits how far it is."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

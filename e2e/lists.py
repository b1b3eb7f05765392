"""Lists with many rows, for tests of the owner's pages: written into the database by SQL, as if
entrants had been busy for a day."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from e2e.owning import OwnersServer

NAMES = ("Ada Archer", "Bartholomäus Freiherr von und zu Hohenstein", "Chloé", "W" * 80)
MAIL = "a-person-with-a-long-address@some-longer-mail-provider.example"
NOON = 1_790_000_000_000
"""When the first of them came (ms); each other one a minute later."""


def fill(server: OwnersServer, rows: int) -> None:
    """Give the first campaign, which becomes one with codes as a reward, so many entrants. Each has
    an entry (every seventh was invalidated), a claim and the tracking that earned it; every
    eleventh is blocked. The texts are long. There are twice as many codes."""
    file = server.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, timeout=30)) as connection, connection:
        connection.execute("UPDATE campaigns SET kind = 'reward', reward_kind = 'codes'")
        [action] = connection.execute("SELECT id FROM actions ORDER BY id LIMIT 1").fetchone()
        connection.execute("INSERT INTO code_uploads VALUES (1, 1, 'spring codes.csv', ?)", (NOON,))
        connection.execute("INSERT INTO code_stocks VALUES (1, ?)", (2 * rows,))
        for n in range(1, rows + 1):
            email, at, code = f"{n}.{MAIL}", NOON + n * 60_000, f"SPRING-{n:05d}"
            off = (at, "Several entries from one computer within a few seconds")
            blocked = off if n % 11 == 0 else (None, None)
            invalidated = off if n % 7 == 0 else (None, None)
            connection.execute(
                "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at, "
                "blocked_at, blocked_reason) VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
                (n, f"{NAMES[n % 4]} {n}", email, email, at, *blocked),
            )
            connection.execute(
                "INSERT INTO trackings (id, campaign_id, beacon, n, visitor, name, value, "
                "happened_at, received_at, action_id, entrant_id, outcome, origin_host) "
                "VALUES (?, 1, ?, 0, ?, 'Visit', ?, ?, ?, ?, ?, 'unlocked', ?)",
                (n, f"b{n:09d}", f"{n:032x}", email, at, at, action, n, "www.shop.example"),
            )
            connection.execute(
                "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, details, "
                "source, tracking_id, happened_at, completed_at, invalidated_at, "
                "invalidated_reason) VALUES (1, ?, ?, '', 1, ?, 'tracking', ?, ?, ?, ?, ?)",
                (n, action, email, n, at, at, *invalidated),
            )
            connection.execute(
                "INSERT INTO claims (campaign_id, entrant_id, kind, value, claimed_at) "
                "VALUES (1, ?, 'codes', ?, ?)",
                (n, code, at),
            )
            connection.execute(
                "INSERT INTO reward_codes (campaign_id, code, entrant_id, upload_id) "
                "VALUES (1, ?, ?, 1), (1, ?, NULL, 1)",
                (code, n, f"SUMMER-{n:05d}"),
            )

"""Prints how long a page of each list takes in short and in long lists.

`python -m tests.bench.lists [--sqlite ROWS…] [--postgresql ROWS…]`. The rows are written by the
database itself; each time is the median of some pages from the middle and from the end.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from tests.postgres import private_server
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import completions, entrants, trackings
from trk.store.database import Database
from trk.store.migrate import migrate
from trk.store.pages import Page, Span
from trk.store.program import Transaction

FIRST = 1_790_000_000_000
"""When the first row was stored (ms); each is a tenth of a second after the one before."""
_BATCH = 500_000

Look = Callable[[Transaction, Campaign, Span], Coroutine[Any, Any, Page[Any]]]
LOOKS: dict[str, Look] = {
    "trackings": trackings.listed,
    "trackings, a name that every second has": lambda tx, c, s: trackings.listed(
        tx, c, s, trackings.TrackingFilter(name="Visit")
    ),
    "trackings, a text that none has (20,000 looked at)": lambda tx, c, s: trackings.listed(
        tx, c, s, trackings.TrackingFilter(search="nowhere")
    ),
    "trackings, an hour": lambda tx, c, s: trackings.listed(
        tx, c, replace(s, after=None, since=FIRST + 40_000, until=FIRST + 3_640_000)
    ),
    "completions": completions.listed,
    "completions of one e-mail": lambda tx, c, s: completions.listed(
        tx, c, replace(s, after=None), completions.CompletionFilter(search="500@example.org")
    ),
    "completions, a name that is rare": lambda tx, c, s: completions.listed(
        tx, c, s, completions.CompletionFilter(search="nobody")
    ),
    "entrants": entrants.listed,
}


def main() -> None:
    """Fill, look, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlite", type=int, nargs="*", default=[1_000, 1_000_000, 10_000_000])
    parser.add_argument("--postgresql", type=int, nargs="*", default=[1_000, 1_000_000])
    options = parser.parse_args()
    columns: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, private_server() as postgres:
        for rows in options.sqlite:
            url = f"sqlite:///{folder}/{rows}.db"
            columns[f"SQLite, {rows:,}"] = asyncio.run(_measure(url, rows))
        for rows in options.postgresql:
            url = postgres.create(f"lists{rows}")
            columns[f"PostgreSQL, {rows:,}"] = asyncio.run(_measure(url, rows))
    print(f"| a page of 100, milliseconds | {' | '.join(columns)} |")
    print(f"| --- |{' ---: |' * len(columns)}")
    for title in LOOKS:
        print(f"| {title} | {' | '.join(f'{times[title]:.1f}' for times in columns.values())} |")


async def _measure(url: str, rows: int) -> dict[str, float]:
    await migrate(url)
    database = Database(url, readers=1)
    await database.open()
    try:
        campaign = await database.write(make_campaign, CampaignDraft("Bench"))
        await database.write(
            make_action, campaign, ActionDraft("Visit", "Visit", frequency="daily")
        )
        for first in range(1, rows + 1, _BATCH):
            await database.write(_fill, campaign, first, min(first + _BATCH - 1, rows))
        if url.startswith("postgresql"):
            await database.write(_analyze)
        return {
            title: await _median(database, campaign, look, rows) for title, look in LOOKS.items()
        }
    finally:
        await database.close()


async def _median(database: Database, campaign: Campaign, look: Look, rows: int) -> float:
    taken = []
    starts: Sequence[int | None] = [None, rows // 2, rows - rows // 10]
    for newest_first in (False, True):
        for after in starts:
            for _ in range(3):
                began = time.perf_counter()
                await database.read(look, campaign, Span(after=after, newest_first=newest_first))
                taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


async def _analyze(tx: Transaction) -> None:
    await tx.fetch("ANALYZE")


async def _fill(tx: Transaction, campaign: Campaign, first: int, last: int) -> None:
    """Rows `first` to `last` of each list: an entrant each, who did the action once."""
    numbers = (
        "WITH RECURSIVE numbers(n) AS (SELECT CAST($2 AS BIGINT) UNION ALL "
        "SELECT n + 1 FROM numbers WHERE n < $3) "
    )
    args = (campaign.id, first, last, FIRST)
    await tx.fetch(
        "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
        f"{numbers} SELECT n, CAST($1 AS BIGINT), 'Entrant ' || n, n || '@example.org', "
        "n || '@example.org', CAST($4 AS BIGINT) + n * 100 FROM numbers",
        *args,
    )
    await tx.fetch(
        "INSERT INTO completions (id, campaign_id, entrant_id, action_id, day, worth, details, "
        f"source, happened_at, completed_at) {numbers} SELECT n, CAST($1 AS BIGINT), n, 1, '', 1, "
        "'order-' || n, 'tracking', CAST($4 AS BIGINT) + n * 100, CAST($4 AS BIGINT) + n * 100 "
        "FROM numbers",
        *args,
    )
    await tx.fetch(
        "INSERT INTO trackings (id, campaign_id, beacon, n, visitor, name, value, happened_at, "
        f"received_at, action_id, outcome) {numbers} SELECT n, CAST($1 AS BIGINT), 'b' || "
        "(1000000000 + n), 0, '0123456789abcdef0123456789abcdef', CASE n % 2 WHEN 0 THEN 'Visit' "
        "ELSE 'Other' END, 'order-' || n, CAST($4 AS BIGINT) + n * 100, "
        "CAST($4 AS BIGINT) + n * 100, 1, 'repeated' FROM numbers",
        *args,
    )


if __name__ == "__main__":
    main()

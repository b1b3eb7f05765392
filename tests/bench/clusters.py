"""Prints what looking at clusters and leaving them out costs: `python -m tests.bench.clusters [N]`.

N entrants, on both databases: two of five share a network with one or more others, one network has
316 and one has N / 20; as many share mailboxes, and one in fifty a browser with the one before.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from tests.postgres import private_server
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import clusters, draws, entrants, leaving_out
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.entrants import EntrantFilter
from trk.store.migrate import migrate
from trk.store.pages import Span
from trk.store.program import Transaction

NOW = 1_790_000_000_000


def main() -> None:
    """Fill, look, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(f"sqlite:///{folder}/trk.db", count))
    with private_server(durable=True) as server:
        asyncio.run(_measure(server.create("clusters"), count))


async def _measure(url: str, count: int) -> None:
    await migrate(url)
    database = Database(url, readers=1)
    await database.open()
    campaign = await database.write(make_campaign, CampaignDraft("Large", confirmed_only=True))
    await database.write(make_action, campaign, ActionDraft("Visit", "Visit"))
    await database.write(_fill, campaign, count)
    print(f"\n{count:,} entrants, {'SQLite' if database.sqlite else 'PostgreSQL'}")
    await _timed("who takes part", lambda: database.read(clusters.part, campaign))
    for kind in clusters.KINDS:
        look = partial(database.read, clusters.of_campaign, campaign, kind)
        found = await _timed(f"clusters by {kind}", look)
        print(f"    {found.entrants:,} in {found.number:,}, of {found.biggest[0].size:,} at most")
    span = Span(limit=50, newest_first=True)
    for name, which in {
        "a page of entrants": EntrantFilter(),
        "of those who share a network": EntrantFilter(shares="network"),
        "of those who share a browser": EntrantFilter(shares="browser"),
        "of the biggest cluster": EntrantFilter(shares="network", around=1),
        "of the unconfirmed": EntrantFilter(confirmed=False),
    }.items():
        await _timed(name, partial(database.read, entrants.listed, campaign, span, which))
    await _timed("freezing a draw's list", lambda: database.write(draws.freeze, campaign, "s", NOW))
    await _timed(
        "leaving out all but one of the biggest",
        lambda: database.write(leaving_out.all_but_one, campaign, "network", 1, Cause("One.", NOW)),
    )
    await _timed(
        "leaving out all who are unconfirmed",
        lambda: database.write(leaving_out.unconfirmed, campaign, Cause("None.", NOW + 1)),
    )
    await _timed("those left out together", lambda: database.read(leaving_out.groups, campaign))
    await _timed(
        "taking that back",
        lambda: database.write(leaving_out.take_back, campaign, NOW + 1, Cause("No.", NOW + 2)),
    )
    await database.close()


async def _timed(name: str, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    began = time.perf_counter()
    result = await work()
    print(f"  {name}: {1000 * (time.perf_counter() - began):.0f} ms")
    return result


async def _fill(tx: Transaction, campaign: Campaign, count: int) -> None:
    numbers = (
        "WITH RECURSIVE numbers(n) AS (SELECT CAST($2 AS BIGINT) UNION ALL "
        "SELECT n + 1 FROM numbers WHERE n < $3) "
    )
    shared = (
        f"CASE WHEN n % 20 = 1 THEN 'big' WHEN n <= 632 AND n % 2 = 0 THEN 'one person' "
        f"WHEN n % 5 < 2 THEN 'shared ' || (n * 7919 % {count // 4}) ELSE 'own ' || n END"
    )
    for table, columns, values in (
        (
            "entrants",
            "id, campaign_id, name, email, email_folded, created_at, confirmed_at, "
            "network, mailbox",
            "n, CAST($1 AS BIGINT), 'Entrant ' || n, n || '@example.org', n || '@example.org', "
            f"{NOW} + n, CASE WHEN n % 3 = 0 THEN NULL ELSE {NOW} + n END, {shared}, {shared}",
        ),
        (
            "links",
            "campaign_id, visitor, entrant_id, source, made_at",
            f"CAST($1 AS BIGINT), CAST(n AS TEXT), n, 'visit', {NOW}",
        ),
        (
            "completions",
            "campaign_id, entrant_id, action_id, day, worth, source, happened_at, completed_at",
            f"CAST($1 AS BIGINT), n, 1, '', 1, 'ill_know', {NOW}, {NOW}",
        ),
    ):
        await tx.fetch(
            f"INSERT INTO {table} ({columns}) {numbers} SELECT {values} FROM numbers",
            campaign.id,
            1,
            count,
        )
    await tx.fetch(
        f"INSERT INTO shared_visitors (campaign_id, visitor, entrant_id, seen_at) {numbers} "
        f"SELECT CAST($1 AS BIGINT), CAST(n * 50 AS TEXT), n * 50 - 1, {NOW} FROM numbers",
        campaign.id,
        1,
        count // 50,
    )
    await tx.fetch("ANALYZE")


if __name__ == "__main__":
    main()

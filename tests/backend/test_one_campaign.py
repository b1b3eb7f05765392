"""Each statement names the campaign whose rows it reads or writes: a database may keep every
campaign in a place of its own (docs/scale.md)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import trk.store
from tests.backend.earning_at_once import entering, referring
from tests.backend.linking import minted, sent
from tests.backend.named_campaigns import OF_CAMPAIGNS, names, unnamed
from tests.backend.sql_in_code import sql_in
from tests.backend.stored import NOW, campaign_in, query_write, visitor
from tests.backend.stored_webhooks import hook, take
from trk.core.beacon import Answer
from trk.core.keys import token_hash
from trk.core.webhook import Outcome
from trk.store import arrivals, beacons, confirmations, deliveries, offer, sqlite, status
from trk.store.arrivals import Came
from trk.store.confirmations import Here
from trk.store.database import Database
from trk.store.dialect import for_sqlite
from trk.store.program import select
from trk.store.schema import metadata
from trk.store.status import Poll

STORE = Path(trk.store.__file__).parent

Seen = list[tuple[str, tuple[Any, ...]]]

ANY = {
    # A token that this campaign has not minted may be another one's: its script is on the same
    # page, and reports it there.
    ("xrefs.py", "_is_known"),
    # Whoever enters here may be known to this browser in another campaign.
    ("entrant_sessions.py", "elsewhere"),
    # The owners' list of all mails, in which there are some of no campaign.
    ("mails.py", "by_id"),
    # What jobs look for everywhere, and then do in one campaign after the other.
    ("counters.py", "fold"),
    ("counters.py", "mark"),
    ("deletion.py", "deleted_actions"),
    ("deletion.py", "deleted_fields"),
    ("deliveries.py", "waiting"),
    ("entrant_sessions.py", "end_unused"),
    ("list_copies.py", "left"),
    ("mails.py", "_due"),
    ("retention.py", "webhooks"),
    ("counting.py", "unfinished"),
    ("unfinished_uploads.py", "left"),
    # What is made of a table, of columns and of values that are given: each table demands its
    # campaign of a new row, what has versions is found by both, and lists say what they are of.
    ("columns.py", "_inserting"),
    ("columns.py", "update"),
    ("pages.py", "_Left"),
    ("pages.py", "_bound"),
    ("pages.py", "_first_at"),
    ("pages.py", "count"),
    ("pages.py", "ends"),
    # How the server as a whole fares.
    ("inspection.py", "_NEWEST"),
    ("vitals.py", "mails"),
}
"""Statements that ask all campaigns, by file and function."""


def test_each_statement_names_its_campaign_where_it_is_written() -> None:
    found = {
        (path.name, where, table)
        for path in sorted(STORE.glob("*.py"))
        for where, sql in sql_in(path)
        for table in unnamed(sql)
    }
    assert {each for each in found if each[:2] not in ANY} == set()
    # Nothing is left out that need not be.
    assert {each[:2] for each in found} >= ANY


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT id FROM links WHERE entrant_id = $1", {"links"}),
        ("SELECT id FROM links WHERE campaign_id = $2 AND entrant_id = $1", set()),
        ("UPDATE links SET proof = 'x' WHERE id = $1", {"links"}),
        ("UPDATE links AS l SET proof = 'x' WHERE plain(l.campaign_id) = $1", set()),
        ("DELETE FROM links WHERE visitor IN (SELECT visitor FROM tickets)", {"links", "tickets"}),
        ("DELETE FROM {} WHERE {} = $1", {"{}"}),
        ("UPDATE {} SET position = 1 WHERE {}.campaign_id = $1", set()),
        ("INSERT INTO {} (id) VALUES ($1)", {"{}"}),
        ("INSERT INTO links (visitor) VALUES ($1)", {"links"}),
        ("INSERT INTO links (campaign_id, visitor) VALUES ($1, $2)", set()),
        ("SELECT 1 FROM rows($1) AS r JOIN links AS l ON l.id = r.value ->> 0", {"links"}),
        # Each row of a group would bring its own.
        ("SELECT 1 FROM links AS l WHERE l.campaign_id = CAST(r.value ->> 0 AS BIGINT)", {"links"}),
        (
            "SELECT 1 FROM links AS l JOIN entrants AS e ON e.id = l.entrant_id "
            "WHERE l.campaign_id = $1",
            {"entrants"},
        ),
        (
            "SELECT 1 FROM links AS l JOIN entrants AS e ON e.campaign_id = l.campaign_id "
            "JOIN claims AS c ON c.campaign_id = e.campaign_id WHERE l.campaign_id = $1",
            set(),
        ),
        (
            "SELECT 1 FROM links AS l JOIN entrants AS e ON e.campaign_id = l.campaign_id",
            {"entrants", "links"},
        ),
        ("(SELECT 1 FROM links AS l WHERE l.campaign_id = u.campaign_id)", set()),
        ("SELECT 1 FROM campaigns AS c JOIN links AS l ON l.campaign_id = c.id", set()),
    ],
)
def test_what_a_statement_does_not_name_is_found(sql: str, tables: set[str]) -> None:
    assert unnamed(sql) == tables


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """The statements that SQLite gets, with their arguments."""
    noted: Seen = []

    def note(sql: str, args: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
        noted.append((sql, args))
        return for_sqlite(sql, args)

    monkeypatch.setattr(sqlite, "for_sqlite", note)
    return noted


async def visits(database: Database, seen: Seen) -> None:
    """People enter, confirm, poll, follow links and get codes, browsers push, and a webhook is told
    of it."""
    campaign, referrer = await referring(database, "codes", confirmed_only=True)
    await query_write(database, "UPDATE actions SET unique_value = 1 WHERE tracking_name = 'First'")
    webhook = await hook(database, campaign)
    await minted(database, campaign, referrer, "token")
    seen.clear()
    campaign = await campaign_in(database)
    await database.write(entering(campaign, referrer, visitor=visitor(2)))
    here = Here("session in browser", Came(browser="browser"))
    opened = await database.write(
        confirmations.go_on_here, campaign, "link of browser", here, "new", NOW
    )
    assert opened is not None
    group = [
        sent(1, 2, ["First", "order"], ["Second", None], ["Nothing", None]),
        sent(1, 2, ["First", "order"], ["Second", None], ["Nothing", None]),
        sent(2, 3, ["First", "before"], ticket="a-ticket"),
        sent(3, 4, ["First", "other"], was=visitor(3)),
        sent(4, 3, xref="token"),
        sent(5, 5, xref="no token"),
        sent(6, 6, ["Second", None])._replace(vouched=True, entrant_id=referrer),
    ]
    replies = await database.write(beacons.store, group)
    assert [each.pairs for each in replies if isinstance(each, Answer)] == [
        ["unlocked", "unlocked", "unmatched"],
        ["unlocked", "unlocked", "unmatched"],
        ["unlocked"],
        ["repeated"],
        [],
        [],
        ["unlocked"],
    ]
    again = await database.write(beacons.store, group[:2])
    assert [each.duplicate for each in again if isinstance(each, Answer)] == [True, True]
    # What counts provisionally by the link turns out to be the friend's.
    await database.write(beacons.store, [sent(7, 3, ["Second", None])])
    came = Came((visitor(3),), (), (token_hash("a-ticket"),), "browser")
    await database.write(arrivals.take, campaign, came, 2, NOW)
    polls = [Poll(campaign.key, "new", (visitor(2), visitor(3)), NOW)]
    [result] = await database.read(status.poll_results, polls)
    assert result is not None
    assert result.granted
    await database.read(offer.offer_to, campaign, 2)
    for due in await take(database, webhook):
        await database.write(deliveries.settle, due, Outcome(200, None), None, NOW)


async def test_what_visitors_do_is_stored_and_asked_within_their_campaign(
    sqlite_database: Database, seen: Seen
) -> None:
    await visits(sqlite_database, seen)
    asked = {(table, sql) for sql, _ in seen for table in unnamed(sql)}
    known = {"SELECT id FROM xrefs WHERE token_hash = $1"}
    assert {each for each in asked if each[1] not in known} == set()


FEW = {
    *("actions", "code_stocks", "draws", "fields", "prizes", "translations"),
    *("readmissions", "recounts", "settlements", "unfinished_uploads", "webhooks"),
}
"""Tables in which a campaign has one row, or a few, as its owner made them."""
PARTIAL = {
    index.name
    for table in metadata.sorted_tables
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}
"""Indexes of those rows only that something is true of: of a campaign's, they have a few."""
_THROUGH = re.compile(
    r"(SCAN|SEARCH) (?P<name>\w+)( USING .*INDEX (?P<index>\w+) \(campaign_id=\?\))?$"
)


async def test_nothing_of_it_looks_through_a_campaign(
    sqlite_database: Database, seen: Seen
) -> None:
    """SQLite knows nothing of how many rows a campaign has, and may take them for few."""
    await visits(sqlite_database, seen)
    through = set()
    for sql, args in dict(seen).items():
        tables = {alias: table for table, alias in names(sql)}
        for step in await sqlite_database.read(select, f"EXPLAIN QUERY PLAN {sql}", *args):
            found = _THROUGH.match(step["detail"])
            if found is None or found["index"] in PARTIAL:
                continue
            if tables.get(found["name"]) in OF_CAMPAIGNS - FEW:
                through.add((step["detail"], sql))
    assert through == set()


async def test_no_list_is_gone_through_again_for_each_row(
    sqlite_database: Database, seen: Seen
) -> None:
    """What a visitor has sent may be long, and is given as a list: SQLite has no index of it."""
    await visits(sqlite_database, seen)
    again = set()
    for sql, args in dict(seen).items():
        plan = await sqlite_database.read(select, f"EXPLAIN QUERY PLAN {sql}", *args)
        loops: dict[int, int] = {}
        for step in plan:
            if step["detail"].startswith(("SCAN", "SEARCH")):
                loops[step["parent"]] = loops.get(step["parent"], 0) + 1
                if loops[step["parent"]] > 1 and step["detail"].startswith("SCAN r "):
                    again.add((step["detail"], sql))
    assert again == set()

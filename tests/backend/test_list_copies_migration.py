"""The migration to lists that are copied in parts keeps those that are whole, and no number of a
list is given again."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Connection, text

from tests.backend.migrating import differences, down, on, up
from tests.backend.of_before import BEGUN, FIRST
from tests.backend.stored import query
from trk.core.drafts import CampaignDraft
from trk.services.campaigns import make_campaign
from trk.services.jobs.deletion import Deletion
from trk.store import list_copies
from trk.store.database import Database


def _there_and_back(connection: Connection) -> list[list[tuple[Any, ...]]]:
    down(connection, "0202")  # the last with lists that may be no campaign's
    connection.execute(
        text(
            "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
            "VALUES (1, 'y2sB7', 'Win', 'win', 'competition', 'UTC', 's', 1)"
        )
    )
    for table, entries, others, values in (
        ("draws", "draw_entries", "seed, made_at", "'s', 5"),
        ("fixed_lists", "fixed_entries", "n, ended_at, fixed_at, prizes", "0, 1, 5, ''"),
    ):
        for number, campaign in ((1, "1"), (2, "NULL")):
            connection.execute(
                text(
                    f"INSERT INTO {table} (id, campaign_id, {others}) "
                    f"VALUES ({number}, {campaign}, {values})"
                )
            )
            owner = "draw_id" if table == "draws" else "list_id"
            columns = f"campaign_id, {owner}, entrant_id, entries"
            sql = f"INSERT INTO {entries} ({columns}) VALUES (1, {number}, 7, 3)"
            connection.execute(text(sql))
    down(connection, "0120")
    found = _lists(connection)
    sqlite = connection.dialect.name == "sqlite"
    # The second one is gone, and its number with it, which nothing else gets.
    assert not sqlite or _next_ids(connection) == [3, 3]
    up(connection)
    assert not sqlite or _next_ids(connection) == [4, 4]
    found += _lists(connection)
    assert differences(connection) == []
    return found


def _next_ids(connection: Connection) -> list[int]:
    """The numbers that the next draw and the next fixed list get; neither stays."""
    given = []
    for table, columns, values in (
        ("draws", "campaign_id, seed, made_at", "9, 's', 5"),
        ("fixed_lists", "campaign_id, n, ended_at, fixed_at, prizes", "1, 9, 1, 5, ''"),
    ):
        sql = f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING id"
        given.append(connection.execute(text(sql)).scalar_one())
        connection.execute(text(f"DELETE FROM {table} WHERE id = {given[-1]}"))
    return given


def _lists(connection: Connection) -> list[list[tuple[Any, ...]]]:
    asked = (
        "SELECT id, campaign_id, made_at FROM draws",
        "SELECT id, campaign_id, fixed_at FROM fixed_lists",
        "SELECT draw_id, entrant_id, entries FROM draw_entries",
        "SELECT list_id, entrant_id, entries FROM fixed_entries",
    )
    return [[tuple(row) for row in connection.execute(text(sql))] for sql in asked]


def test_the_migration_keeps_lists_and_its_way_back_drops_those_in_the_making(
    database_url: str,
) -> None:
    found = on(database_url, _there_and_back)
    assert found == [[(1, 1, 5)], [(1, 1, 5)], [(1, 7, 3)], [(1, 7, 3)]] * 2


def _half_made(connection: Connection) -> None:
    """The version before has begun lists: one of each kind with an entry, and one draw without."""
    down(connection, "0202")
    for sql in (*FIRST, *BEGUN, "INSERT INTO draws (id, seed, made_at) VALUES (16, '', 1)"):
        connection.execute(text(sql))
    for table, owner, made in (
        ("draw_entries", "draw_id", (13, 15)),
        ("fixed_entries", "list_id", (12, 14)),
    ):
        for number in made:
            columns = f"campaign_id, {owner}, entrant_id, entries"
            sql = f"INSERT INTO {table} ({columns}) VALUES (4, {number}, 6, 1)"
            connection.execute(text(sql))
    up(connection)


async def test_what_the_version_before_left_half_made_is_given_up_and_erased(
    database_url: str,
) -> None:
    await asyncio.to_thread(on, database_url, _half_made)
    database = Database(database_url)

    async def rows(sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await query(database, sql)]

    await database.open()
    try:
        assert await rows("SELECT id FROM draws") == [(13,)]
        assert await rows("SELECT id FROM fixed_lists") == [(12,)]
        copies = "SELECT campaign_id, entries, id, begun_at FROM list_copies ORDER BY id"
        assert await rows(copies) == [(4, "fixed_entries", 14, 0), (4, "draw_entries", 15, 0)]
        await Deletion(database).work()
        assert await rows(copies) == []
        assert await rows("SELECT draw_id FROM draw_entries") == [(13,)]
        assert await rows("SELECT list_id FROM fixed_entries") == [(12,)]
    finally:
        await database.close()


def _of_nobody(connection: Connection) -> list[list[tuple[Any, ...]]]:
    """The version before had begun lists when their campaign was deleted, and added to them after
    the campaign was gone."""
    down(connection, "0202")
    for table, entries, owner, columns, values in (
        ("draws", "draw_entries", "draw_id", "seed, made_at", "'', 1"),
        ("fixed_lists", "fixed_entries", "list_id", "n, ended_at, fixed_at, prizes", "0, 1, 1, ''"),
    ):
        connection.execute(text(f"INSERT INTO {table} (id, {columns}) VALUES (1, {values})"))
        added = f"campaign_id, {owner}, entrant_id, entries"
        connection.execute(text(f"INSERT INTO {entries} ({added}) VALUES (4, 1, 6, 1)"))
    up(connection)
    copies = connection.execute(text("SELECT id, campaign_id FROM list_copies"))
    return [[tuple(row) for row in copies], *_lists(connection)]


def test_what_belongs_to_a_campaign_that_is_gone_goes(database_url: str) -> None:
    assert on(database_url, _of_nobody) == [[], [], [], [], []]


async def test_a_number_of_a_draw_that_is_gone_is_not_given_again(database: Database) -> None:
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    first = await database.write(list_copies.begin, campaign, "draw_entries", 5)
    assert first is not None
    one = list_copies.Unfinished(campaign.id, first)
    while not await database.write(list_copies.erase_part, "draw_entries", one):
        pass
    assert await database.write(list_copies.begin, campaign, "draw_entries", 5) == first + 1

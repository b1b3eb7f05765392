"""The migration to lists that are copied in parts keeps those that are whole, and no number of a
list is given again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from tests.backend.migrating import differences, down, on, up
from trk.core.drafts import CampaignDraft
from trk.services.campaigns import make_campaign
from trk.store import list_copies
from trk.store.database import Database


def _there_and_back(connection: Connection) -> list[list[tuple[Any, ...]]]:
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


async def test_a_number_of_a_draw_that_is_gone_is_not_given_again(database: Database) -> None:
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    first = await database.write(list_copies.begin, campaign, "draw_entries", 5)
    assert first is not None
    one = list_copies.Unfinished(campaign.id, first)
    while not await database.write(list_copies.erase_part, "draw_entries", one):
        pass
    assert await database.write(list_copies.begin, campaign, "draw_entries", 5) == first + 1

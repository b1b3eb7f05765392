"""What older databases know of tickets and links is kept by the migrations, and taken back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from tests.backend.migrating import differences, down, on, up


def _rows(connection: Connection, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(sql))]


def _campaigns(connection: Connection) -> None:
    for number, key in ((1, "y2sB7"), (2, "other1")):
        connection.execute(
            text(
                "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
                f"VALUES ({number}, '{key}', 'Win', 'win', 'competition', 'UTC', 's', 1)"
            )
        )


def test_tickets_are_kept_and_each_campaign_may_have_the_same_one(database_url: str) -> None:
    found: list[list[tuple[Any, ...]]] = []
    every = "SELECT id, token_hash, campaign_id, visitor, arrived_at FROM tickets ORDER BY id"
    adding = "INSERT INTO tickets (token_hash, campaign_id, visitor, arrived_at) VALUES "

    def migrated(connection: Connection) -> None:
        down(connection, "0017")
        _campaigns(connection)
        connection.execute(text(f"{adding} ('one', 1, 'v', 1), ('two', 2, 'w', 2)"))
        up(connection)
        connection.execute(text(f"{adding} ('one', 2, 'v', 3)"))
        found.append(_rows(connection, every))
        down(connection, "0017")
        found.append(_rows(connection, every))
        up(connection)
        assert differences(connection) == []

    on(database_url, migrated)
    before = [(1, "one", 1, "v", 1), (2, "two", 2, "w", 2)]
    assert found == [[*before, (3, "one", 2, "v", 3)], before]


def test_who_was_linked_stays_linked_for_good(database_url: str) -> None:
    found: list[list[tuple[Any, ...]]] = []

    def migrated(connection: Connection) -> None:
        down(connection, "0018")
        _campaigns(connection)
        connection.execute(
            text(
                "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
                "VALUES (1, 1, 'Ann', 'a@example.org', 'a@example.org', 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO links (campaign_id, visitor, entrant_id, source, made_at) "
                "VALUES (1, 'v', 1, 'xref', 1), (1, 'w', 1, 'visit', 2)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, happened_at, "
                "received_at, outcome) VALUES (1, 'b', 0, 'v', 'VIP', 1, 1, 'unlocked')"
            )
        )
        up(connection)
        found.append(_rows(connection, "SELECT visitor, source, proof FROM links ORDER BY id"))
        found.append(_rows(connection, "SELECT beacon, provisional FROM trackings"))
        found.append(_rows(connection, "SELECT name, many_browsers_at FROM entrants"))
        down(connection, "0018")
        found.append(_rows(connection, "SELECT visitor, source FROM links ORDER BY id"))
        up(connection)
        assert differences(connection) == []

    on(database_url, migrated)
    assert found == [
        [("v", "xref", "earlier"), ("w", "visit", "earlier")],
        [("b", None)],
        [("Ann", None)],
        [("v", "xref"), ("w", "visit")],
    ]

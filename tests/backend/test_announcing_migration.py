"""What the migration makes of draws and ends that were before winners were announced."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from tests.backend.migrating import down, on, up


def _migrated(connection: Connection) -> dict[str, Any]:
    down(connection, "0050")
    for number, (closed_at, ends_at) in enumerate(
        ((None, None), (None, 5), (5, None), (None, 9_000_000_000_000)), 1
    ):
        connection.execute(
            text(
                "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at, "
                "published_at, closed_at, ends_at) VALUES (:id, :key, 'Win', 'win', 'competition', "
                "'UTC', 's', 1, 1, :closed_at, :ends_at)"
            ),
            {"id": number, "key": f"key0{number}", "closed_at": closed_at, "ends_at": ends_at},
        )
    for number, concluded_at in ((2, 77), (3, None)):
        connection.execute(
            text(
                "INSERT INTO draws (campaign_id, seed, made_at, concluded_at) "
                "VALUES (:c, 's', 7, :at)"
            ),
            {"c": number, "at": concluded_at},
        )
    found: dict[str, Any] = {}
    for time in ("first", "again"):
        up(connection)
        found[time] = (
            connection.execute(text("SELECT announced_at FROM draws ORDER BY id")).scalars().all(),
            [
                told is not None
                for told in connection.execute(
                    text("SELECT end_told_at FROM campaigns ORDER BY id")
                ).scalars()
            ],
        )
        down(connection, "0050")
    up(connection)
    return found


def test_draws_that_exist_are_announced_and_nobody_is_told_of_ends_that_were(
    database_url: str,
) -> None:
    """A draw that was begun and interrupted has no winners yet, who are announced after it."""
    found = on(database_url, _migrated)
    assert found["first"] == found["again"] == ([77, None], [False, True, True, False])

"""The way back from settling in parts: what is not settled yet waits for its visitor again."""

from __future__ import annotations

from sqlalchemy import Connection, text

from tests.backend.migrating import differences, down, on, up

_STORED = (
    "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
    "VALUES (1, 'y2sB7', 'Win', 'win', 'reward', 'UTC', 's', 1)",
    "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
    "VALUES (1, 1, 'A', 'a', 'a', 1)",
    *(
        "INSERT INTO links (campaign_id, visitor, entrant_id, source, made_at, proof) "
        f"VALUES (1, '{visitor}', 1, 'visit', 1, 'click')"
        for visitor in ("settled", "waits", "again")
    ),
    "INSERT INTO settlements (campaign_id, visitor, before_id, until_id, entrant_id, since) "
    "VALUES (1, 'waits', 7, NULL, 1, 1)",
    "INSERT INTO settlements (campaign_id, visitor, before_id, until_id, entrant_id, since) "
    "VALUES (1, 'again', 8, 9, 1, 1)",
)


def _there_and_back(connection: Connection) -> list[str]:
    for sql in _STORED:
        connection.execute(text(sql))
    down(connection, "0212")
    sql = "SELECT visitor FROM links ORDER BY visitor"
    linked = [row[0] for row in connection.execute(text(sql))]
    up(connection)
    assert differences(connection) == []
    assert connection.execute(text("SELECT * FROM settlements")).all() == []
    return linked


def test_its_way_back_unlinks_the_visitors_of_whom_something_waits(database_url: str) -> None:
    assert on(database_url, _there_and_back) == ["again", "settled"]

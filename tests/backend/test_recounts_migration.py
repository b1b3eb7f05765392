"""The way back from friends who are counted in parts: what was not counted then is not begun."""

from __future__ import annotations

from sqlalchemy import Connection, text

from tests.backend.migrating import differences, down, on, up

_STORED = (
    "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
    "VALUES (1, 'y2sB7', 'Win', 'win', 'reward', 'UTC', 's', 1)",
    "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
    "VALUES (1, 1, 'A', 'a', 'a', 1)",
    "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
    "VALUES (2, 1, 'B', 'b', 'b', 1)",
    "INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) VALUES (2, 1, 1, 1)",
    "INSERT INTO recounts (campaign_id, since, stage, referrer_id, friend_id) "
    "VALUES (1, 1, 2, 1, 2)",
)


def _there_and_back(connection: Connection) -> list[int]:
    for sql in _STORED:
        connection.execute(text(sql))
    down(connection, "0210")
    friends = [row[0] for row in connection.execute(text("SELECT friend_id FROM referrals"))]
    up(connection)
    assert differences(connection) == []
    assert connection.execute(text("SELECT * FROM recounts")).all() == []
    return friends


def test_its_way_back_keeps_the_friends(database_url: str) -> None:
    assert on(database_url, _there_and_back) == [2]

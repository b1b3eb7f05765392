"""The way back from lists of codes that are added in parts: what is in the making is dropped."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from tests.backend.migrating import differences, down, on, up

_STORED = (
    "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
    "VALUES (1, 'y2sB7', 'Win', 'win', 'reward', 'UTC', 's', 1)",
    "INSERT INTO code_uploads (id, campaign_id, name, uploaded_at) VALUES (1, 1, '', 1)",
    "INSERT INTO code_uploads (id, campaign_id, name, uploaded_at) VALUES (2, 1, '', 1)",
    "INSERT INTO reward_codes (id, campaign_id, code, upload_id) VALUES (1, 1, 'A', 1)",
    "INSERT INTO reward_codes (id, campaign_id, code, upload_id) VALUES (2, 1, 'B', 2)",
    "INSERT INTO unfinished_uploads (campaign_id, upload_id, first_code, worked_at) "
    "VALUES (1, 2, 2, 5)",
)


def _there_and_back(connection: Connection) -> list[list[tuple[Any, ...]]]:
    for sql in _STORED:
        connection.execute(text(sql))
    down(connection, "0190")
    found = [
        [tuple(row) for row in connection.execute(text(sql))]
        for sql in ("SELECT id, code FROM reward_codes", "SELECT id FROM code_uploads")
    ]
    up(connection)
    assert differences(connection) == []
    return found


def test_its_way_back_keeps_the_codes_of_whole_lists_only(database_url: str) -> None:
    assert on(database_url, _there_and_back) == [[(1, "A")], [(1,)]]

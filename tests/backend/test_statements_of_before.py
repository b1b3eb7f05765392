"""Servers of the version before the keys of campaigns go on with PostgreSQL after the migration:
their own statements, as that version sent them, do what they did, but for those of long lists."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.backend.migrating import on
from tests.backend.of_before import BEGUN, COPIED, FIRST, UNNAMED, insert
from trk.store.schema import metadata

ON_A_BEACON_S_WAY = (
    "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, value, signature, happened_at, "
    "received_at, action_id, entrant_id, outcome) "
    "VALUES (4, 'b', 0, 'v', 'Purchase', 'o-1', NULL, 1, 1, 5, 6, 'unlocked')",
    "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, details, source, "
    "tracking_id, happened_at, completed_at) SELECT 4, 6, 5, '', 1, 'o-1', 'tracking', t.id, 1, 1 "
    "FROM trackings AS t WHERE t.beacon = 'b' AND t.n = 0 AND t.campaign_id + 0 = 4",
    "INSERT INTO links (campaign_id, visitor, entrant_id, source, made_at) "
    "VALUES (4, 'v', 6, 'visit', 1)",
    "INSERT INTO xrefs (token_hash, campaign_id, entrant_id, action_id, minted_at, expires_at) "
    "VALUES ('x', 4, 6, 5, 1, 9)",
    "INSERT INTO claims (campaign_id, entrant_id, kind, value, claimed_at) "
    "VALUES (4, 6, 'codes', 'C', 1)",
    "INSERT INTO mails (campaign_id, entrant_id, topic, recipient, subject, body, queued_at) "
    "VALUES (4, 6, 't', 'a@b.test', 's', 'b', 1) ON CONFLICT DO NOTHING",
    "INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) VALUES (7, 4, 6, 1) "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO reward_codes (campaign_id, code) VALUES (4, 'C') ON CONFLICT DO NOTHING",
    "UPDATE reward_codes SET entrant_id = 6 WHERE id IN (SELECT c.id FROM reward_codes AS c "
    "WHERE c.campaign_id = 4 AND c.entrant_id IS NULL ORDER BY c.id LIMIT 1 FOR UPDATE)",
    "INSERT INTO tallies (campaign_id, kind, quarter, action_id, number, worth) "
    "VALUES (4, 'completions', -1, 5, 1, 1) ON CONFLICT (campaign_id, kind, quarter, action_id) "
    "DO UPDATE SET number = tallies.number + excluded.number",
    "INSERT INTO unmatched_bytes AS q (campaign_id, day, bytes) VALUES (4, 'd', 1) "
    "ON CONFLICT (campaign_id) DO UPDATE SET bytes = q.bytes + excluded.bytes",
)
BY_ID = (
    "UPDATE entrants SET confirmed_at = 1 WHERE id = 6 RETURNING id",
    "SELECT id FROM entrants WHERE id = 6 FOR NO KEY UPDATE",
    "SELECT id FROM draws WHERE id = 13 FOR UPDATE",
    "UPDATE trackings SET settled = 'unlocked' WHERE id IN (SELECT id FROM trackings) RETURNING id",
    "UPDATE webhook_deliveries SET attempts = 1 WHERE webhook_id = 11 RETURNING id",
    "UPDATE winners SET told_at = 1 WHERE draw_id = 13 AND n = 6 RETURNING n",
    "UPDATE draws SET concluded_at = 1 WHERE id = 13 AND concluded_at IS NULL RETURNING id",
    "UPDATE confirmations SET used_at = 1 WHERE token_hash = '6' RETURNING entrant_id",
    "UPDATE entrant_sessions SET used_at = 2 WHERE token_hash = '6' RETURNING entrant_id",
    "DELETE FROM unique_values WHERE action_id = 5 AND value_hash = '6' AND entrant_id = 6 "
    "RETURNING 1",
    "DELETE FROM completions WHERE (id) IN (SELECT id FROM completions WHERE campaign_id = 4 "
    "LIMIT 500) RETURNING 1",
    "DELETE FROM field_answers WHERE (entrant_id, field_id) IN "
    "(SELECT entrant_id, field_id FROM field_answers WHERE field_id = 8 LIMIT 500) RETURNING 1",
)
"""What each finds one row for."""
TWICE = (
    *ON_A_BEACON_S_WAY[:5],
    *(f"INSERT INTO {table} {values.format(n=6)}" for table, values in UNNAMED.items()),
    "INSERT INTO reward_codes (campaign_id, code, entrant_id) VALUES (4, 'D', 6)",
    "INSERT INTO referrals (friend_id, campaign_id, referrer_id, made_at) VALUES (7, 4, 6, 1)",
    "INSERT INTO draws (campaign_id, seed, made_at) VALUES (4, 's', 1)",
)
"""What a unique key refuses the second time."""


def _prepared(connection: Connection) -> None:
    for sql in FIRST:
        connection.execute(text(sql))
    insert(connection, UNNAMED, 6)
    for sql in ON_A_BEACON_S_WAY:
        connection.execute(text(sql))


def _refused(connection: Connection) -> None:
    _prepared(connection)
    for sql in TWICE:
        with pytest.raises(IntegrityError, match="duplicate key"), connection.begin_nested():
            connection.execute(text(sql))


def _found(connection: Connection) -> None:
    _prepared(connection)
    assert {sql: len(connection.execute(text(sql)).all()) for sql in BY_ID} == dict.fromkeys(
        BY_ID, 1
    )


def _long_list(connection: Connection) -> None:
    """One is begun, and goes on being copied of which the migration has let go."""
    _prepared(connection)
    everything = "SELECT (SELECT COUNT(*) FROM {}), (SELECT COUNT(*) FROM {})"
    for of in (("draws", "draw_entries"), ("fixed_lists", "fixed_entries")):
        before = connection.execute(text(everything.format(*of))).one()
        for sql in (*BEGUN, *(f"INSERT INTO {name} {rows}" for name, rows in COPIED.items())):
            if not any(f"INTO {name} " in sql for name in of):
                continue
            with pytest.raises(DBAPIError) as refused, connection.begin_nested():
                connection.execute(text(sql))
            # What such a server takes for rows that another one holds: it answers 503, and its job
            # tries again.
            assert getattr(refused.value.orig, "sqlstate", None) == "55P03"
        assert connection.execute(text(everything.format(*of))).one() == before


def test_what_came_before_is_refused_again(postgres_url: str) -> None:
    on(postgres_url, _refused)


def test_what_is_asked_for_by_its_id_is_found(postgres_url: str) -> None:
    on(postgres_url, _found)


def test_a_long_list_is_refused_as_if_another_server_held_it(postgres_url: str) -> None:
    on(postgres_url, _long_list)


def _looked_through(connection: Connection) -> list[str]:
    """The numbered tables without an index that begins with the id."""
    catalogs, found = inspect(connection), []
    for name, table in metadata.tables.items():
        firsts = {each["column_names"][0] for each in catalogs.get_indexes(name)}
        firsts.add(catalogs.get_pk_constraint(name)["constrained_columns"][0])
        numbered = table.primary_key.columns.keys() in (["id"], ["campaign_id", "id"])
        if numbered and "id" not in firsts:
            found.append(name)
    return found


def test_no_table_is_looked_through_for_an_id(postgres_url: str) -> None:
    assert on(postgres_url, _looked_through) == []

"""No id is ever given twice, on either database, also where it was deleted before the migration."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import BigInteger, Connection, Integer, Table, insert, text
from starlette.applications import Starlette

from tests.backend.calls import action, competition, data, end, entered, made, prize
from tests.backend.conftest import api_of, beacon, client_of
from tests.backend.migrating import down, on, up
from tests.backend.stored import campaign_in, query, visitor
from trk.core.access import ALL
from trk.services import people as privacy
from trk.services.actions import delete_action
from trk.services.tokens import make_token
from trk.store import actions
from trk.store.schema import metadata
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

NUMBERED = [
    table
    for table in metadata.sorted_tables
    if [column.name for column in table.primary_key] in (["id"], ["campaign_id", "id"])
]
KEY = {"idempotency-key": "k"}


def _row(table: Table, n: int) -> dict[str, Any]:
    """A row of a table, different from the others in every column that may be unique."""
    return {
        column.name: n if isinstance(column.type, (BigInteger, Integer)) else f"text {n}"
        for column in table.columns
        if column.name != "id"
    }


def _made_and_deleted(connection: Connection, table: Table, n: int = 8_000_001) -> int:
    """The id of a row that was there for a moment."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign keys
    made = connection.execute(insert(table).values(_row(table, n)).returning(table.c.id))
    given: int = made.scalar_one()
    connection.execute(table.delete().where(table.c.id == given))
    return given


def _given_twice(connection: Connection) -> list[str]:
    """The tables that give the id of a deleted last row to the next one."""
    found = []
    for table in NUMBERED:
        first, second = (_made_and_deleted(connection, table, n) for n in (8_000_001, 8_000_002))
        if second <= first:
            found.append(table.name)
    return found


def test_no_table_gives_an_id_twice(database_url: str) -> None:
    assert len(NUMBERED) > 20
    assert on(database_url, _given_twice) == []


@pytest.mark.parametrize("way", ["up", "down"])
def test_nor_after_its_table_was_copied(database_url: str, way: str) -> None:
    """By a migration, and by the way back."""

    def begin(connection: Connection) -> dict[str, int]:
        if way == "up":
            down(connection, "0200")
        return {table.name: _made_and_deleted(connection, table) for table in NUMBERED}

    def end(connection: Connection) -> dict[str, int]:
        if way == "up":
            up(connection)
        else:
            down(connection, "0200")
        return {table.name: _made_and_deleted(connection, table) for table in NUMBERED}

    before, after = on(database_url, begin), on(database_url, end)
    assert [name for name in before if after[name] <= before[name]] == []


def test_nor_does_one_with_rows_from_before_and_ids_that_are_remembered_elsewhere(
    database_url: str,
) -> None:
    """An old database: three completions of which the last two are gone, though a delivery means
    one of them, and a revoked token with the answers to its calls."""
    seen: dict[str, Any] = {}

    def older(connection: Connection) -> None:
        down(connection, "0017")
        for sql in (
            "INSERT INTO campaigns (id, key, name, slug, kind, timezone, secret, created_at) "
            "VALUES (4, 'y2sB7', 'Win', 'win', 'competition', 'UTC', 's', 1)",
            "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at) "
            "VALUES (6, 4, 'Ann', 'a@b.test', 'a@b.test', 1)",
            "INSERT INTO completions (id, campaign_id, entrant_id, action_id, day, worth, source, "
            "happened_at, completed_at) VALUES (1, 4, 6, 1, '', 1, 'tracking', 1, 1)",
            "INSERT INTO webhook_deliveries (id, webhook_id, type, subject_id, queued_at) "
            "VALUES (1, 9, 'action.completed', 3, 1)",
            "INSERT INTO idempotency_keys (token_id, idempotency_key, fingerprint, made_at, "
            "status, body) VALUES (5, 'k', 'f', 1, 201, '{}')",
            "INSERT INTO api_tokens (id, name, token_hash, created_at) VALUES (2, 't', 'h', 1)",
            "INSERT INTO idempotency_keys (token_id, idempotency_key, fingerprint, made_at, "
            "status, body) VALUES (2, 'k', 'f', 1, 201, '{\"secret\":\"whsec_x\"}')",
            "INSERT INTO idempotency_keys (token_id, idempotency_key, fingerprint, made_at, "
            "status, body) VALUES (2, 'l', 'f', 1, 201, '{}')",
        ):
            connection.execute(text(sql.replace(":", "\\:")))
        up(connection)
        kept = connection.execute(text("SELECT token_id, idempotency_key FROM idempotency_keys"))
        seen["kept"] = [tuple(row) for row in kept]
        if connection.dialect.name == "sqlite":
            sequence = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
            seen["sequence"] = {row.name: row.seq for row in sequence}
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []

    on(database_url, older)
    assert seen["kept"] == [(2, "l")]
    if "sequence" in seen:
        highest = {"campaigns": 4, "completions": 3, "webhooks": 9, "api_tokens": 5, "entrants": 6}
        assert {name: seen["sequence"][name] for name in highest} == highest
        # A table that a later migration made has one from its first row on.
        assert set(seen["sequence"]) <= {table.name for table in NUMBERED}
        assert on(database_url, _given_twice) == []


async def test_what_a_deleted_action_was_told_does_not_stop_the_completions_after_it(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api)
    await action(api, "Buy")
    await action(api, "Other")
    hook = {"url": "https://shop.example/hook", "events": ["action.completed"]}
    assert (await api.post("/campaigns/y2sB7/webhooks", json=hook)).status_code == 201
    for number in range(1, 6):
        await entered(app, number)
    database = server_of(app).database
    async with client_of(app) as page:
        for number in range(1, 6):
            await page.post("/y2sB7/beacon", json=beacon(["Buy"], visitor=visitor(number)))
        campaign = await campaign_in(database)
        [doomed] = [
            each
            for each in await database.read(actions.of_campaign, campaign.id)
            if each.tracking_name == "Buy"
        ]
        await delete_action(database, doomed)
        told = "SELECT id FROM webhook_deliveries WHERE type = 'action.completed'"
        assert await query(database, told) == []
        for number in range(1, 6):
            answer = await page.post(
                "/y2sB7/beacon", json=beacon(["Other"], visitor=visitor(number))
            )
            assert (answer.status_code, answer.json()["unlocked"]) == (200, ["Other"])
    assert len(await query(database, told)) == 5


async def test_a_new_token_gets_no_answer_of_a_revoked_one(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    async with await api_of(app) as gone:
        first = await gone.post("/campaigns", json={"name": "Win"}, headers=KEY)
        assert first.status_code == 201
        newest = "SELECT MAX(id) AS id FROM api_tokens"
        [token] = await query(database, newest)
        boss = (await database.write(make_token, "boss", scopes=ALL)).token
        await api.delete(f"/tokens/{token['id']}", headers={"authorization": f"Bearer {boss}"})
    assert await query(database, "SELECT 1 AS one FROM idempotency_keys") == []
    async with await api_of(app) as new:
        [other] = await query(database, newest)
        assert other["id"] > token["id"]
        answer = await new.post("/campaigns", json={"name": "Win"}, headers=KEY)
    assert "idempotency-replayed" not in answer.headers


async def test_a_token_revokes_itself_with_a_key(app: Starlette, api: httpx.AsyncClient) -> None:
    database = server_of(app).database
    made_one = await database.write(make_token, "boss", scopes=ALL)
    header = {"authorization": f"Bearer {made_one.token}", **KEY}
    answer = await api.delete(f"/tokens/{made_one.id}", headers=header)
    assert answer.status_code == 204


@pytest.mark.parametrize("rotated", [False, True])
async def test_no_stored_answer_has_the_secret_of_a_webhook(
    app: Starlette, api: httpx.AsyncClient, rotated: bool
) -> None:
    await made(api)
    hook = {"url": "https://shop.example/hook", "events": ["action.completed"]}
    path = "/campaigns/y2sB7/webhooks"
    if rotated:
        number = (await api.post(path, json=hook)).json()["id"]
        path = f"{path}/{number}/rotate"
    first = await api.post(path, json=hook, headers=KEY)
    assert first.json()["secret"].startswith("whsec_")
    again = await api.post(path, json=hook, headers=KEY)
    assert again.json() == {**first.json(), "secret": None}
    [row] = await query(server_of(app).database, "SELECT body FROM idempotency_keys")
    assert first.json()["secret"] not in row["body"]


async def test_an_erased_person_is_in_no_stored_answer_and_the_call_is_not_made_again(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 3)
    await prize(api, "Bike", 3)
    await end(app)
    drawn = await api.post("/campaigns/y2sB7/draw", headers=KEY)
    assert "2@example.org" in drawn.text
    [first, *_] = await data(api, "completions")
    other = {"idempotency-key": "other"}
    path = f"/campaigns/y2sB7/completions/{first['id']}/invalidate"
    invalidated = await api.post(path, json={"reason": "x"}, headers=other)
    assert invalidated.status_code == 200
    database = server_of(app).database
    await privacy.erase(database, "2@example.org")
    bodies = [row["body"] for row in await query(database, "SELECT body FROM idempotency_keys")]
    assert not [body for body in bodies if "2@example.org" in body or "Entrant 2" in body]
    again = await api.post("/campaigns/y2sB7/draw", headers=KEY)
    assert (again.status_code, again.json()["error"]["code"]) == (410, "erased")
    again = await api.post(path, json={"reason": "x"}, headers=other)
    assert again.content == invalidated.content


async def test_a_deleted_campaign_takes_the_answers_about_it_along(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await competition(app, api, 2)
    other = {"idempotency-key": "other"}
    await api.post("/campaigns", json={"name": "Other"}, headers=other)
    [first, *_] = await data(api, "completions")
    path = f"/campaigns/y2sB7/completions/{first['id']}/invalidate"
    assert (await api.post(path, json={"reason": "x"}, headers=KEY)).status_code == 200
    removing = {"idempotency-key": "removing"}
    answer = await api.delete("/campaigns/y2sB7", headers=removing)
    assert answer.status_code == 204
    rows = await query(server_of(app).database, "SELECT body FROM idempotency_keys")
    assert not [row for row in rows if "@example.org" in row["body"]]
    assert (await api.delete("/campaigns/y2sB7", headers=removing)).status_code == 204
    assert (await api.post(path, json={"reason": "x"}, headers=KEY)).status_code == 410
    again = await api.post("/campaigns", json={"name": "Other"}, headers=other)
    assert again.headers["idempotency-replayed"] == "true"

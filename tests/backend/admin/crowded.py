"""Lists with many rows, written by SQL, and what their pages show."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx
from starlette.applications import Starlette

from tests.backend.admin.owning import signed_in
from tests.backend.calls import action, made
from tests.backend.conftest import api_of
from tests.backend.stored import query, query_write
from trk.web.server import server_of

NOON = 1_790_000_000_000
"""When the first row came (ms); each other one a minute later."""


async def crowd(app: Starlette, key: str, rows: int, *, first: int = 1) -> None:
    """Give the campaign with this key the entrants with the numbers from `first`, so many of them.
    Each has a completion of its first action, the tracking that earned it, and a claim. E-mails
    are in another order than ids."""
    database = server_of(app).database
    [campaign] = await query(database, f"SELECT id FROM campaigns WHERE key = '{key}'")
    owner = campaign["id"]
    sql = f"SELECT MIN(id) AS id FROM actions WHERE campaign_id = {owner}"
    [action] = await query(database, sql)
    numbers = range(first, first + rows)

    def of(template: str) -> str:
        return ", ".join(
            template.format(n=n, at=NOON + n * 60_000, a=action["id"] or 0, c=owner, m=n * 7 % 101)
            for n in numbers
        )

    for columns, values in (
        (
            "entrants (id, campaign_id, name, email, email_folded, created_at)",
            "({n}, {c}, 'Entrant {n}', '{m:03d}.{n:03d}@x.test', '{m:03d}.{n:03d}@x.test', {at})",
        ),
        (
            "completions (id, campaign_id, entrant_id, action_id, day, worth, details, source, "
            "happened_at, completed_at)",
            "({n}, {c}, {n}, {a}, '', 1, 'order {n}', 'tracking', {at}, {at})",
        ),
        (
            "trackings (id, campaign_id, beacon, n, visitor, name, happened_at, received_at, "
            "action_id, entrant_id, outcome)",
            "({n}, {c}, 'b{n}', 0, 'v{n}', 'name {n}', {at}, {at}, {a}, {n}, 'unlocked')",
        ),
        (
            "claims (id, campaign_id, entrant_id, kind, value, claimed_at)",
            "({n}, {c}, {n}, 'shared', 'reward {n}', {at})",
        ),
    ):
        await query_write(database, f"INSERT INTO {columns} VALUES {of(values)}")
        if not database.sqlite:
            table = columns.split()[0]
            sql = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"
            await query_write(database, sql)


@asynccontextmanager
async def crowded(app: Starlette, rows: int) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser; its base is the campaign y2sB7, which gives a coupon, with a `crowd`."""
    async with await api_of(app) as api:
        await made(api, "reward", reward_kind="shared", reward_value="SAVE10")
        await action(api)
    await crowd(app, "y2sB7", rows)
    async with signed_in(app, "y2sB7") as client:
        yield client


def shown(page: str) -> list[int]:
    """The numbers of the rows that a page shows, in order."""
    body = page.partition("<tbody>")[2]
    found = re.findall(r">(?:Entrant|name|reward|CODE) (\d+)<", body)
    return list(dict.fromkeys(map(int, found)))


def range_of(page: str) -> str:
    """What the page says of which rows it has."""
    [said] = re.findall(r"<strong>([\d–, of]*(?:in all)?)</strong>", page)
    return str(said)


def link(page: str, words: str) -> str | None:
    """Where a link of the list's pages leads; None if it is not there."""
    found = re.findall(rf'<a class="button secondary" href="([^"]*)">{words}</a>', page)
    return unescape(found[0]) if found else None

"""What every command needs: an open database, and errors reported in one sentence."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import click

from trk.core.audit import Actor
from trk.core.campaign import Campaign
from trk.core.draw import DrawError
from trk.core.mistakes import DraftError
from trk.journal import acting
from trk.settings import Settings
from trk.store import campaigns
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.migrate import migrate as migrate_database

T = TypeVar("T")


def run(work: Any) -> Any:
    """The result of a coroutine; expected errors become ClickExceptions."""
    try:
        return asyncio.run(work)
    except (DraftError, DrawError, DatabaseError, OSError) as problem:
        raise click.ClickException(str(problem)) from None


def with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """The result of `work` on the database, which is migrated first, and closed afterwards."""

    async def opened() -> T:
        acting.set(Actor("command", name=_account()))
        await migrate_database(settings.database)
        database = Database(settings.database, readers=1)
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    return cast("T", run(opened()))


def _account() -> str:
    """The name of whose account on this machine runs the command; empty where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return ""


def with_campaign(
    settings: Settings, key: str, work: Callable[[Database, Campaign], Awaitable[T]]
) -> T:
    """The result of `work` on the database and the campaign with this key."""

    async def found(database: Database) -> T:
        return await work(database, await existing(database, key))

    return with_database(settings, found)


async def existing(database: Database, key: str) -> Campaign:
    """The campaign with this key; ClickException if there is none."""
    found = await database.read(campaigns.by_key, key)
    if found is None:
        raise click.ClickException(f"There is no campaign with the key {key!r}.")
    return found

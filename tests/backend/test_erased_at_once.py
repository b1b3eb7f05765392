"""Somebody is erased while they confirm, come back or are corrected: nobody waits in a circle, and
nothing of them stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.backend.at_once import at_once
from tests.backend.earning_at_once import IN_ORDER, by_answer, entering, goes_back, referring
from tests.backend.stored import NOW, query
from trk.core.campaign import Campaign
from trk.services import corrections
from trk.store import confirmations, entrant_sessions, erasure, people
from trk.store.arrivals import Came
from trk.store.confirmations import Here
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.program import Program, Transaction

FRIEND = "friend@example.org"


async def erases(tx: Transaction) -> bool:
    [person] = await people.by_email(tx, FRIEND)
    return await erasure.forget(tx, person, await people.linked(tx, person), 0, NOW)


async def friend_in(database: Database) -> tuple[Campaign, int]:
    campaign, _ = await referring(database, confirmed_only=True)
    entrant, _ = await database.write(entering(campaign, None))
    return campaign, entrant.id


def uses_a_link(sql: str) -> bool:
    return "UPDATE confirmations" in sql


def confirms(campaign: Campaign) -> Program[object]:
    here = Here(None, Came(browser="elsewhere"))
    return lambda tx: confirmations.go_on_here(tx, campaign, "link of browser", here, "new", NOW)


def comes_back(campaign: Campaign) -> Program[object]:
    here = Here("session in browser", Came(browser="browser"))
    return lambda tx: confirmations.come_back(tx, campaign, "back", here, "new", NOW)


@pytest.mark.parametrize("way", [confirms, comes_back], ids=lambda each: each.__name__)
async def test_who_uses_a_mailed_link_while_they_are_erased(
    way: Callable[[Campaign], Program[object]], database: Database
) -> None:
    campaign, entrant = await friend_in(database)
    if way is comes_back:
        await database.write(goes_back(campaign, Came(browser="browser")))
        await database.write(
            entrant_sessions.open_session, campaign, entrant, "session in browser", NOW, "browser"
        )
    assert await at_once(database, way(campaign), erases, uses_a_link) == IN_ORDER
    for table in ("entrant_sessions", "confirmations"):
        sql = f"SELECT 1 AS one FROM {table} WHERE entrant_id = {entrant}"
        assert await query(database, sql) == []


@pytest.mark.parametrize(
    "correct", [corrections.invalidate, corrections.restore], ids=lambda each: each.deed
)
async def test_who_is_corrected_while_they_are_erased(
    correct: corrections.Correction, database: Database
) -> None:
    campaign, entrant = await friend_in(database)
    sql = f"UPDATE actions SET unique_value = 1 WHERE campaign_id = {campaign.id}"
    await database.write(lambda tx: tx.fetch(sql))
    await database.write(await by_answer(database, campaign, entrant, "First"))
    [row] = await query(database, f"SELECT id FROM completions WHERE entrant_id = {entrant}")
    if correct is corrections.restore:
        await database.write(corrections.invalidate, campaign, row["id"], Cause("x", NOW))
    began = await at_once(
        database,
        lambda tx: correct(tx, campaign, row["id"], Cause("y", NOW)),
        erases,
        lambda sql: "UPDATE completions" in sql,
    )
    assert began == IN_ORDER
    assert await query(database, "SELECT 1 AS one FROM unique_values") == []

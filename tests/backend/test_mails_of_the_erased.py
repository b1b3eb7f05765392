"""Nobody is written to who is erased at the same moment, whatever the mail is about.

On SQLite, which has one writer at a time, the erasure comes after what it meets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.announcing import ONE, draw, over
from tests.backend.calls import action, call, entered, made
from tests.backend.stored import campaign_in, query, visitor
from trk.clock import now_ms
from trk.core.winner_mail import WinnerText
from trk.services.announcing import tell_winners
from trk.services.people import Erasure, erase
from trk.store import confirmations, draws, mails
from trk.store.database import Database
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

Deed = Callable[[Starlette, httpx.AsyncClient], Awaitable[object]]


async def tells_winners(app: Starlette, api: httpx.AsyncClient) -> int:
    database = server_of(app).database
    text = WinnerText("Won", "{name}: {link}")
    soon = now_ms() + 10**8
    return await tell_winners(database, await campaign_in(database), text, soon, "http://t")


async def asks_for_a_link(app: Starlette, api: httpx.AsyncClient) -> bool:
    database = server_of(app).database
    link = ("hash", "http://t/link", "")
    campaign = await campaign_in(database)
    asked = await database.write(confirmations.ask, campaign, "4@example.org", *link, now_ms())
    # What is not mailed opens nothing.
    assert bool(await query(database, "SELECT 1 AS one FROM confirmations")) is asked
    return asked


async def earns_the_reward(app: Starlette, api: httpx.AsyncClient) -> object:
    beacon = call(40, ["Earned"], visitor=visitor(4))
    return await api.post(f"{ONE}/beacons", json=beacon)


async def competes(app: Starlette, api: httpx.AsyncClient) -> None:
    await over(app, api, winners=4)
    await draw(api)


async def rewards(app: Starlette, api: httpx.AsyncClient) -> None:
    await made(api, "reward", reward_kind="shared", reward_value="SAVE10")
    await action(api, "Earned")
    for number in range(1, 5):
        await entered(app, number)


@pytest.mark.parametrize(
    ("begin", "deed"),
    [(competes, tells_winners), (competes, asks_for_a_link), (rewards, earns_the_reward)],
    ids=["winners", "links", "rewards"],
)
async def test_whoever_is_erased_when_a_mail_is_written_does_not_get_it(
    app: Starlette,
    api: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    begin: Deed,
    deed: Deed,
) -> None:
    await begin(app, api)
    database = server_of(app).database
    erasing: list[asyncio.Task[list[Erasure]]] = []
    queue = mails.queue

    async def meanwhile(*given: Any, **about: Any) -> bool:
        if not database.sqlite and not erasing:
            erasing.append(asyncio.create_task(erase(database, "4@example.org")))
            # Until it is done, or waits for this transaction.
            await asyncio.wait(erasing, timeout=0.5)
        return await queue(*given, **about)

    monkeypatch.setattr(mails, "queue", meanwhile)
    await deed(app, api)
    await asyncio.gather(*erasing, erase(database, "4@example.org"))
    assert await left_of_the_erased(database) == []


async def left_of_the_erased(database: Database) -> list[str]:
    """What was written to whoever is erased, and the links by which they could still accept."""
    found = await query(
        database,
        "SELECT m.recipient AS said FROM mails AS m WHERE m.recipient = '4@example.org' "
        "UNION ALL SELECT 'a link' FROM winners AS w JOIN entrants AS e ON e.id = w.entrant_id "
        "WHERE e.erased_at IS NOT NULL AND w.answer_hash IS NOT NULL",
    )
    return [row["said"] for row in found]


async def test_the_others_are_written_to_when_one_winner_of_many_is_erased(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if those who were to be written to together are all erased."""
    monkeypatch.setattr("trk.services.announcing._AT_ONCE", 1)
    await competes(app, api)
    database = server_of(app).database
    names = draws.names

    async def meanwhile(tx: Any, campaign: Any, ids: Any, *, hold: bool = False) -> Any:
        if hold and not erased:
            erased.append(ids[0])
            await tx.fetch("UPDATE entrants SET erased_at = 1, email = '' WHERE id = $1", ids[0])
        return await names(tx, campaign, ids, hold=hold)

    erased: list[int] = []
    monkeypatch.setattr(draws, "names", meanwhile)
    assert await tells_winners(app, api) == 3
    written = await query(database, "SELECT entrant_id FROM mails ORDER BY entrant_id")
    assert [row["entrant_id"] for row in written] == [n for n in range(1, 5) if n not in erased]

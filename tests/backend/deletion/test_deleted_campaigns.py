"""A deleted campaign is gone at once, and what belonged to it goes a small part at a time."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.deletion.deleting import KINDS, left
from tests.backend.stored import NOW, campaign_with, enter, push, query, query_write
from trk.core.beacon import Answer
from trk.core.campaign import Campaign
from trk.core.mail import Mail
from trk.core.rejection import Rejection
from trk.services.campaigns import delete_campaign
from trk.services.jobs.deletion import Deletion
from trk.store import campaigns, deletion, deliveries, entrant_sessions, mails, people
from trk.store.belongings import BELOW
from trk.store.database import Database
from trk.store.pages import Span
from trk.store.program import Transaction
from trk.store.writer import Writer
from trk.web.server import server_of


async def test_a_deleted_campaign_can_not_be_chosen_and_its_mails_are_neither_sent_nor_shown(
    database: Database, doomed: Campaign
) -> None:
    for number, campaign_id in enumerate((doomed.id, None)):
        mail = Mail(f"topic {number}", "ann@example.org", f"Mail {number}", "Hello")
        assert await database.write(mails.queue, mail, NOW, campaign_id=campaign_id)
    await delete_campaign(database, doomed)
    assert await database.read(campaigns.names) == [("open1", "Open")]
    assert [due.mail.subject for due in await database.write(mails.take, 9, NOW)] == ["Mail 1"]
    page = await database.read(mails.everywhere, Span())
    assert [(row.subject, row.campaign_key) for row in page.rows] == [("Mail 1", None)]
    [hidden] = await query(database, "SELECT id FROM mails WHERE campaign_id IS NOT NULL")
    assert await database.read(mails.by_id, hidden["id"]) is None


async def test_nobody_finds_a_deleted_campaign_though_its_rows_are_there_still(
    database: Database, writer: Writer, doomed: Campaign
) -> None:
    await query_write(
        database,
        "INSERT INTO webhooks (campaign_id, url, events, secret, created_at) "
        f"VALUES ({doomed.id}, 'https://shop.example', 'action.completed', 'whsec_', 1)",
    )
    await delete_campaign(database, doomed)
    assert (await left(database))["trackings"] == 11
    assert await database.read(campaigns.by_key, "y2sB7") is None
    assert await database.read(campaigns.by_key, f"-{doomed.id}") is None
    for found in (
        await database.read(campaigns.page, 0, 9),
        [each for each, _, _ in await database.read(campaigns.overview, 0, 9)],
    ):
        assert [each.key for each in found] == ["open1"]
    reply = await push(writer, 12, ["Purchase"])
    assert isinstance(reply, Rejection)
    assert reply.code == "unknown_campaign"
    assert len(await database.read(people.by_email, "1@example.org")) == 1
    assert await database.read(deliveries.waiting, NOW) == []


async def test_a_new_campaign_can_have_the_key_at_once(
    database: Database, writer: Writer, doomed: Campaign
) -> None:
    await delete_campaign(database, doomed)
    again = await campaign_with(database)
    assert isinstance(await push(writer, 12, ["Purchase"]), Answer)
    await Deletion(database).work()
    assert await database.read(campaigns.by_key, "y2sB7") == again
    assert (await database.read(campaigns.extent, again)).trackings == 1


async def test_the_rest_goes_in_parts_even_if_the_server_dies_in_between(
    database: Database, doomed: Campaign
) -> None:
    await delete_campaign(database, doomed)
    parts = 0
    before = sum((await left(database)).values())
    while not await database.write(deletion.erase_campaign_part, doomed.id, size=7):
        parts += 1
        now = sum((await left(database)).values())
        assert before - now <= 2 * 7  # an entrant's session goes with the entrant
        before = now
        if parts == 3:  # another one goes on
            break
    await Deletion(database).work()
    assert await left(database) == dict.fromkeys(("campaigns", *KINDS), 1)
    for table, _ in BELOW:
        if "campaign_id" in (await query(database, f"SELECT * FROM {table} LIMIT 1") or [{}])[0]:
            mine = f"SELECT 1 AS one FROM {table} WHERE campaign_id = {doomed.id}"
            assert await query(database, mine) == [], table


async def test_another_campaign_s_beacons_are_answered_between_the_parts(
    database: Database, writer: Writer, doomed: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    await delete_campaign(database, doomed)
    small = deletion.erase_campaign_part
    monkeypatch.setattr(
        deletion, "erase_campaign_part", lambda tx, campaign_id: small(tx, campaign_id, 1)
    )
    sweeping = asyncio.create_task(Deletion(database).work())
    reply = await push(writer, 12, ["Purchase"], by=2, key="open1")
    assert isinstance(reply, Answer)
    assert not sweeping.done()
    await sweeping
    assert (await left(database))["trackings"] == 2


async def test_what_is_stored_below_it_at_that_moment_is_erased_by_the_job(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    entrant = await enter(database, campaign, 1)
    begun, deleted = asyncio.Event(), asyncio.Event()

    async def comes_again(tx: Transaction) -> None:
        await entrant_sessions.open_session(tx, campaign, entrant, "another", NOW)
        begun.set()
        if not database.sqlite:
            await deleted.wait()

    coming = asyncio.create_task(database.write(comes_again))
    if not database.sqlite:
        await begun.wait()
    deleting = asyncio.create_task(delete_campaign(database, campaign))
    await asyncio.wait([deleting], timeout=0.2)
    deleted.set()
    await asyncio.gather(coming, deleting)
    await Deletion(database).work()
    assert await query(database, "SELECT 1 AS one FROM campaigns") == []
    assert await query(database, "SELECT 1 AS one FROM entrant_sessions") == []


async def test_two_servers_that_erase_at_once_erase_all_and_nothing_else(
    database: Database, doomed: Campaign
) -> None:
    await delete_campaign(database, doomed)
    await asyncio.gather(Deletion(database).work(), Deletion(database).work())
    assert await left(database) == dict.fromkeys(("campaigns", *KINDS), 1)


async def test_the_server_erases_what_is_left_by_itself(
    app: Starlette,
    api: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("trk.services.campaigns._AT_ONCE", 0)
    monkeypatch.setattr("trk.services.actions._AT_ONCE", 0)
    erased = asyncio.Event()
    handler = Signalling(erased)
    logging.getLogger("trk.services.jobs.deletion").addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, "trk.services.jobs.deletion"):
            await campaign_with(server_of(app).database)
            assert (await api.delete("/campaigns/y2sB7")).status_code == 204
            assert (await api.get("/campaigns/y2sB7")).status_code == 404
            async with asyncio.timeout(30):
                await erased.wait()
    finally:
        logging.getLogger("trk.services.jobs.deletion").removeHandler(handler)
    assert await query(server_of(app).database, "SELECT 1 AS one FROM campaigns") == []


class Signalling(logging.Handler):
    """Sets an event at the first line that is logged."""

    def __init__(self, event: asyncio.Event) -> None:
        super().__init__()
        self._event = event

    def emit(self, record: logging.LogRecord) -> None:
        self._event.set()

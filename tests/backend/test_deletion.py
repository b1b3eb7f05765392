"""What is deleted is gone at once, and what belonged to it goes a small part at a time."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
from msgspec.structs import replace
from starlette.applications import Starlette

from tests.backend.stored import (
    NOW,
    campaign_with,
    enter,
    push,
    query,
    query_write,
    statements,
    told,
)
from trk.core.beacon import Answer
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.mail import Mail
from trk.core.rejection import Rejection
from trk.services.actions import change_action, delete_action, make_action
from trk.services.campaigns import delete_campaign, make_campaign
from trk.services.jobs.deletion import Deletion
from trk.store import (
    actions,
    campaigns,
    deletion,
    deliveries,
    draws,
    entrant_sessions,
    mails,
    people,
    rewards,
)
from trk.store.database import Database
from trk.store.deletion import BELOW
from trk.store.errors import Gone
from trk.store.pages import Span
from trk.store.program import Transaction, select
from trk.store.writer import Writer
from trk.web.server import server_of

KINDS = ("trackings", "completions", "entrants", "links", "entrant_sessions")


@pytest.fixture
async def doomed(database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A campaign with some entrants, beside another one; nothing of it goes while one waits."""
    monkeypatch.setattr("trk.services.campaigns._AT_ONCE", 0)
    monkeypatch.setattr("trk.services.actions._AT_ONCE", 0)
    campaign = await campaign_with(database)
    other = await database.write(make_campaign, CampaignDraft("Open", key="open1"))
    await database.write(make_action, other, ActionDraft("Buy", "Purchase"))
    for number in range(1, 11):
        await enter(database, campaign, number)
        await push(writer, number, ["Purchase"], by=number)
    await enter(database, other, 1)
    await push(writer, 11, ["Purchase"], by=1, key="open1")
    return campaign


async def left(database: Database) -> dict[str, int]:
    """How many rows there are, of all campaigns."""
    return {
        kind: len(await query(database, f"SELECT 1 AS one FROM {kind}"))
        for kind in ("campaigns", *KINDS)
    }


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


async def test_what_a_deleted_action_has_left_wins_and_earns_nothing(
    database: Database, doomed: Campaign
) -> None:
    [action] = await database.read(actions.of_campaign, doomed.id)
    coupons = replace(doomed, reward_kind="codes")

    async def waiting() -> int:
        supply = await database.read(rewards.supply, coupons)
        assert supply is not None
        return supply.waiting

    assert await waiting() == 10
    await database.write(deletion.delete_action, action, NOW)
    assert (await left(database))["completions"] == 11
    assert await waiting() == 0
    theirs = f"SELECT id FROM entrants WHERE campaign_id = {doomed.id}"
    everybody = [row["id"] for row in await query(database, theirs)]
    await database.write(rewards.grant, replace(doomed, reward_kind="link"), everybody, NOW)
    assert await query(database, "SELECT id FROM claims") == []
    draw = await database.write(draws.freeze, doomed, "seed", NOW)
    assert await database.read(draws.entries, doomed, draw.id, 0) == []


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


async def test_nobody_completes_a_deleted_action_though_its_completions_are_there_still(
    database: Database, writer: Writer, doomed: Campaign
) -> None:
    [action] = await database.read(actions.of_campaign, doomed.id)
    await push(writer, 20, ["Purchase"], by=99)  # it waits
    await delete_action(database, action)
    assert (await left(database))["completions"] == 11
    assert await database.read(actions.of_campaign, doomed.id) == []
    assert (await told(writer, 21, ["Purchase"], by=1)).pairs == ["unmatched"]
    # Whoever looked at it before does not bring it back, nor take its name.
    with pytest.raises(Gone):
        await database.write(change_action, doomed, action, ActionDraft("Buy", "Purchase"))
    again = await database.write(make_action, doomed, ActionDraft("Buy again", "Purchase"))
    assert (await told(writer, 22, ["Purchase"], by=1)).pairs == ["unlocked"]
    # Who waited for the old one, and enters meanwhile, has it not done; nor the new one.
    await enter(database, doomed, 99)
    await Deletion(database).work()
    mine = f"campaign_id = {doomed.id}"
    rows = await query(database, f"SELECT action_id FROM completions WHERE {mine}")
    assert [row["action_id"] for row in rows] == [again.id]
    rows = await query(
        database, f"SELECT 1 AS one FROM trackings WHERE {mine} AND action_id = {action.id}"
    )
    assert rows == []
    assert (await database.read(campaigns.extent, doomed)).completions == 1


async def test_an_action_s_end_goes_on_where_it_was_left_or_from_the_beginning(
    database: Database, doomed: Campaign
) -> None:
    await query_write(
        database,
        "INSERT INTO corrections (campaign_id, kind, completion_id, reason, made_at) "
        f"SELECT {doomed.id}, 'invalidated', id, 'why', 1 FROM completions WHERE id <= 2",
    )
    [action] = await database.read(actions.of_campaign, doomed.id)
    await delete_action(database, action)
    [one] = await database.read(deletion.deleted_actions)
    place: deletion.DeletionProgress | None = deletion.BEGINNING
    for _ in range(3):
        assert place is not None
        place = await database.write(deletion.erase_action_part, one, place, 3)
    assert 1 < (await left(database))["completions"] < 11
    await Deletion(database).work()
    assert (await left(database))["completions"] == 1
    assert await query(database, "SELECT 1 AS one FROM corrections") == []
    assert await database.read(deletion.deleted_actions) == []


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


async def test_erasing_an_action_s_completions_does_not_look_through_all_corrections(
    sqlite_database: Database,
) -> None:
    campaign = await campaign_with(sqlite_database)
    [action] = await sqlite_database.read(actions.of_campaign, campaign.id)
    one = await sqlite_database.write(deletion.delete_action, action, NOW)
    place = deletion.DeletionProgress(1)
    seen = await statements(sqlite_database, lambda tx: deletion.erase_action_part(tx, one, place))
    plans = {
        step["detail"]
        for sql, args in seen
        for step in await sqlite_database.read(select, f"EXPLAIN QUERY PLAN {sql}", *args)
    }
    assert [each for each in plans if " corrections " in each] == [
        "SEARCH corrections USING COVERING INDEX ix_corrections_completion "
        "(campaign_id=? AND completion_id=?)"
    ]

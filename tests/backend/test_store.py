"""What is stored, on both databases: exactly once, in one transaction, whatever comes at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Any

import pytest

from tests.backend.stored import completions, query
from trk.core.beacon import Answer, Beacon
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.keys import token_hash
from trk.core.rejection import Rejection
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import actions, campaigns, entrants, visitors, xrefs
from trk.store import trackings as log
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.pages import Span
from trk.store.program import Row, Transaction
from trk.store.storing import StoringHere
from trk.store.submissions import Reply, Submission
from trk.store.writer import Writer

NOW = time.time_ns() // 1_000_000
ANN, BOB = "a" * 32, "b" * 32


def beacon_id(number: int) -> str:
    return f"0193e5b4-6f3a-7c1e-9d2a-{number:012x}"


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    made = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    await database.write(make_action, made, ActionDraft("Be VIP", "VIP", "https://shop.example/"))
    return made


async def push(
    writer: Writer,
    number: int,
    *pairs: list[str | None],
    visitor: str = ANN,
    xref: str | None = None,
    key: str = "y2sB7",
) -> Reply:
    beacon = Beacon(beacon_id(number), visitor, list(pairs), 0, xref)
    return await writer.submit(Submission(key, beacon, NOW))


async def enter(database: Database, campaign: Campaign, visitor: str | None = None) -> int:
    entrant = await database.write(
        entrants.enter,
        campaign,
        name="Ann",
        email=f"{visitor}@example.org",
        session_hash=token_hash(f"session {visitor}"),
        visitor=visitor,
        now=NOW,
    )
    assert entrant is not None
    return entrant.id


async def trackings(database: Database, campaign: Campaign) -> list[Row]:
    page = await database.read(log.listed, campaign, Span(limit=1000))
    return [asdict(row) for row in page.rows]


async def test_the_same_beacon_from_50_tasks_gives_one_tracking_and_one_completion(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    await enter(database, campaign, ANN)
    replies = await asyncio.gather(*[push(writer, 1, ["vip", "x"]) for _ in range(50)])
    answers = [reply for reply in replies if isinstance(reply, Answer)]
    assert [answer.unlocked for answer in answers] == [["VIP"]] * 50
    assert sorted(answer.duplicate for answer in answers) == [False] + [True] * 49
    assert len(await trackings(database, campaign)) == 1
    assert [row["details"] for row in await completions(database, campaign)] == ["x"]


async def test_50_different_beacons_for_one_action_complete_it_once(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    await enter(database, campaign, ANN)
    replies = await asyncio.gather(*[push(writer, n, ["VIP", str(n)]) for n in range(50)])
    outcomes = [reply.pairs[0] for reply in replies if isinstance(reply, Answer)]
    assert sorted(outcomes) == ["repeated"] * 49 + ["unlocked"]
    assert len(await trackings(database, campaign)) == 50
    assert len(await completions(database, campaign)) == 1


async def test_two_writers_on_one_database_store_the_same_beacon_once(
    database: Database, database_url: str, writer: Writer, campaign: Campaign
) -> None:
    await enter(database, campaign, ANN)
    other_database = Database(database_url)
    await other_database.open()
    other = Writer(StoringHere(other_database))
    task = asyncio.create_task(other.run())
    both = [push(w, n, ["VIP"]) for n in range(40) for w in (writer, other)]
    replies = await asyncio.gather(*both)
    other.close()
    await task
    await other_database.close()
    assert sum(isinstance(r, Answer) and r.duplicate for r in replies) == 40
    assert len(await trackings(database, campaign)) == 40
    assert len(await completions(database, campaign)) == 1


async def test_tracking_first_and_entering_afterwards_unlocks(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    reply = await push(writer, 1, ["VIP", "early"])
    assert isinstance(reply, Answer)
    assert reply.pairs == ["waiting"]
    await enter(database, campaign, ANN)
    assert [row["details"] for row in await completions(database, campaign)] == ["early"]
    again = await push(writer, 1, ["VIP", "early"])
    assert again == Answer([], True, ["waiting"], [])


async def test_an_xref_links_one_visitor_and_is_refused_for_a_second(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    entrant = await enter(database, campaign)
    [action] = await database.read(actions.of_campaign, campaign.id)
    await database.write(xrefs.mint, campaign, entrant, action.id, token_hash("token"), NOW)
    first = await push(writer, 1, xref="token")
    second = await push(writer, 2, ["VIP"], visitor=BOB, xref="token")
    third = await push(writer, 3, ["VIP"])
    assert isinstance(first, Answer)
    assert first.refused == []
    assert isinstance(second, Answer)
    assert [refused.code for refused in second.refused] == ["xref_used"]
    assert second.pairs == ["waiting"]
    assert isinstance(third, Answer)
    assert third.unlocked == ["VIP"]


async def test_the_same_id_with_another_content_is_refused(
    writer: Writer, campaign: Campaign
) -> None:
    await push(writer, 1, ["VIP", "a"])
    reply = await push(writer, 1, ["VIP", "b"])
    assert isinstance(reply, Rejection)
    assert reply.code == "id_reused"


async def test_an_unknown_key_in_a_group_fails_no_neighbour(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    replies = await asyncio.gather(
        push(writer, 1, ["VIP"]), push(writer, 2, ["VIP"], key="nokey1"), push(writer, 3, ["x"])
    )
    assert [isinstance(reply, Answer) for reply in replies] == [True, False, True]
    assert len(await trackings(database, campaign)) == 2


async def test_an_error_of_one_campaign_costs_the_others_no_commits(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("bad01", "good1", "good2"):
        await sqlite_database.write(make_campaign, CampaignDraft("Win", key=key))
    sizes: list[int] = []
    writer = Writer(
        StoringHere(sqlite_database), committed=lambda size, seconds: sizes.append(size)
    )
    held = visitors.hold

    async def fails(tx: Transaction, campaign: Campaign, *rest: Any) -> None:
        if campaign.key == "bad01":
            raise DatabaseError("a mistake of one campaign")
        await held(tx, campaign, *rest)

    monkeypatch.setattr(visitors, "hold", fails)
    keys = ["good1", "bad01", "good2"] * 3
    sent = [asyncio.create_task(push(writer, n, ["a", "b"], key=key)) for n, key in enumerate(keys)]
    await asyncio.sleep(0)
    task = asyncio.create_task(writer.run())
    replies = await asyncio.gather(*sent)
    writer.close()
    await task
    assert [isinstance(reply, Answer) for reply in replies] == [key != "bad01" for key in keys]
    assert sizes == [3, 3]
    [row] = await query(sqlite_database, "SELECT COUNT(*) AS n FROM trackings")
    assert row["n"] == 6


async def test_a_beacon_that_the_database_refuses_fails_no_neighbour(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    # PostgreSQL refuses a NUL, which core lets through only by a bug; SQLite stores it.
    poison: list[str | None] = ["VIP", "a\0b"]
    replies = await asyncio.gather(
        push(writer, 1, ["a"]), push(writer, 2, poison), push(writer, 3, ["b"])
    )
    assert isinstance(replies[0], Answer)
    assert isinstance(replies[2], Answer)
    assert {"a", "b"} <= {row["name"] for row in await trackings(database, campaign)}


async def test_a_cancelled_request_loses_no_beacon(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    task = asyncio.create_task(push(writer, 1, ["VIP"]))
    await asyncio.sleep(0)
    task.cancel()
    await push(writer, 2, ["later"])
    assert [row["name"] for row in await trackings(database, campaign)] == ["VIP", "later"]


async def test_a_full_queue_says_busy(database: Database, campaign: Campaign) -> None:
    full = Writer(StoringHere(database), capacity=1)
    waits = asyncio.create_task(push(full, 1, ["VIP"]))
    await asyncio.sleep(0)
    reply = await push(full, 2, ["VIP"])
    assert isinstance(reply, Rejection)
    assert reply.code == "busy"
    full.close()
    await full.run()
    assert isinstance(await waits, Answer)


async def test_a_failed_transaction_leaves_nothing(database: Database, campaign: Campaign) -> None:
    async def half(tx: Transaction) -> None:
        await tx.fetch(
            "INSERT INTO api_tokens (name, token_hash, created_at) VALUES ($1, $2, $3)",
            "a",
            "b",
            1,
        )
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await database.write(half)

    async def count(tx: Transaction) -> list[Row]:
        return await tx.fetch("SELECT name FROM api_tokens")

    assert await database.read(count) == []


async def test_a_program_awaits_nothing_but_its_statements(sqlite_url: str) -> None:
    """On SQLite nothing could wake it again; it fails, is rolled back, and the next one runs."""
    database = Database(sqlite_url)
    await database.open()

    async def dawdling(tx: Transaction) -> None:
        await make_campaign(tx, CampaignDraft("Win", key="y2sB7"))
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="awaited something else"):
        await database.write(dawdling)
    assert await database.read(campaigns.by_key, "y2sB7") is None
    assert (await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))).key == "y2sB7"
    await database.close()

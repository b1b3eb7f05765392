"""Rewards and corrections as they are stored, on both databases and under concurrency."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.backend.stored import (
    NOW,
    claims,
    completions,
    enter,
    push,
    query,
    query_write,
    told,
    visitor,
)
from trk.core.beacon import Answer
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.mail import retry_at
from trk.services import corrections
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.services.code_uploads import add_codes
from trk.store import corrections as stored_corrections
from trk.store import entrants, mails, rewards
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.errors import Duplicate
from trk.store.mails import LEASE
from trk.store.pages import Span
from trk.store.status import Poll, poll_results, total_entries
from trk.store.storing import StoringHere
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns


async def reward_campaign(database: Database, **fields: Any) -> Campaign:
    draft = CampaignDraft("Thanks", key="y2sB7", kind="reward", **fields)
    campaign = await database.write(make_campaign, draft)
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    await database.write(make_action, campaign, ActionDraft("Visit", "Visit", frequency="daily"))
    return campaign


async def test_200_entrants_earn_150_codes_at_once_over_two_processes(
    database: Database, database_url: str, writer: Writer
) -> None:
    campaign = await reward_campaign(database, reward_kind="codes")
    codes = [f"CODE-{n}" for n in range(150)]
    assert await add_codes(database, campaign, codes) == 150
    for number in range(200):
        await enter(database, campaign, number)
    other_database = Database(database_url)
    await other_database.open()
    other = Writer(StoringHere(other_database))
    task = asyncio.create_task(other.run())
    replies = await asyncio.gather(
        *[push((writer, other)[n % 2], n, ["Purchase"], by=n) for n in range(200)]
    )
    other.close()
    await task
    await other_database.close()
    assert [r.unlocked for r in replies if isinstance(r, Answer)] == [["Purchase"]] * 200
    given = await claims(database, campaign)
    assert len({entrant for entrant, _ in given}) == len(given) == 150
    assert sorted(code for _, code in given) == sorted(codes)
    assert await database.read(rewards.stock, campaign) == (150, 0)
    assert len((await database.read(mails.listed, campaign, Span(limit=1000))).rows) == 150
    # The owner uploads more, some of them known: who waits gets the new ones, in order.
    more = ["CODE-7", *[f"MORE-{n}" for n in range(60)]]
    assert await add_codes(database, campaign, more) == 60
    given = await claims(database, campaign)
    assert len({entrant for entrant, _ in given}) == len({code for _, code in given}) == 200
    assert await database.read(rewards.stock, campaign) == (210, 10)


async def test_200_writes_at_once_for_one_entrant_give_one_code(
    database: Database, database_url: str
) -> None:
    campaign = await reward_campaign(database, reward_kind="codes")
    entrant = await enter(database, campaign, 1)
    other_database = Database(database_url)
    await other_database.open()
    writer = Writer(StoringHere(database))
    task = asyncio.create_task(writer.run())
    await told(writer, 1, ["Purchase"])
    writer.close()
    await task
    await query_write(database, "DELETE FROM code_stocks")  # it counts what comes next
    await query_write(
        database,
        f"INSERT INTO reward_codes (campaign_id, code) VALUES ({campaign.id}, 'A'), "
        f"({campaign.id}, 'B'), ({campaign.id}, 'C')",
    )

    async def claim(through: Database) -> None:
        try:
            await through.write(rewards.grant, campaign, [entrant], NOW)
        except Duplicate:  # the other process was quicker
            assert await through.read(rewards.claim_of, campaign, entrant) is not None

    await asyncio.gather(*[claim((database, other_database)[n % 2]) for n in range(200)])
    await other_database.close()
    assert len(await claims(database, campaign)) == 1
    assert await database.read(rewards.stock, campaign) == (3, 2)


async def test_a_reward_comes_after_n_different_actions_and_stays(
    database: Database, writer: Writer
) -> None:
    campaign = await reward_campaign(
        database,
        reward_kind="shared",
        reward_value="SAVE10",
        reward_after=2,
        reward_note="At the till.",
    )
    entrant = await enter(database, campaign, 1)
    day = 86_400_000
    await push(writer, 1, ["Visit"], at=NOW)
    await push(writer, 2, ["Visit"], at=NOW + day)
    assert await claims(database, campaign) == []
    await push(writer, 3, ["Purchase"], at=NOW + day)
    await push(writer, 4, ["Visit"], at=NOW + 2 * day)
    assert await claims(database, campaign) == [(entrant, "SAVE10")]
    [mail] = (await database.read(mails.listed, campaign, Span())).rows
    assert (mail.recipient, mail.subject) == ("1@example.org", "Your reward: Thanks")
    assert "SAVE10" in mail.body
    assert "At the till." in mail.body
    first = (await completions(database, campaign))[0]["id"]
    await database.write(corrections.invalidate, campaign, first, Cause("fraud", NOW))
    assert await claims(database, campaign) == [(entrant, "SAVE10")]


async def test_a_reward_comes_when_a_link_is_made_later(database: Database, writer: Writer) -> None:
    campaign = await reward_campaign(database, reward_kind="link", reward_value="https://x.example")
    await told(writer, 1, ["Purchase"], by=1)
    assert await claims(database, campaign) == []
    entrant = await enter(database, campaign, 1)
    assert await claims(database, campaign) == [(entrant, "https://x.example")]


async def test_a_competition_gives_no_reward(database: Database, writer: Writer) -> None:
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase"))
    await enter(database, campaign, 1)
    assert (await told(writer, 1, ["Purchase"])).unlocked == ["Purchase"]
    assert await claims(database, campaign) == []


async def test_entries_and_totals_follow_an_invalidation_at_once_and_come_back(
    database: Database, writer: Writer
) -> None:
    campaign = await reward_campaign(database)
    await enter(database, campaign, 1)
    await told(writer, 1, ["Purchase", "17"], ["Visit"])
    [purchase, _] = await completions(database, campaign)

    async def counted() -> tuple[int, int]:
        session = await query(database, "SELECT token_hash FROM entrant_sessions")
        [seen] = await database.read(poll_results, [Poll("y2sB7", session[0]["token_hash"])])
        assert seen is not None
        total = await database.read(total_entries, campaign)
        return sum(completion.worth for completion in seen.completions), total

    assert await counted() == (2, 2)
    assert await database.write(
        corrections.invalidate, campaign, purchase["id"], Cause("copied", NOW)
    )
    assert not await database.write(
        corrections.invalidate, campaign, purchase["id"], Cause("again", NOW)
    )
    assert await counted() == (1, 1)
    assert (await told(writer, 2, ["Purchase", "18"])).pairs == ["repeated"]
    assert await database.write(
        corrections.restore, campaign, purchase["id"], Cause("it was right", NOW)
    )
    assert not await database.write(
        corrections.restore, campaign, purchase["id"], Cause("again", NOW)
    )
    assert await counted() == (2, 2)
    log = await database.read(stored_corrections.listed, campaign, Span())
    assert [(row.kind, row.reason) for row in log.rows] == [
        ("invalidated", "copied"),
        ("restored", "it was right"),
    ]


async def test_an_invalidated_order_number_is_free_for_whom_it_belongs_to(
    database: Database, writer: Writer
) -> None:
    campaign = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    await database.write(make_action, campaign, ActionDraft("Buy", "Purchase", unique_value=True))
    for number in (1, 2):
        await enter(database, campaign, number)
    assert (await told(writer, 1, ["Purchase", "17"], by=1)).pairs == ["unlocked"]
    assert (await told(writer, 2, ["Purchase", "17"], by=2)).pairs == ["refused"]
    [stolen] = await completions(database, campaign)
    await database.write(corrections.invalidate, campaign, stolen["id"], Cause("not theirs", NOW))
    assert (await told(writer, 3, ["Purchase", "17"], by=2)).pairs == ["unlocked"]
    try:
        await database.write(corrections.restore, campaign, stolen["id"], Cause("oops", NOW))
    except Duplicate:
        pass
    else:
        raise AssertionError("one order number counts for two entrants")
    rows = await completions(database, campaign)
    assert [row["invalidated_at"] is None for row in rows] == [False, True]


async def test_a_blocked_entrant_counts_for_nothing_until_unblocked(
    database: Database, writer: Writer
) -> None:
    campaign = await reward_campaign(
        database, reward_kind="shared", reward_value="SAVE10", reward_after=2
    )
    entrant = await enter(database, campaign, 1)
    await told(writer, 1, ["Purchase"])
    assert await database.write(corrections.block, campaign, entrant, Cause("robot", NOW))
    assert not await database.write(corrections.block, campaign, entrant, Cause("robot", NOW))
    assert await database.read(total_entries, campaign) == 0
    answer = await told(writer, 2, ["Visit"], ["unknown"])
    assert answer.pairs == ["refused", "unmatched"]
    assert [refused.code for refused in answer.refused] == ["entrant_blocked"]
    assert await database.write(corrections.unblock, campaign, entrant, Cause("a person", NOW))
    assert await database.read(total_entries, campaign) == 1
    assert (await told(writer, 3, ["Visit"])).pairs == ["unlocked"]
    assert await claims(database, campaign) == [(entrant, "SAVE10")]


async def test_another_campaigns_owner_corrects_nothing_here(
    database: Database, writer: Writer
) -> None:
    campaign = await reward_campaign(database)
    other = await database.write(make_campaign, CampaignDraft("Other", key="other1"))
    entrant = await enter(database, campaign, 1)
    await told(writer, 1, ["Purchase"])
    [row] = await completions(database, campaign)
    assert not await database.write(corrections.invalidate, other, row["id"], Cause("x", NOW))
    assert not await database.write(corrections.block, other, entrant, Cause("x", NOW))


async def test_a_mail_is_queued_once_taken_by_one_sender_and_tried_again(
    database: Database, database_url: str
) -> None:
    campaign = await reward_campaign(database, reward_kind="shared", reward_value="SAVE10")
    for number in range(20):
        await enter(database, campaign, number)
    people = [row["id"] for row in await query(database, "SELECT id FROM entrants ORDER BY id")]
    await query_write(
        database,
        "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, source, "
        "happened_at, completed_at) SELECT e.campaign_id, e.id, a.id, '', 1, 'api', 1, 1 "
        "FROM entrants AS e JOIN actions AS a ON a.tracking_name = 'Purchase'",
    )
    await database.write(rewards.grant, campaign, people, NOW)
    other = Database(database_url)
    await other.open()
    taken = await asyncio.gather(
        *[(database, other)[n % 2].write(mails.take, 3, NOW) for n in range(10)]
    )
    ids = [due.id for dues in taken for due in dues]
    assert len(set(ids)) == len(ids)
    rest = await database.write(mails.take, 100, NOW)
    assert sorted([*ids, *(due.id for due in rest)]) == sorted(set(ids) | {d.id for d in rest})
    assert len(ids) + len(rest) == 20
    await other.close()
    first, second, *_ = [due for dues in taken for due in dues]
    await database.write(mails.sent, first, NOW)
    await database.write(mails.failed, second, "550 no such user", NOW)
    later = await database.write(mails.take, 100, NOW + 60_000)
    assert [(due.id, due.attempts) for due in later] == [(second.id, 2)]
    abandoned = await database.write(mails.take, 100, NOW + 60_000 + LEASE)
    assert len(abandoned) == 19
    assert first.id not in {due.id for due in abandoned}
    assert retry_at(10, NOW) is None


async def test_a_second_entrant_in_one_browser_does_not_earn_by_the_firsts_purchase(
    database: Database, writer: Writer
) -> None:
    campaign = await reward_campaign(database, reward_kind="codes")
    await add_codes(database, campaign, ["A", "B"])
    mother = await enter(database, campaign, 1)
    await told(writer, 1, ["Purchase"])
    child = await enter(database, campaign, 2, linked=False)
    await database.write(entrants.link_visit, campaign, visitor(1), child, NOW)
    assert await claims(database, campaign) == [(mother, "A")]

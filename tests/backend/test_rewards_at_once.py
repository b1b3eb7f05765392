"""Rewards that are earned in several transactions at once: each is given, and nobody waits in a
circle. What an older version has missed is given later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.backend.at_once import at_once, holds_an_entrant
from tests.backend.conftest import PUBLIC_URL, running
from tests.backend.earning_at_once import by_answer, for_two, switching
from tests.backend.linking import minted, sent
from tests.backend.stored import NOW, campaign_in, claims, enter, query, query_write, visitor
from trk.core.campaign import Campaign
from trk.core.reward import RewardKind
from trk.services import corrections
from trk.services.code_uploads import add_codes
from trk.services.jobs.reward_giver import RewardGiver
from trk.settings import Settings
from trk.store import entrants
from trk.store.beacons import store
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.program import Program
from trk.web.server import server_of

Way = Callable[[Database, Campaign, int, str], Awaitable[Program[Any]]]
"""Prepares how an entrant completes the action with this name; the program that does it."""


async def by_beacon(
    database: Database, campaign: Campaign, entrant: int, name: str
) -> Program[Any]:
    return lambda tx: store(tx, [sent(ord(name[0]), 1, [name])])


async def by_link(database: Database, campaign: Campaign, entrant: int, name: str) -> Program[Any]:
    """What has waited in another of the entrant's browsers."""
    await database.write(store, [sent(50 + ord(name[0]), 5, [name])])
    return lambda tx: entrants.link_visit(tx, campaign, visitor(5), entrant, NOW)


async def by_token(database: Database, campaign: Campaign, entrant: int, name: str) -> Program[Any]:
    """The same, and the beacon that links it brings nothing else."""
    await database.write(store, [sent(100 + ord(name[0]), 6, [name])])
    await minted(database, campaign, entrant, "token")
    return lambda tx: store(tx, [sent(200, 6, xref="token")])


async def by_move(database: Database, campaign: Campaign, entrant: int, name: str) -> Program[Any]:
    """What counted for another so far."""
    giver = await enter(database, campaign, 9)
    await minted(database, campaign, giver, "given")
    await database.write(store, [sent(300, 7, [name], xref="given")])
    return lambda tx: entrants.link_visit(tx, campaign, visitor(7), entrant, NOW)


async def by_restoring(
    database: Database, campaign: Campaign, entrant: int, name: str
) -> Program[Any]:
    await database.write(await by_answer(database, campaign, entrant, name))
    [row] = await query(database, f"SELECT id FROM completions WHERE entrant_id = {entrant}")
    await database.write(corrections.invalidate, campaign, row["id"], Cause("Copied.", NOW))
    return lambda tx: corrections.restore(tx, campaign, row["id"], Cause("It was not.", NOW))


@pytest.mark.parametrize("second", [by_answer, by_beacon])
@pytest.mark.parametrize("first", [by_answer, by_beacon, by_link, by_token, by_move, by_restoring])
async def test_who_completes_two_actions_in_two_transactions_at_once_gets_the_reward(
    first: Way, second: Way, database: Database
) -> None:
    campaign = await for_two(database)
    entrant = await enter(database, campaign, 1)
    one = await first(database, campaign, entrant, "First")
    other = await second(database, campaign, entrant, "Second")
    await at_once(database, one, other)
    assert await claims(database, campaign) == [(entrant, "SAVE10")]


@pytest.mark.parametrize("way", [by_answer, by_beacon, by_link, by_restoring])
@pytest.mark.parametrize("first", ["the action", "the rules"])
async def test_who_completes_an_action_while_the_rules_change_gets_what_they_have_earned_by_now(
    first: str, way: Way, database: Database
) -> None:
    campaign = await for_two(database)
    entrant = await enter(database, campaign, 1)
    completes = await way(database, campaign, entrant, "First")
    changes = switching(campaign, reward_after=1)
    one, other = (completes, changes) if first == "the action" else (changes, completes)
    await at_once(database, one, other)
    assert await claims(database, campaign) == [(entrant, "SAVE10")]


async def test_codes_that_are_added_while_the_reward_becomes_one_of_codes_are_given(
    database: Database,
) -> None:
    campaign, people = await missed(database, 3)
    await database.write(switching(campaign, reward_kind="codes", reward_value=""))
    # Whoever adds them has seen the campaign before that.
    await add_codes(database, campaign, ["a", "b", "c"])
    assert [entrant for entrant, _ in await claims(database, campaign)] == people


@pytest.mark.parametrize("other", ["pushes", "restores"])
async def test_who_links_one_entrant_and_unlocks_for_another_waits_for_nobody_in_a_circle(
    other: str, database: Database
) -> None:
    campaign = await for_two(database, "codes")
    await add_codes(database, campaign, ["a", "b"])
    first, last = [await enter(database, campaign, n) for n in (1, 2)]
    await minted(database, campaign, last, "token")
    await database.write(store, [sent(1, 5, ["First"], ["Second"])])
    # First the later entrant, for whom something waited, then the earlier one, who pushes.
    linking = [sent(2, 5, xref="token"), sent(3, 1, ["First"])]
    pushing = [sent(4, 1, ["Second"]), sent(5, 2, ["Third"])]
    programs: dict[str, Program[Any]] = {"pushes": lambda tx: store(tx, pushing)}
    if other == "restores":
        programs[other] = await by_restoring(database, campaign, first, "Second")
    began = await at_once(
        database, lambda tx: store(tx, linking), programs[other], holds_an_entrant
    )
    assert began == ["first", "other"]
    assert sorted(entrant for entrant, _ in await claims(database, campaign)) == [first, last]


async def missed(
    database: Database, people: int, kind: RewardKind = "shared"
) -> tuple[Campaign, list[int]]:
    """A campaign, and entrants who have earned its reward and not got it."""
    campaign = await for_two(database, kind)
    ids = [await enter(database, campaign, n) for n in range(people)]
    await query_write(
        database,
        "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, source, "
        "happened_at, completed_at) SELECT e.campaign_id, e.id, a.id, '', 1, 'api', 1, 1 "
        "FROM entrants AS e JOIN actions AS a ON a.campaign_id = e.campaign_id",
    )
    return campaign, ids


async def test_a_reward_that_was_missed_is_given_once_by_one_of_several_servers(
    database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    campaign, people = await missed(database, 12)
    await database.write(corrections.block, campaign, people[3], Cause("A robot.", NOW))
    other = Database(database_url)
    await other.open()
    try:
        with caplog.at_level(logging.WARNING):
            await asyncio.gather(*[RewardGiver(each).work() for each in (database, other)])
            await RewardGiver(database).work()
    finally:
        await other.close()
    due = [each for each in people if each != people[3]]
    assert sorted(await claims(database, campaign)) == [(each, "SAVE10") for each in due]
    mailed = await query(database, "SELECT entrant_id FROM mails ORDER BY entrant_id")
    assert [row["entrant_id"] for row in mailed] == due
    said = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert said
    assert sum(int(line.split()[3]) for line in said) == 11


async def test_missed_rewards_of_many_are_found_part_by_part_and_codes_as_far_as_there_are(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trk.store.missed_rewards._SOME", 5)
    campaign, people = await missed(database, 12, "codes")
    codes = [f"c{n}" for n in range(11)]
    await query_write(
        database,
        "INSERT INTO reward_codes (campaign_id, code) VALUES "
        + ", ".join(f"({campaign.id}, '{code}')" for code in codes),
    )
    await RewardGiver(database).work()
    given = dict(await claims(database, campaign))
    assert sorted(given) == people[:11]
    assert sorted(given.values()) == sorted(codes)


async def test_who_has_not_earned_it_by_the_rules_of_today_gets_nothing(
    database: Database,
) -> None:
    campaign, _ = await missed(database, 3)
    await query_write(database, "UPDATE campaigns SET reward_after = 4")
    await RewardGiver(database).work()
    await query_write(database, "UPDATE campaigns SET reward_after = 1, reward_kind = 'none'")
    await RewardGiver(database).work()
    assert await claims(database, campaign) == []


async def test_a_server_that_starts_gives_what_was_missed(
    database: Database, database_url: str
) -> None:
    _, people = await missed(database, 3)
    async with running(Settings(database=database_url, public_url=PUBLIC_URL)) as app:
        at = server_of(app).database
        async with asyncio.timeout(10):
            while not (found := await claims(at, await campaign_in(at))):
                pass
    assert found == [(each, "SAVE10") for each in people]

"""Friends, and what is corrected, while others earn or are blocked: nobody waits in a circle, and
nobody's reward is missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.backend.at_once import at_once, holds_an_entrant, holds_codes, holds_the_campaign
from tests.backend.earning_at_once import (
    IN_ORDER,
    by_answer,
    entering,
    goes_back,
    referring,
    switching,
)
from tests.backend.linking import sent
from tests.backend.stored import NOW, claims, enter, query, query_write, visitor
from trk.core.campaign import Campaign
from trk.services import corrections as services
from trk.store import arrivals, confirmations, leaving_out, rewards, tickets, undoing
from trk.store.arrivals import Came
from trk.store.beacons import store
from trk.store.confirmations import Here
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.program import Program
from trk.store.tickets import Ticket


async def friend_of(database: Database, campaign: Campaign, referrer: int) -> int:
    entrant, _ = await database.write(entering(campaign, referrer, visitor=visitor(2)))
    number: int = entrant.id
    return number


async def blocked(database: Database, campaign: Campaign, *entrants: int) -> None:
    await database.write(leaving_out.several, campaign, entrants, Cause("Cheats.", NOW, "step"))


def confirms(campaign: Campaign, came: Came) -> Program[Any]:
    """The friend opens the mailed link in a browser."""
    here = Here(None, came)
    return lambda tx: confirmations.go_on_here(tx, campaign, "link of browser", here, "new", NOW)


@pytest.mark.parametrize("confirm", [confirms, goes_back])
@pytest.mark.parametrize("other", ["both earn", "both are left out"])
async def test_a_friend_confirms_while_both_earn_or_are_left_out(
    other: str, confirm: Callable[[Campaign, Came], Program[Any]], database: Database
) -> None:
    campaign, referrer = await referring(database, confirmed_only=True)
    friend = await friend_of(database, campaign, referrer)
    programs: dict[str, Program[Any]] = {
        "both earn": lambda tx: store(tx, [sent(1, 1, ["First"]), sent(2, 2, ["Second"])]),
        "both are left out": lambda tx: leaving_out.several(
            tx, campaign, [referrer, friend], Cause("Cheats.", NOW)
        ),
    }
    first = confirm(campaign, Came(browser="elsewhere"))
    began = await at_once(database, first, programs[other], holds_an_entrant)
    assert began == IN_ORDER
    [row] = await query(
        database,
        f"SELECT invalidated_at FROM completions WHERE entrant_id = {referrer} "
        "AND source = 'referral'",
    )
    assert (row["invalidated_at"] is None) == (other == "both earn")


def unblocks(campaign: Campaign, friend: int) -> Program[Any]:
    return lambda tx: services.unblock(tx, campaign, friend, Cause("No.", NOW))


def unblocks_several(campaign: Campaign, friend: int) -> Program[Any]:
    return lambda tx: services.each(tx, services.unblock, campaign, [friend], Cause("No.", NOW))


def lets_in(campaign: Campaign, friend: int) -> Program[Any]:
    return lambda tx: leaving_out.take_back(tx, campaign, NOW, Cause("No.", NOW))


def undoes(campaign: Campaign, friend: int) -> Program[Any]:
    return lambda tx: undoing.undo(tx, campaign, "step", NOW)


@pytest.mark.parametrize("lets", [unblocks, unblocks_several, lets_in, undoes])
async def test_a_friend_takes_part_again_while_both_are_judged(
    lets: Callable[[Campaign, int], Program[Any]], database: Database
) -> None:
    campaign, referrer = await referring(database)
    friend = await friend_of(database, campaign, referrer)
    await database.write(store, [sent(1, 2, ["Second"])])
    await blocked(database, campaign, friend)
    began = await at_once(
        database,
        lets(campaign, friend),
        # As beacons do that were decided before the friend was blocked.
        lambda tx: rewards.grant(tx, campaign, [friend, referrer], NOW),
        holds_an_entrant,
    )
    assert began == IN_ORDER
    assert sorted(await claims(database, campaign)) == [(referrer, "SAVE10"), (friend, "SAVE10")]


async def test_the_rules_of_friends_change_while_one_is_blocked(database: Database) -> None:
    campaign, referrer = await referring(database, confirmed_only=True)
    friend = await friend_of(database, campaign, referrer)
    await at_once(
        database,
        lambda tx: services.block(tx, campaign, friend, Cause("A cheat.", NOW)),
        switching(campaign, confirmed_only=False),
    )
    rows = await query(database, "SELECT id FROM completions WHERE invalidated_at IS NULL")
    assert rows == [], "a blocked friend counts for nobody"


@pytest.mark.parametrize("way", ["enters", "confirms"])
async def test_a_friend_who_earns_a_code_brings_one_while_the_referrer_earns_it(
    way: str, database: Database
) -> None:
    campaign, referrer = await referring(database, "codes", confirmed_only=way == "confirms")
    came = Came(visitors=(visitor(3),), browser="browser")
    # Of two actions each: those of the referrer are a friend and what they did, or are about to do.
    campaign = await database.write(switching(campaign, reward_after=2))
    first = entering(campaign, referrer, came=came)
    if way == "confirms":
        await database.write(entering(campaign, referrer))
        campaign = await database.write(switching(campaign, confirmed_only=False))
        first = confirms(campaign, came)
    else:
        await database.write(await by_answer(database, campaign, referrer, "First"))
    await database.write(store, [sent(1, 3, ["First"], ["Second"])])
    other = await by_answer(database, campaign, referrer, "Second")
    assert await at_once(database, first, other, holds_codes) == IN_ORDER
    assert len(await claims(database, campaign)) == 2


async def test_a_browser_enters_by_a_friends_link_while_a_mailed_link_is_opened_in_it(
    database: Database,
) -> None:
    campaign, referrer = await referring(database, confirmed_only=True)
    await database.write(entering(campaign, None, browser="elsewhere", email="eve@example.org"))
    here = Here(None, Came(browser="browser"))
    began = await at_once(
        database,
        entering(campaign, referrer),
        lambda tx: confirmations.go_on_here(tx, campaign, "link of elsewhere", here, "new", NOW),
        holds_the_campaign,
    )
    assert began == IN_ORDER


@pytest.mark.parametrize("browser", ["browser", "elsewhere"])
@pytest.mark.parametrize("first", ["by the link", "without it"])
async def test_one_e_mail_enters_twice_at_once_once_by_a_friends_link(
    first: str, browser: str, database: Database
) -> None:
    campaign, referrer = await referring(database)
    by_link = entering(campaign, referrer, visitor=visitor(3))
    without = entering(campaign, None, browser=browser, visitor=visitor(4))
    programs = (by_link, without) if first == "by the link" else (without, by_link)
    # Whoever comes later finds an entrant, and tries no second time.
    stops = holds_the_campaign if first == "by the link" else inserts_an_entrant
    assert await at_once(database, *programs, stops) == IN_ORDER
    assert len(await query(database, "SELECT id FROM entrants")) == 2


def inserts_an_entrant(sql: str) -> bool:
    return "INSERT INTO entrants" in sql


async def test_a_browser_enters_while_its_other_tab_redeems_a_ticket(database: Database) -> None:
    campaign, referrer = await referring(database)
    ticket = Ticket("ticket", visitor(3), NOW)
    await database.write(tickets.keep, campaign, [ticket])
    came = Came(tickets=("ticket",), browser="browser")
    began = await at_once(
        database,
        lambda tx: arrivals.take(tx, campaign, came, referrer, NOW),
        entering(campaign, referrer, came=came),
        lambda sql: "UPDATE tickets" in sql,
    )
    assert began == IN_ORDER


@pytest.mark.parametrize("way", ["restores", "undoes"])
async def test_several_are_restored_while_both_earn(way: str, database: Database) -> None:
    campaign, one = await referring(database, "codes")
    other = await enter(database, campaign, 2)
    # The later entrant has the earlier completion.
    await database.write(await by_answer(database, campaign, other, "First"))
    await database.write(await by_answer(database, campaign, one, "First"))
    rows = await query(database, "SELECT id FROM completions ORDER BY id")
    ids = [row["id"] for row in rows]
    await database.write(
        services.each, services.invalidate, campaign, ids, Cause("Copied.", NOW, "step")
    )
    programs: dict[str, Program[Any]] = {
        "restores": lambda tx: services.each(
            tx, services.restore, campaign, ids, Cause("No.", NOW)
        ),
        "undoes": lambda tx: undoing.undo(tx, campaign, "step", NOW),
    }
    began = await at_once(
        database,
        programs[way],
        lambda tx: store(tx, [sent(1, 1, ["Second"]), sent(2, 2, ["Second"])]),
        holds_an_entrant,
    )
    assert began == IN_ORDER
    assert sorted(who for who, _ in await claims(database, campaign)) == [one, other]


async def test_what_both_completed_is_restored_while_one_uses_the_others_value(
    database: Database,
) -> None:
    campaign, referrer = await referring(database)
    await query_write(database, "UPDATE actions SET unique_value = 1 WHERE tracking_name = 'First'")
    friend = await friend_of(database, campaign, referrer)
    await database.write(await by_answer(database, campaign, friend, "First"))
    ids = [row["id"] for row in await query(database, "SELECT id FROM completions")]
    await database.write(services.each, services.invalidate, campaign, ids, Cause("Copied.", NOW))
    await query_write(database, "DELETE FROM claims")
    began = await at_once(
        database,
        lambda tx: services.each(tx, services.restore, campaign, ids, Cause("No.", NOW)),
        await by_answer(database, campaign, referrer, "First"),
        holds_an_entrant,
    )
    # Whoever comes later sees at the second try that the value is used.
    assert began == [*IN_ORDER, "other"] or (database.sqlite and began == IN_ORDER)
    assert len(await query(database, "SELECT 1 AS one FROM unique_values")) == 1


async def test_several_friends_take_part_again_while_others_earn(database: Database) -> None:
    campaign, one = await referring(database)
    other = await enter(database, campaign, 5)
    friends = []
    # The earlier friend's referrer is the later one.
    for n, referrer in enumerate((other, one)):
        program = entering(campaign, referrer, browser=f"b{n}", email=f"f{n}@example.com")
        entrant, _ = await database.write(program)
        friends.append(entrant.id)
    await blocked(database, campaign, *friends)
    held = iter((False, True))  # first the friends with their referrers, then whom rewards are for
    began = await at_once(
        database,
        lambda tx: services.each(tx, services.unblock, campaign, friends, Cause("No.", NOW)),
        lambda tx: rewards.grant(tx, campaign, [one, other], NOW),
        lambda sql: "entrants" in sql and sql.endswith("FOR NO KEY UPDATE") and next(held, False),
    )
    assert began == IN_ORDER

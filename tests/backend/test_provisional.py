"""A link by a token that may have been given away counts until its browser shows whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.backend.linking import counting, follow, given, listed, notes, tell, visit
from tests.backend.stored import NOW, campaign_with, enter, query, visitor
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft
from trk.core.rejection import Rejection
from trk.services import corrections
from trk.services import people as privacy
from trk.services.actions import make_action
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.writer import Writer

pytestmark = pytest.mark.by_turns

Show = Callable[[Database, Writer, Campaign, int], Any]


async def linked(database: Database) -> dict[str, tuple[int, str]]:
    rows = await query(database, "SELECT visitor, entrant_id, proof FROM links")
    return {row["visitor"]: (row["entrant_id"], row["proof"]) for row in rows}


@pytest.mark.parametrize("shows", ["enters", "a click", "a session", "an own action"])
@pytest.mark.parametrize("pushed", ["before", "after"])
async def test_what_a_browser_did_with_a_gift_is_the_persons_who_enters_in_it(
    pushed: str, shows: str, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, unique_value=True)
    giver = await enter(database, campaign, 9)
    if pushed == "before":
        await tell(writer, 1, 1, ["Purchase", "order-17"])
    assert await follow(database, writer, 2, giver, 1) == []
    if pushed == "after":
        assert (await tell(writer, 3, 1, ["Purchase", "order-17"])).unlocked == ["Purchase"]
    assert await counting(database) == [(giver, "order-17")]
    person = await enter(database, campaign, 1, linked=shows == "enters")
    if shows == "a click":
        await visit(database, person, 1)
    elif shows == "a session":
        await visit(database, person, 1, by_address=False)
    elif shows == "an own action":
        assert await follow(database, writer, 4, person, 1, direct=True) == []
    assert await counting(database) == [(person, "order-17")]
    [held] = await query(database, "SELECT entrant_id FROM unique_values")
    assert held["entrant_id"] == person
    assert (await listed(database, giver)).entries == 0
    assert (await listed(database, person)).entries == 1
    assert (await linked(database))[visitor(1)][0] == person
    assert [(who, kind) for who, kind, _ in await notes(database)] == [
        (giver, "moved"),
        (person, "moved"),
    ]
    assert await query(database, "SELECT id FROM trackings WHERE provisional = 1") == []
    assert await query(database, "SELECT id FROM shared_visitors") == []
    # The giver keeps the browser from nobody, and the action is theirs to do.
    assert (await tell(writer, 5, 9, ["Purchase", "order-18"])).unlocked == ["Purchase"]
    assert (await tell(writer, 6, 1, ["Purchase", "order-19"])).pairs == ["repeated"]
    assert await counting(database) == [(giver, "order-18"), (person, "order-17")]


async def test_a_gift_after_entering_gives_the_giver_nothing(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    giver, person = await enter(database, campaign, 9), await enter(database, campaign, 1)
    assert await follow(database, writer, 1, giver, 1) == ["visitor_taken"]
    await tell(writer, 2, 1, ["Purchase", "17"])
    assert await counting(database) == [(person, "17")]
    assert await query(database, "SELECT id FROM shared_visitors") == []


async def test_what_was_done_already_for_the_giver_counts_for_the_person(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    giver = await enter(database, campaign, 9)
    await tell(writer, 1, 9, ["Purchase", "the giver's"])
    await follow(database, writer, 2, giver, 1)
    assert (await tell(writer, 3, 1, ["Purchase", "the person's"])).pairs == ["repeated"]
    assert (await tell(writer, 4, 1, ["Purchase", "again"])).pairs == ["repeated"]
    person = await enter(database, campaign, 1)
    assert await counting(database) == [(giver, "the giver's"), (person, "the person's")]
    log = await query(database, "SELECT COALESCE(settled, outcome) AS o FROM trackings ORDER BY id")
    assert [row["o"] for row in log] == ["unlocked", "unlocked", "repeated"]


async def test_what_was_refused_to_a_blocked_giver_counts_for_the_person(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, unique_value=True)
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 1, giver, 1)
    await database.write(corrections.block, campaign, giver, Cause("A cheat.", NOW))
    assert (await tell(writer, 2, 1, ["Purchase", "17"])).pairs == ["refused"]
    person = await enter(database, campaign, 1)
    assert await counting(database) == [(person, "17")]


async def test_what_the_person_had_done_as_well_counts_once_and_its_value_is_free(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database, unique_value=True)
    giver, person = await enter(database, campaign, 9), await enter(database, campaign, 1)
    await tell(writer, 1, 1, ["Purchase", "17"])
    await follow(database, writer, 2, giver, 2)
    await tell(writer, 3, 2, ["Purchase", "18"])
    assert await counting(database) == [(giver, "18"), (person, "17")]
    await visit(database, person, 2)
    assert await counting(database) == [(person, "17")]
    third = await enter(database, campaign, 3)
    await tell(writer, 4, 3, ["Purchase", "18"])
    assert await counting(database) == [(person, "17"), (third, "18")]


async def test_what_the_owner_took_back_stays_taken_back(
    database: Database, writer: Writer
) -> None:
    campaign, _ = await given(database, writer)
    await tell(writer, 2, 1, ["Purchase", "17"])
    [row] = await query(database, "SELECT id FROM completions")
    await database.write(corrections.invalidate, campaign, row["id"], Cause("Returned.", NOW))
    await enter(database, campaign, 1)
    assert await counting(database) == []


async def test_a_daily_action_moves_day_by_day(database: Database, writer: Writer) -> None:
    campaign = await campaign_with(database, frequency="daily")
    giver = await enter(database, campaign, 9)
    await follow(database, writer, 1, giver, 1)
    day = 24 * 3_600_000
    for n in range(3):
        await tell(writer, 10 + n, 1, ["Purchase", f"day {n}"], at=NOW + n * day)
    await tell(writer, 20, 9, ["Purchase", "own"], at=NOW + 3 * day)
    person = await enter(database, campaign, 1)
    assert await counting(database) == [
        (giver, "own"),
        *[(person, f"day {n}") for n in range(3)],
    ]


@pytest.mark.parametrize("told", ["before the link", "after the link", "by the linked one"])
@pytest.mark.parametrize("enters_as", [1, 2])
async def test_all_ids_of_a_browser_are_the_persons(
    enters_as: int, told: str, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    await database.write(make_action, campaign, ActionDraft("Visit", "Visit"))
    giver = await enter(database, campaign, 9, linked=False)
    if told == "before the link":
        await tell(writer, 1, 1, was=visitor(2))
    await follow(database, writer, 2, giver, 1)
    if told == "after the link":
        await tell(writer, 3, 2, was=visitor(1))
    elif told == "by the linked one":
        await tell(writer, 3, 1, was=visitor(2))
    await tell(writer, 4, 1, ["Purchase", "a"])
    await tell(writer, 5, 2, ["Visit", "b"])
    assert await counting(database) == [(giver, "a"), (giver, "b")]
    person = await enter(database, campaign, enters_as)
    assert await counting(database) == [(person, "a"), (person, "b")]
    assert {who for who, _ in (await linked(database)).values()} == {person}
    assert await query(database, "SELECT id FROM same_browsers") == []


async def test_an_id_that_is_sure_takes_the_other_of_its_browser_along(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    giver = await enter(database, campaign, 9, linked=False)
    person = await enter(database, campaign, 1)
    await follow(database, writer, 1, giver, 2)
    await tell(writer, 2, 2, ["Purchase", "17"])
    await tell(writer, 3, 1, was=visitor(2))
    assert await counting(database) == [(person, "17")]
    assert {who for who, _ in (await linked(database)).values()} == {person}


async def test_who_shows_the_session_later_keeps_what_a_stripped_referrer_made_provisional(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    ann, bob = await enter(database, campaign, 1, linked=False), await enter(database, campaign, 2)
    await follow(database, writer, 1, ann, 1)
    await tell(writer, 2, 1, ["Purchase", "17"])
    assert (await linked(database))[visitor(1)] == (ann, "token")
    await visit(database, ann, 1, by_address=False)
    assert (await linked(database))[visitor(1)] == (ann, "session")
    assert isinstance(await visit(database, bob, 1), Rejection)
    assert await counting(database) == [(ann, "17")]
    assert await query(database, "SELECT id FROM trackings WHERE provisional = 1") == []


async def test_a_phone_a_laptop_and_a_second_domain_are_one_persons(
    database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    for name in ("Visit", "Read"):
        await database.write(make_action, campaign, ActionDraft(name, name))
    ann = await enter(database, campaign, 1)
    assert await follow(database, writer, 1, ann, 2, direct=True) == []
    assert await follow(database, writer, 2, ann, 3) == []
    for by, name in ((1, "Purchase"), (2, "Visit"), (3, "Read")):
        assert (await tell(writer, 10 + by, by, [name])).unlocked == [name]
    assert [who for who, _ in await counting(database)] == [ann] * 3


@pytest.mark.parametrize("direct", [True, False])
async def test_a_familys_tablet_stays_the_first_ones_and_is_flagged_if_it_showed_both(
    direct: bool, database: Database, writer: Writer
) -> None:
    campaign = await campaign_with(database)
    mother, child = await enter(database, campaign, 1), await enter(database, campaign, 2)
    assert await follow(database, writer, 1, child, 1, direct=direct) == ["visitor_taken"]
    await tell(writer, 2, 1, ["Purchase", "17"])
    assert await counting(database) == [(mother, "17")]
    assert (await listed(database, mother)).shares_browser_with == ([child] if direct else [])


async def test_export_and_erasure_know_how_a_browser_was_linked(
    database: Database, writer: Writer
) -> None:
    campaign, _ = await given(database, writer)
    await tell(writer, 2, 1, ["Purchase", "17"])
    found = await privacy.export(database, "9@example.org")
    assert found is not None
    [record] = found["campaigns"]
    assert [(row["source"], row["proof"]) for row in record["links"]] == [
        ("visit", "session"),
        ("xref", "token"),
    ]
    await privacy.erase(database, "9@example.org")
    assert await linked(database) == {}
    person = await enter(database, campaign, 1)
    assert await counting(database) == [(person, "17")]

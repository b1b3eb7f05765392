"""What waited of a visitor is settled in parts, and comes out as if it were settled at once: for
every size of a part, and whatever is done between two parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.backend.at_once import at_once
from tests.backend.linking import sent
from tests.backend.settlements.visits import (
    OTHER,
    WHO,
    Outcome,
    begun,
    enters,
    is_given,
    much_waits,
    outcome,
    pushes,
    settled,
)
from tests.backend.stored import NOW, query
from trk.core.campaign import Campaign
from trk.services import people as privacy
from trk.services import settling
from trk.services.recounting import finish
from trk.store import (
    actions,
    beacons,
    counting,
    deletion,
    entrants,
    leaving_out,
    links,
    rewards,
    settlements,
    waiting,
)
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.errors import DatabaseError
from trk.store.writer import Writer

Deed = Callable[[Database, Writer, Campaign], Awaitable[Any]]
_CUTS = [(1, 0), (2, 1), (4, 1), (7, 0)]
"""How large a part is, and after how many of them something is done."""


async def _entered(database: Database, campaign: Campaign) -> list[int]:
    """Those to whom the visitor may be linked."""
    emails = [f"{who}@example.org" for who in (WHO, OTHER)]
    found = [await database.read(entrants.by_email, campaign, email) for email in emails]
    return [each.id for each in found if each is not None]


async def nothing(database: Database, writer: Writer, campaign: Campaign) -> None:
    pass


async def more(database: Database, writer: Writer, campaign: Campaign) -> None:
    await pushes(writer, campaign, 50)


async def block(database: Database, writer: Writer, campaign: Campaign) -> None:
    out = await _entered(database, campaign)
    await database.write(leaving_out.several, campaign, out, Cause("Robots.", NOW + 900))
    await pushes(writer, campaign, 50)


async def block_and_let_in(database: Database, writer: Writer, campaign: Campaign) -> None:
    out = await _entered(database, campaign)
    await database.write(leaving_out.several, campaign, out, Cause("Robots.", NOW + 900))
    await database.write(leaving_out.let_in, campaign, out, Cause("People.", NOW + 950))
    await pushes(writer, campaign, 50)


async def unlink(database: Database, writer: Writer, campaign: Campaign) -> None:
    for entrant in await _entered(database, campaign):
        await database.write(links.unlink, campaign, entrant)
    await pushes(writer, campaign, 50)


async def unlink_for_another(database: Database, writer: Writer, campaign: Campaign) -> None:
    await unlink(database, writer, campaign)
    await another_enters(database, writer, campaign)


async def unlink_for_another_at_once(
    database: Database, writer: Writer, campaign: Campaign
) -> None:
    for entrant in await _entered(database, campaign):
        await database.write(links.unlink, campaign, entrant)
    await another_enters(database, writer, campaign)


async def another_enters(database: Database, writer: Writer, campaign: Campaign) -> None:
    await enters(database, campaign, 3)
    await pushes(writer, campaign, 60, NOW + 2000)


async def erase(database: Database, writer: Writer, campaign: Campaign) -> None:
    """In all campaigns: of the two that are compared, after what is done in the second one."""
    if campaign.key.startswith("parts"):
        for who in (WHO, OTHER):
            await privacy.erase(database, f"{who}@example.org")


DEEDS: tuple[Deed, ...] = (
    *(nothing, more, block, block_and_let_in, unlink, unlink_for_another),
    *(unlink_for_another_at_once, another_enters, erase),
)
_MOVING = (unlink_for_another, unlink_for_another_at_once, another_enters)
"""What lets somebody enter who has given nothing away."""


async def _linked(database: Database, writer: Writer, campaign: Campaign, way: str) -> None:
    if way == "entered":
        await enters(database, campaign)
    else:
        await is_given(database, writer, campaign)


@pytest.mark.by_turns
@pytest.mark.parametrize("way", ["entered", "given"])
@pytest.mark.parametrize("deed", DEEDS, ids=lambda each: each.__name__)
async def test_it_comes_out_as_if_it_were_settled_at_once_whatever_is_done_between_two_parts(
    deed: Deed, way: str, database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n, (size, after) in enumerate(_CUTS):
        expected = await much_waits(database, writer, f"whole{n}")
        await _linked(database, writer, expected, way)
        assert not await begun(database, expected)
        await deed(database, writer, expected)
        campaign = await much_waits(database, writer, f"parts{n}")
        with monkeypatch.context() as small:
            small.setattr(waiting, "PART", size)
            await _linked(database, writer, campaign, way)
            for _ in range(after):
                await database.write(settling.settle_part, campaign)
            assert await begun(database, campaign)
            await deed(database, writer, campaign)
            await settled(database)
        found, whole = await outcome(database, campaign), await outcome(database, expected)
        if way == "given" and deed in _MOVING:
            found, whole = _without_reasons(found), _without_reasons(whole)
        for table, rows in whole.items():
            assert found[table] == rows, (table, size, after)


def _without_reasons(found: Outcome) -> Outcome:
    """The same where something moves: what earns nothing is decided after what does, and the reason
    in the log may be another one."""
    trackings = [
        (*row[:3], "nothing" if row[3] in ("repeated", "refused") else row[3], *row[4:6])
        for row in found["trackings"]
    ]
    return {**found, "trackings": sorted(trackings, key=repr)}


async def test_who_is_killed_between_or_within_parts_loses_and_doubles_nothing(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await much_waits(database, writer, "whole")
    await enters(database, expected)
    campaign = await much_waits(database, writer, "parts")

    async def killed(*_: object) -> None:
        raise DatabaseError("killed")

    monkeypatch.setattr(waiting, "PART", 2)
    await enters(database, campaign)
    for module, name in ((waiting, "settle_rows"), (settlements, "end"), (rewards, "grant")):
        with monkeypatch.context() as killing:
            killing.setattr(module, name, killed)
            with pytest.raises(DatabaseError, match="killed"):
                await finish(database, campaign)
        assert await begun(database, campaign)
    await settled(database)
    assert await outcome(database, campaign) == await outcome(database, expected)


async def test_an_action_that_is_deleted_meanwhile_is_gone(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await much_waits(database, writer, "y2sB7")
    monkeypatch.setattr(waiting, "PART", 1)
    await enters(database, campaign)
    [look] = [
        each
        for each in await database.read(actions.of_campaign, campaign.id)
        if each.tracking_name == "Look"
    ]
    await database.write(deletion.delete_action, look, NOW)
    await settled(database)
    sql = "SELECT id FROM trackings WHERE name = 'Look' AND settled = 'unmatched'"
    assert len(await query(database, sql)) == 2
    assert await query(database, f"SELECT id FROM completions WHERE action_id = {look.id}") == []


async def test_a_deleted_campaign_is_left_alone_and_takes_its_settlements_along(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await much_waits(database, writer, "y2sB7")
    monkeypatch.setattr(waiting, "PART", 1)
    await enters(database, campaign)
    await database.write(deletion.delete_campaign, campaign, NOW)
    assert await database.read(counting.unfinished) == []
    await privacy.erase(database, f"{WHO}@example.org")


async def test_a_push_at_the_moment_of_the_last_part_is_settled_by_it_or_counts_at_once(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await much_waits(database, writer, "y2sB7")
    monkeypatch.setattr(waiting, "PART", 7)
    await enters(database, campaign)
    monkeypatch.setattr(waiting, "PART", 100)
    song = sent(50, WHO, ["Sing", None])._replace(received_at=NOW + 1000)
    await at_once(
        database,
        lambda tx: beacons.store(tx, [song]),
        lambda tx: settling.settle_part(tx, campaign),
        lambda sql: "settlements" in sql,
    )
    assert not await begun(database, campaign)
    sql = "SELECT id FROM trackings WHERE COALESCE(settled, outcome) = 'waiting'"
    assert await query(database, sql) == []
    assert len(await query(database, "SELECT id FROM completions WHERE day = ''")) == 5

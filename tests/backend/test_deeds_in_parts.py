"""What is done to many entrants is done a part at a time: beacons are stored in between, and all of
it is one deed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.backend.at_once import at_once
from tests.backend.stored import NOW, enter, query, query_write, told
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services import leaving_out, parts, undoing
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import leaving_out as leaving_out_store
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.program import Row, Transaction
from trk.store.writer import Writer

PEOPLE = 7
Deed = Callable[[Database, Campaign], Coroutine[Any, Any, list[int]]]


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part has two entrants."""
    for module in (parts, leaving_out, undoing):
        monkeypatch.setattr(module, "AT_ONCE", 2)


@pytest.fixture
async def campaign(database: Database) -> Campaign:
    made = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    await database.write(make_action, made, ActionDraft("Buy", "Purchase"))
    for number in range(PEOPLE):
        await enter(database, made, number)
    await query_write(database, "UPDATE entrants SET network = 'a'")
    return made


async def unconfirmed(database: Database, campaign: Campaign) -> list[int]:
    return await leaving_out.unconfirmed(database, campaign, Cause("Robots.", NOW, "step"))


async def all_but_one(database: Database, campaign: Campaign) -> list[int]:
    return await leaving_out.all_but_one(
        database, campaign, "network", 3, Cause("Robots.", NOW, "step")
    )


async def take_back(database: Database, campaign: Campaign) -> list[int]:
    await database.write(leaving_out.several, campaign, range(1, 8), Cause("Robots.", NOW))
    return await leaving_out.take_back(database, campaign, NOW, Cause("People.", NOW + 1, "step"))


async def undo(database: Database, campaign: Campaign) -> list[int]:
    await database.write(leaving_out.several, campaign, range(1, 8), Cause("Robots.", NOW, "step"))
    return await undoing.undo(database, campaign, "step", NOW + 1)


async def undo_again(database: Database, campaign: Campaign) -> list[int]:
    await database.write(leaving_out.several, campaign, range(1, 8), Cause("Robots.", NOW))
    await leaving_out.take_back(database, campaign, NOW, Cause("People.", NOW + 1, "step"))
    return await undoing.undo(database, campaign, "step", NOW + 2)


DEEDS: dict[str, tuple[Deed, int, str]] = {
    "all unconfirmed are left out": (unconfirmed, 7, "7 entrants"),
    "all but one are left out": (all_but_one, 6, "6 entrants"),
    "all are let in": (take_back, 7, "7 entrants"),
    "leaving out is undone": (undo, 7, "Undone: 7 entrants"),
    "letting in is undone": (undo_again, 7, "Undone: 7 entrants"),
}


async def blocked(database: Database) -> list[int]:
    sql = "SELECT id FROM entrants WHERE blocked_at IS NOT NULL ORDER BY id"
    return [row["id"] for row in await query(database, sql)]


async def entries(database: Database) -> list[Row]:
    return await query(database, "SELECT deed, thing_id, about FROM audit ORDER BY id")


@pytest.mark.parametrize("name", DEEDS)
async def test_beacons_are_stored_between_two_parts_and_the_deed_is_one(
    database: Database,
    writer: Writer,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    deed, count, noted = DEEDS[name]
    sizes: list[int] = []
    take = parts.Parts.take

    async def with_a_beacon(self: parts.Parts, program: Any) -> list[int]:
        changed = await take(self, program)
        sizes.append(len(changed))
        answer = await told(writer, 100 + len(sizes), ["Other"], by=50)
        assert answer.pairs == ["unmatched"]
        return changed

    monkeypatch.setattr(parts.Parts, "take", with_a_beacon)
    changed = await deed(database, campaign)
    assert len(changed) == len(set(changed)) == count
    assert max(sizes) == 2
    # All of it is one entry, the last one.
    told_of = [row["about"] for row in await entries(database)]
    assert told_of[-1] == noted
    assert "2 entrants" not in told_of


async def test_who_died_in_the_middle_has_said_how_much_was_done_and_it_can_be_done_again(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = parts.Parts.take
    taken: list[int] = []

    async def dies(self: parts.Parts, program: Any) -> list[int]:
        if len(taken) == 2:
            raise ConnectionError
        taken.append(1)
        return await take(self, program)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(parts.Parts, "take", dies)
        with pytest.raises(ConnectionError):
            await unconfirmed(database, campaign)
    assert len(await blocked(database)) == 4
    assert [row["about"] for row in await entries(database)][-1:] == ["4 entrants"]
    assert len(await unconfirmed(database, campaign)) == 3
    assert [row["about"] for row in await entries(database)][-1:] == ["3 entrants"]
    # The same step: all of it is undone.
    assert len(await undoing.undo(database, campaign, "step", NOW + 1)) == PEOPLE
    assert await blocked(database) == []


@pytest.mark.parametrize("name", DEEDS)
async def test_a_deed_ends_though_somebody_does_the_opposite_between_all_its_parts(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    deed, take = DEEDS[name][0], parts.Parts.take
    taken: list[list[int]] = []

    async def opposite(tx: Transaction) -> None:
        if name in ("all unconfirmed are left out", "all but one are left out"):
            await leaving_out_store.take_back(tx, campaign, NOW, Cause("No robots.", NOW + 1))
        elif name == "letting in is undone":
            await leaving_out_store.let_in(tx, campaign, range(1, 8), Cause("People.", NOW + 1))
        else:
            await leaving_out_store.several(tx, campaign, range(1, 8), Cause("Robots.", NOW))

    async def meanwhile(self: parts.Parts, program: Any) -> list[int]:
        changed = await take(self, program)
        taken.append(changed)
        assert len(taken) <= PEOPLE, "it goes on and on"
        await database.write(opposite)
        return changed

    monkeypatch.setattr(parts.Parts, "take", meanwhile)
    changed = await deed(database, campaign)
    # Once to each.
    assert len(changed) == len(set(changed))
    assert (await entries(database))[-1]["about"].endswith(f"{len(changed)} entrants")


@pytest.mark.parametrize(("deed", "stays"), [("confirms", 1), ("blocks", 2)])
async def test_one_stays_whoever_confirms_or_is_blocked_between_two_parts(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, deed: str, stays: int
) -> None:
    if deed == "blocks":
        await query_write(database, "UPDATE entrants SET confirmed_at = 1 WHERE id = 6")
    take, once = parts.Parts.take, iter(["meanwhile"])

    async def meanwhile(self: parts.Parts, program: Any) -> list[int]:
        changed = await take(self, program)
        for _ in once:
            if deed == "confirms":
                await query_write(database, "UPDATE entrants SET confirmed_at = 2 WHERE id = 6")
            else:
                await database.write(
                    leaving_out_store.several, campaign, [6], Cause("A robot.", NOW + 1)
                )
                await database.write(
                    leaving_out_store.let_in, campaign, [2], Cause("A person.", NOW + 1)
                )
        return changed

    monkeypatch.setattr(parts.Parts, "take", meanwhile)
    await all_but_one(database, campaign)
    assert await blocked(database) == [each for each in range(1, 8) if each != stays]


async def test_two_owners_who_let_the_same_in_at_once_each_do_a_part(
    database: Database, campaign: Campaign
) -> None:
    await unconfirmed(database, campaign)

    async def two_of_them(tx: Transaction) -> None:
        how = (NOW, Cause("People.", NOW + 1), 2)
        await leaving_out_store.take_back(tx, campaign, *how)

    await at_once(database, two_of_them, two_of_them)
    assert await blocked(database) == [5, 6, 7]


async def test_somebody_stays_of_a_cluster_whose_first_is_blocked_at_the_same_moment(
    database: Database, campaign: Campaign
) -> None:
    await at_once(
        database,
        lambda tx: leaving_out_store.several(tx, campaign, [1], Cause("A robot.", NOW)),
        lambda tx: leaving_out_store.all_but_one(tx, campaign, "network", 3, Cause("Robots.", NOW)),
    )
    assert await blocked(database) == [1, 3, 4, 5, 6, 7]


async def test_one_is_named_in_the_audit(database: Database, campaign: Campaign) -> None:
    await query_write(database, "UPDATE entrants SET confirmed_at = 1 WHERE id <> 4")
    assert await unconfirmed(database, campaign) == [4]
    assert (await entries(database))[-1]["thing_id"] == 4
    await undoing.undo(database, campaign, "step", NOW + 1)
    last = (await entries(database))[-1]
    assert (last["deed"], last["thing_id"], last["about"]) == ("unblocked", 4, "Undone")


async def test_nobody_is_undone_whom_somebody_has_corrected_between_two_parts(
    database: Database, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    await unconfirmed(database, campaign)
    take, others = parts.Parts.take, iter([7])

    async def corrects(tx: Transaction, other: int) -> None:
        await leaving_out_store.let_in(tx, campaign, [other], Cause("A person.", NOW + 1))
        await leaving_out_store.several(tx, campaign, [other], Cause("A robot.", NOW + 1))

    async def meanwhile(self: parts.Parts, program: Any) -> list[int]:
        changed = await take(self, program)
        for other in others:
            await database.write(corrects, other)
        return changed

    monkeypatch.setattr(parts.Parts, "take", meanwhile)
    changed = await undoing.undo(database, campaign, "step", NOW + 2)
    assert sorted(changed) == [1, 2, 3, 4, 5, 6]
    [row] = await query(database, "SELECT id, blocked_reason FROM entrants WHERE blocked_at > 0")
    assert (row["id"], row["blocked_reason"]) == (7, "A robot.")


async def steps(database: Database, campaign: Campaign, chosen: list[int]) -> int:
    """How many steps of SQLite's machine it takes to let these in who were left out."""
    seen = 0

    def step() -> None:
        nonlocal seen
        seen += 1

    async def counted(tx: Any) -> None:
        tx._connection.set_progress_handler(step, 100)
        try:
            await leaving_out_store.let_in(tx, campaign, chosen, Cause("People.", NOW + 1))
        finally:
            tx._connection.set_progress_handler(None, 100)

    await database.write(counted)
    return seen


async def test_letting_some_in_does_not_look_through_all_who_were_left_out(
    sqlite_database: Database,
) -> None:
    database = sqlite_database
    made = await database.write(make_campaign, CampaignDraft("Win", key="y2sB7"))
    found = []
    for more in (range(1, 301), range(301, 3_001)):
        await query_write(
            database,
            "INSERT INTO entrants (id, campaign_id, name, email, email_folded, created_at, "
            "blocked_at, blocked_reason) WITH RECURSIVE n(n) AS (SELECT "
            f"{more.start} UNION ALL SELECT n + 1 FROM n WHERE n < {more.stop - 1}) "
            f"SELECT n, {made.id}, 'A', n, n, 1, 1, 'x' FROM n",
        )
        found.append(await steps(database, made, list(range(more.start, more.start + 100))))
    assert found[1] < 1.1 * found[0], found

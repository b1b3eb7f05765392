"""Exports and erases one person's data."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, NamedTuple

from trk.clock import now_ms
from trk.core.audit import Deed
from trk.core.instant import iso
from trk.services.audit import note
from trk.services.pausing import pause_since
from trk.services.settling import settle_part
from trk.store import campaigns, erasure, people, retention, settlements
from trk.store.database import Database
from trk.store.errors import Gone
from trk.store.people import PAGE, CampaignEntrant, Linked
from trk.store.program import Row, Transaction


class Erasure(NamedTuple):
    """An entrant whose data was erased, and the campaign it was in."""

    campaign: str
    entrant_id: int


async def export(database: Database, email: str) -> dict[str, Any] | None:
    """What is stored about the person with this e-mail, as JSON can hold it; None if nothing is."""
    found = await database.read(people.by_email, email)
    records = []
    for person in found:
        with suppress(Gone):  # its campaign was deleted at this moment, with all that it had
            records.append(await _record(database, person))
    if not records:
        return None
    await database.write(_note, "exported", found)
    return {"email": email.strip(), "exported_at": iso(now_ms()), "campaigns": records}


async def _record(database: Database, person: CampaignEntrant) -> dict[str, Any]:
    record = await database.read(people.record, person)
    linked = await database.read(people.linked, person)
    theirs = [*linked.own, *linked.doubtful]
    trackings: list[Row] = []
    after = 0
    while part := await database.read(people.trackings, person, theirs, after=after):
        trackings += part
        after = part[-1]["id"]
    refusals = await database.read(people.refusals, person, theirs)
    # In a thread: of somebody who has done very much it takes seconds.
    return await asyncio.to_thread(_told, person, record, trackings, refusals)


def _told(
    person: CampaignEntrant, record: dict[str, Any], trackings: list[Row], refusals: list[Row]
) -> dict[str, Any]:
    return {
        "campaign": {"key": person.campaign_key, "name": person.campaign_name},
        "entrant": _shown(record.pop("entrant")),
        **{name: [_shown(row) for row in rows] for name, rows in record.items()},
        "trackings": [_shown(row) for row in trackings],
        "refusals": [_shown(row) for row in refusals],
    }


async def erase(database: Database, email: str) -> list[Erasure]:
    """Erase the person with this e-mail in every campaign: the entrants that were erased.

    SECURITY.md says what is erased and what stays.
    """
    found = await database.read(people.by_email, email)
    for person in found:
        known = await _forget(database, person, await database.read(people.linked, person))
        # Once more, for what was being stored at that moment.
        await _forget(database, person, known, again=True)
    return [Erasure(person.campaign_key, person.entrant_id) for person in found]


async def _forget(
    database: Database, person: CampaignEntrant, known: Linked, *, again: bool = False
) -> Linked:
    """Erase an entrant and what these browsers of theirs left, small parts of the log at a time;
    the browsers again, with those that were linked meanwhile."""
    while True:
        await _prepare(database, person)
        own, doubtful = known
        seen_to, after = await database.read(people.newest, person), 0
        while part := await database.read(
            people.trackings, person, own, after=after, doubtful=doubtful
        ):
            await database.write(erasure.erase_trackings, person, [row["id"] for row in part])
            after = part[-1]["id"]
        refused = [row["id"] for row in await database.read(people.refusals, person, own)]
        for start in range(0, len(refused), PAGE):
            await database.write(
                retention.erase, "refusals", person.campaign_id, refused[start : start + PAGE]
            )

        async def forget(tx: Transaction, known: Linked, seen_to: int) -> bool:
            done = await erasure.forget(tx, person, known, seen_to, now_ms())
            if done and not again:
                await _note(tx, "erased", [person])
            return done

        if await database.write(forget, known, seen_to):
            return known
        now_linked = await database.read(people.linked, person)
        theirs = list(dict.fromkeys([*own, *now_linked.own]))
        others = dict.fromkeys([*doubtful, *now_linked.doubtful])
        known = Linked(theirs, [each for each in others if each not in theirs])


async def _prepare(database: Database, person: CampaignEntrant) -> None:
    """Do first, part by part, what erasing the entrant would take too long for at once."""
    while await database.read(settlements.of_entrant, person.campaign_id, person.entrant_id):
        campaign = await database.read(campaigns.by_key, person.campaign_key)
        if campaign is not None:
            began = time.monotonic()
            await database.write(settle_part, campaign)
            await pause_since(began)
    began = time.monotonic()
    while not await database.write(erasure.forget_friends, person):
        await pause_since(began)
        began = time.monotonic()


async def _note(tx: Transaction, deed: Deed, found: list[CampaignEntrant]) -> None:
    for person in found:
        await note(tx, deed, "entrant", person.entrant_id, campaign=person.campaign_key)


def _shown(row: Row) -> dict[str, Any]:
    """A row with its instants as RFC 3339."""
    return {
        name: iso(value) if name.endswith("_at") and value is not None else value
        for name, value in dict(row).items()
    }

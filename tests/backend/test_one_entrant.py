"""What belongs to one entrant is found by the entrant, not by looking through the campaign."""

from __future__ import annotations

import re
from typing import Any

from tests.backend.linking import minted
from tests.backend.named_campaigns import OF_CAMPAIGNS, names
from tests.backend.stored import NOW, campaign_with, enter, statements
from trk.store import (
    clusters,
    completions,
    draws,
    entrants,
    erasure,
    fields,
    leaving_out,
    mails,
    people,
)
from trk.store.completions import CompletionFilter
from trk.store.corrections import Cause
from trk.store.database import Database
from trk.store.pages import Span
from trk.store.people import Linked
from trk.store.program import Program, select

FEW = {"actions", "draws", "fields", "fixed_lists", "prizes", "translations", "webhooks"}
"""Tables in which a campaign has a few rows, as its owner made them."""
LOGS = {"corrections", "refusals", "same_browsers", "tickets", "trackings"}
"""Logs that have no index by entrant or visitor: each beacon would pay for it."""
_THROUGH = re.compile(
    r"(SCAN (?P<all>\w+)( USING .*)?"
    r"|SEARCH (?P<some>\w+) USING .* \(campaign_id=\?( AND \w+>\?)?\))$"
)


async def test_what_is_asked_of_one_entrant_looks_through_no_campaign(
    sqlite_database: Database,
) -> None:
    """SQLite knows nothing of how many rows a campaign has, and may take them for few."""
    database = sqlite_database
    campaign = await campaign_with(database)
    one, _ = [await enter(database, campaign, number) for number in (1, 2)]
    await minted(database, campaign, one, "token")
    [person] = await database.read(people.by_email, "1@example.org")
    programs: list[Program[Any]] = [
        lambda tx: people.by_email(tx, "1@example.org"),
        lambda tx: people.stake(tx, person),
        lambda tx: people.record(tx, person),
        lambda tx: people.linked(tx, person),
        lambda tx: entrants.by_id(tx, campaign, one),
        lambda tx: completions.listed(tx, campaign, Span(limit=5), CompletionFilter(entrant=one)),
        lambda tx: draws.names(tx, campaign, [one], hold=True),
        lambda tx: fields.answers(tx, campaign, [one]),
        lambda tx: mails.flooded(tx, campaign, "1@example.org", NOW),
        *(
            lambda tx, kind=kind: leaving_out.all_but_one(
                tx, campaign, kind, one, Cause("One person", NOW)
            )
            for kind in clusters.KINDS
        ),
        lambda tx: leaving_out.several(tx, campaign, [one], Cause("Robot", NOW)),
        lambda tx: leaving_out.let_in(tx, campaign, [one], Cause("No robot", NOW)),
        lambda tx: erasure.forget(tx, person, Linked(["0" * 31 + "1"], []), 0, NOW),
    ]
    through = set()
    for program in programs:
        for sql, args in await statements(database, program):
            plan = await database.read(select, f"EXPLAIN QUERY PLAN {sql}", *args)
            steps = [row["detail"] for row in plan]
            tables = {alias: table for table, alias in names(sql)}
            for step in steps:
                found = _THROUGH.match(step)
                name = (found["all"] or found["some"]) if found else ""
                # Another part of the statement may have a result of that name.
                made = {f"CO-ROUTINE {name}", f"MATERIALIZE {name}"} & {*steps}
                if not made and tables.get(name, "") in OF_CAMPAIGNS - FEW - LOGS:
                    through.add((step, sql))
    assert through == set()

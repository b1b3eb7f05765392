"""What the database knows of a group of beacons before it decides them, asked for at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from trk.core.campaign import Action, Campaign, day_key
from trk.core.link import is_sure
from trk.core.unlock import Report, value_key
from trk.store import unlocks
from trk.store.program import Row, Transaction, as_list, as_rows, unpacked
from trk.store.submissions import Submission, by_token

Candidate = tuple[Report, Action | None]


class Matched(NamedTuple):
    """A beacon and, for each of its pairs, what it reports and the action with its name."""

    submission: Submission
    candidates: list[Candidate]

    @property
    def id(self) -> str:
        """The beacon's."""
        return self.submission.beacon.id


class Snapshot(NamedTuple):
    """What the database knows of a group; what is by beacon is by their ids."""

    entrants: dict[str, int]
    ledger: unlocks.Ledger
    stored: set[str]
    provisional: set[str]


async def look(tx: Transaction, campaign: Campaign, matched: Sequence[Matched]) -> Snapshot:
    """Ask once for the whole group: whose the visitors are, what is done or used, and which beacons
    are known: by any of their rows, since the first one may have been erased."""
    asked = [
        (made, action, *(_wanted(campaign, report, action) if action else (None, None)))
        for made in matched
        for report, action in made.candidates
    ]
    seen = Snapshot({}, unlocks.Ledger(), set(), set())
    if not asked:
        return seen
    found = await tx.fetch(
        # Subqueries, because these can only be answered one key at a time by a unique index, where
        # a planner that knows nothing of a fresh table would join by reading all of it.
        "SELECT packed[CAST(r.value ->> 0 AS INTEGER), e.id, e.blocked_at, e.created_at, "
        "(SELECT u.id FROM completions AS u WHERE plain(u.campaign_id) = $2 "
        "AND u.entrant_id = e.id AND u.action_id = CAST(r.value ->> 3 AS BIGINT) "
        "AND u.day = r.value ->> 4), "
        "(SELECT v.entrant_id FROM unique_values AS v WHERE v.campaign_id = $2 "
        "AND v.action_id = CAST(r.value ->> 3 AS BIGINT) AND v.value_hash = r.value ->> 5), "
        "(SELECT t.id FROM trackings AS t WHERE t.beacon = r.value ->> 2 "
        "AND plain(t.campaign_id) = $2 LIMIT 1), l.proof, "
        "CASE WHEN l.visitor IS NOT NULL THEN (SELECT s.visitor FROM settlements AS s "
        "WHERE s.campaign_id = $2 AND s.visitor = l.visitor AND s.until_id IS NULL LIMIT 1) END"
        "] AS packed "
        "FROM rows($1) AS r "
        "LEFT JOIN each[links AS l ON l.campaign_id = $2 AND l.visitor = r.value ->> 1] "
        "LEFT JOIN each[entrants AS e ON e.campaign_id = $2 "
        "AND e.id = COALESCE(CAST(r.value ->> 6 AS BIGINT), l.entrant_id)]",
        as_rows(
            [
                (
                    i,
                    made.submission.beacon.visitor,
                    made.id,
                    action and action.id,
                    day,
                    value_hash,
                    made.submission.entrant_id,
                )
                for i, (made, action, day, value_hash) in enumerate(asked)
            ]
        ),
        campaign.id,
    )
    for i, entrant_id, blocked_at, entered_at, *rest in unpacked(found):
        completion_id, holder, tracking_id, proof, unsettled = rest
        made, action, day, value_hash = asked[i]
        # It waits, too: otherwise it would come before what is still to be settled.
        waits = unsettled is not None and made.submission.entrant_id is None
        if entrant_id is not None and not waits:
            seen.entrants[made.id] = entrant_id
            seen.ledger.entered[entrant_id] = entered_at
        if blocked_at is not None:
            seen.ledger.blocked.add(entrant_id)
        if completion_id is not None and action is not None and day is not None:
            seen.ledger.done.add((entrant_id, action.id, day))
        if holder is not None and action is not None and value_hash is not None:
            seen.ledger.values[action.id, value_hash] = holder
        if tracking_id is not None:
            seen.stored.add(made.id)
        by_link = proof is not None and not is_sure(proof)
        if by_link or by_token(made.submission.beacon.visitor):
            seen.provisional.add(made.id)
    return seen


def _wanted(campaign: Campaign, report: Report, action: Action) -> tuple[str, str | None]:
    """The day that the report counts for, and the hash of its value if that must be unique."""
    return (
        day_key(action, campaign.timezone, report.happened_at),
        value_key(report.value) if action.unique_value else None,
    )


async def rows_of(
    tx: Transaction, campaign: Campaign, beacons: Collection[str]
) -> dict[str, list[Row]]:
    """The rows that earlier beacons with these ids left, by id, in the pairs' order."""
    if not beacons:
        return {}
    rows = await tx.fetch(
        "SELECT t.beacon, t.n, t.visitor, t.name, t.value, t.signature, t.action_id, t.outcome, "
        "t.refusal, f.code, f.message FROM trackings AS t "
        "LEFT JOIN refusals AS f ON f.campaign_id = $2 AND f.beacon = t.beacon "
        "WHERE t.beacon IN texts($1) AND plain(t.campaign_id) = $2 ORDER BY t.beacon, t.n",
        as_list(beacons),
        campaign.id,
    )
    stored: dict[str, list[Row]] = {}
    for row in rows:
        stored.setdefault(row["beacon"], []).append(row)
    return stored

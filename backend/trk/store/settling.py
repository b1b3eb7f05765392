"""Settling: what trackings earn whose visitor is linked only now (see waiting), or turns out to be
another's.

Whoever links gives the reward for it, at the end of the transaction. (Who gives a browser away
earns none by that: what counts for them again is of actions that counted for them before.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from trk.core.campaign import Action, Campaign, day_key
from trk.core.unlock import Decision, Known, Report, on_move, value_key
from trk.store import corrections, counters, rewards, unlocks
from trk.store.corrections import Cause
from trk.store.program import Row, Transaction, as_list, as_rows
from trk.store.submissions import source_of

Actions = Mapping[int, Action]
Decide = Callable[[Action | None, Report, Known], Decision]
COLUMNS = (
    "id, beacon, n, visitor, action_id, name, value, happened_at, received_at, source, "
    "COALESCE(settled, outcome) AS became"
)
"""SQL: what `settle` wants to know of a tracking, besides whether it is `provisional`."""


async def of_moved(
    tx: Transaction,
    campaign: Campaign,
    actions: Actions,
    visitors: Collection[str],
    giver: int,
    taker: int,
    now: int,
) -> None:
    """What these visitors did counts for `taker` from now on, and no longer for `giver`.

    What was earned by it moves as it is, once; what had earned nothing for the giver is decided
    anew, and so is what the giver did besides. What the owner has taken back stays where it is, and
    so do rewards and draws.
    """
    sql = (
        f"SELECT {COLUMNS}, NULL AS provisional FROM trackings "
        "WHERE campaign_id = $1 AND visitor = $2 AND provisional = 1 AND entrant_id = $3"
    )
    rows = [row for each in visitors for row in await tx.fetch(sql, campaign.id, each, giver)]
    theirs = as_list([row["id"] for row in rows])
    earned = (
        "plain(campaign_id) = $1 AND entrant_id = $2 AND invalidated_at IS NULL "
        "AND tracking_id IN ids($3)"
    )
    moved = await tx.fetch(
        f"UPDATE completions SET entrant_id = CAST($4 AS BIGINT) WHERE {earned} AND NOT EXISTS "
        "(SELECT 1 FROM completions AS o WHERE o.campaign_id = $1 AND o.entrant_id = $4 "
        "AND o.action_id = completions.action_id AND o.day = completions.day) "
        "RETURNING action_id, day, details",
        *(campaign.id, giver, theirs, taker),
    )
    # Gone altogether, as the giver has not done it.
    twice = await tx.fetch(
        f"DELETE FROM completions WHERE {earned} "
        f"RETURNING action_id, day, details, tracking_id, {counters.returned('completions')}",
        *(campaign.id, giver, theirs),
    )
    if twice:
        await counters.take_out(tx, campaign.id, "completions", twice)
    await _move_values(tx, campaign, giver, taker, moved, twice)
    await tx.fetch(
        "UPDATE trackings SET entrant_id = CAST($3 AS BIGINT) "
        "WHERE campaign_id = $1 AND id IN ids($2)",
        *(campaign.id, theirs, taker),
    )
    await tx.fetch(
        "UPDATE trackings SET settled = 'repeated' WHERE campaign_id = $1 AND id IN ids($2)",
        campaign.id,
        as_list([row["tracking_id"] for row in twice]),
    )

    def decide(action: Action | None, report: Report, known: Known) -> Decision:
        return on_move(campaign, action, taker, report, known)

    again = [row for row in rows if row["became"] != "unlocked"]
    await settle(tx, campaign, actions, again, taker, decide, now)
    if moved or twice:
        await _of_giver(tx, campaign, actions, giver, [*moved, *twice], now)
        await _note(tx, campaign, visitors, giver, taker, len(moved) + len(twice), now)


async def _of_giver(
    tx: Transaction,
    campaign: Campaign,
    actions: Actions,
    giver: int,
    lost: Sequence[Row],
    now: int,
) -> None:
    """What the giver did besides, and had been done already by what has moved, earns it now.

    `lost` are the completions that do not count for them any more: what they did of those actions
    on those days, or on another day with one of those values, is decided anew. It was theirs before
    a block, if there is one.
    """
    days = {(row["action_id"], row["day"]) for row in lost}
    values = {(row["action_id"], value_key(row["details"])) for row in lost}

    def is_open(action: Action, row: Row) -> bool:
        day, key = day_key(action, campaign.timezone, row["happened_at"]), value_key(row["value"])
        used = action.unique_value and key is not None and (action.id, key) in values
        return (action.id, day) in days or used

    sql = (
        f"SELECT {COLUMNS}, provisional FROM trackings "
        "WHERE campaign_id = $1 AND entrant_id = $2 AND action_id = $3 "
        "AND COALESCE(settled, outcome) = 'repeated' AND visitor <> ''"
    )
    own = [
        row
        for action_id in sorted({row["action_id"] for row in lost} & actions.keys())
        for row in await tx.fetch(sql, campaign.id, giver, action_id)
        if is_open(actions[action_id], row)
    ]

    def decide(action: Action | None, report: Report, known: Known) -> Decision:
        return on_move(campaign, action, giver, report, Known(known.done, known.values))

    await settle(tx, campaign, actions, own, giver, decide, now)


async def givers(
    tx: Transaction, campaign: Campaign, visitors: Collection[str], taker: int
) -> dict[int, list[str]]:
    """For whom, besides `taker`, something counts provisionally that these visitors did, and which
    of them; some may have been unlinked since."""
    found = await tx.fetch(
        "SELECT DISTINCT entrant_id, visitor FROM trackings WHERE campaign_id = $1 "
        "AND provisional = 1 AND visitor IN texts($2) "
        "AND entrant_id <> $3 ORDER BY entrant_id, visitor",
        campaign.id,
        as_list(visitors),
        taker,
    )
    gave: dict[int, list[str]] = {}
    for row in found:
        gave.setdefault(row["entrant_id"], []).append(row["visitor"])
    return gave


async def for_good(tx: Transaction, campaign: Campaign, visitors: Collection[str]) -> None:
    """What these visitors did is nobody else's any more."""
    await tx.fetch(
        "UPDATE trackings SET provisional = NULL WHERE campaign_id = $1 AND provisional = 1 "
        "AND visitor IN texts($2)",
        campaign.id,
        as_list(visitors),
    )


async def settle(
    tx: Transaction,
    campaign: Campaign,
    actions: Actions,
    rows: Sequence[Row],
    entrant_id: int,
    decide: Decide,
    now: int,
) -> None:
    """Decide what these trackings earn for an entrant, oldest first, and store it; each counts
    provisionally if it says so."""
    if not rows:
        return
    rows = sorted(rows, key=lambda row: (row["happened_at"], row["beacon"], row["n"]))
    reports = [
        Report(row["name"], row["value"], row["happened_at"], received_at=row["received_at"])
        for row in rows
    ]
    found = [actions.get(row["action_id"]) for row in rows]
    ledger = await unlocks.ledger_of(
        tx,
        campaign,
        [
            unlocks.Wanted(
                (
                    entrant_id,
                    action.id,
                    day_key(action, campaign.timezone, report.happened_at),
                ),
                value_key(report.value) if action.unique_value else None,
            )
            for action, report in zip(found, reports, strict=True)
            if action is not None
        ],
    )
    settled = []
    earned = []
    for row, action, report in zip(rows, found, reports, strict=True):
        decision = decide(action, report, ledger.known)
        ledger.enter(decision)
        refusal = decision.refusal
        settled.append(
            [
                row["id"],
                decision.outcome,
                refusal and f"{refusal.code}: {refusal.message}",
                row["provisional"] if decision.personal else None,
            ]
        )
        if decision.unlock is not None and action is not None:
            earned.append(
                unlocks.Earned(
                    decision.unlock,
                    action.worth,
                    report.value,
                    source_of(row),
                    report.happened_at,
                    decision.uses,
                    row["beacon"],
                    row["n"],
                )
            )
    sql = (
        # With the reason of a refusal a beacon that comes again is answered.
        "UPDATE trackings SET settled = r.value ->> 1, refusal = COALESCE(r.value ->> 2, "
        "CASE WHEN outcome = 'refused' THEN refusal END), entrant_id = $3, "
        "provisional = CAST(r.value ->> 3 AS INTEGER) FROM rows($2) AS r "
        "WHERE plain(trackings.campaign_id) = $1 AND trackings.id = CAST(r.value ->> 0 AS BIGINT)"
    )
    await tx.fetch(sql, campaign.id, as_rows(settled), entrant_id)
    await unlocks.keep(tx, campaign, earned, now)


async def _move_values(
    tx: Transaction,
    campaign: Campaign,
    giver: int,
    taker: int,
    moved: Sequence[Row],
    twice: Sequence[Row],
) -> None:
    """Let unique values go along with what they have earned; those that earned nothing are free."""
    held = (
        "campaign_id = $1 AND entrant_id = $2 AND (action_id, value_hash) IN "
        "(SELECT CAST(r.value ->> 0 AS BIGINT), r.value ->> 1 FROM rows($3) AS r)"
    )
    sql = f"UPDATE unique_values SET entrant_id = CAST($4 AS BIGINT) WHERE {held}"
    await tx.fetch(sql, campaign.id, giver, _values(moved), taker)
    sql = f"DELETE FROM unique_values WHERE {held}"
    await tx.fetch(sql, campaign.id, giver, _values(twice))


def _values(completions: Sequence[Row]) -> str:
    """The keys that these completions may have in the unique values, as rows."""
    return as_rows([(row["action_id"], value_key(row["details"])) for row in completions])


async def _note(
    tx: Transaction,
    campaign: Campaign,
    visitors: Collection[str],
    giver: int,
    taker: int,
    number: int,
    now: int,
) -> None:
    """Tell the owner, on the pages of both."""
    what = "1 completed action" if number == 1 else f"{number} completed actions"
    were = "was" if number == 1 else "were"
    browser = ", ".join(each[:8] for each in visitors)
    given = f"{what} {were} done in browser {browser}, which is entrant {taker}’s."
    if await rewards.claim_of(tx, campaign, giver) is not None:
        given += " What this entrant has got as a reward stays theirs."
    taken = f"{what} {were} done in this entrant’s browser {browser}; so far for entrant {giver}."
    await corrections.note(tx, campaign.id, "moved", [giver], Cause(given, now))
    await corrections.note(tx, campaign.id, "moved", [taker], Cause(taken, now))

"""Answers: what an entrant says on the campaign's page, decided and stored in one transaction."""

from __future__ import annotations

from trk.core.campaign import Action, Campaign, day_key
from trk.core.unlock import Decision, on_answer, value_key
from trk.store import unlocks
from trk.store.program import Transaction
from trk.store.submissions import named_visitor


async def give(
    tx: Transaction, campaign: Campaign, action: Action, entrant_id: int, answer: str, now: int
) -> Decision:
    """Complete `action` by a (tidied) answer, if the rules let it.

    If the action is done, or the answer used, so far by what may turn out to be another's, it is
    kept beside that.
    """
    named = named_visitor(entrant_id)
    # Who takes from this entrant what was another's must see the answer, or it what was taken.
    await tx.lock((), [f"{campaign.id} {named}"])
    source = "ill_know" if action.verification == "ill_know" else "question"
    day = day_key(action, campaign.timezone, now)
    key = value_key(answer) if action.unique_value else None
    wanted = unlocks.Wanted((entrant_id, action.id, day), key)
    ledger = await unlocks.ledger_of(tx, campaign, [wanted])
    decision = on_answer(campaign, action, entrant_id, answer, now, ledger.known)
    if decision.unlock is not None:
        earned = unlocks.Earned(
            decision.unlock, action.worth, answer or None, source, now, decision.uses
        )
        await unlocks.add(tx, campaign, [earned], now)
    elif decision.outcome == "repeated":
        await tx.fetch(
            "INSERT INTO trackings (campaign_id, beacon, n, visitor, name, value, happened_at, "
            "received_at, action_id, entrant_id, outcome, source) "
            "SELECT t.campaign_id, CAST($4 AS TEXT), 0, CAST($5 AS TEXT), CAST($6 AS TEXT), "
            "CAST($7 AS TEXT), CAST($8 AS BIGINT), CAST($8 AS BIGINT), u.action_id, u.entrant_id, "
            "'repeated', CAST($9 AS TEXT) FROM completions AS u JOIN each[trackings AS t "
            "ON t.campaign_id = $11 AND t.id = u.tracking_id AND t.provisional = 1] "
            "WHERE plain(u.campaign_id) = $11 AND u.entrant_id = $1 AND u.action_id = $2 "
            "AND (u.day = $3 OR CAST($10 AS TEXT) IS NOT NULL) ON CONFLICT DO NOTHING",
            *(entrant_id, action.id, day, f"{source} {action.id} {named} {now}", named),
            *(action.tracking_name, answer or None, now, source, key, campaign.id),
        )
    return decision

"""Answers: what an entrant says on the campaign's page, decided and stored in one transaction."""

from __future__ import annotations

from trk.core.campaign import Action, Campaign, day_key
from trk.core.unlock import Decision, on_answer, value_key
from trk.store import unlocks
from trk.store.program import Transaction


async def give(
    tx: Transaction, campaign: Campaign, action: Action, entrant_id: int, answer: str, now: int
) -> Decision:
    """Complete `action` by a (tidied) answer, if the rules let it."""
    day = day_key(action, campaign.timezone, now)
    key = value_key(answer) if action.unique_value else None
    ledger = await unlocks.ledger_of(tx, [unlocks.Wanted((entrant_id, action.id, day), key)])
    decision = on_answer(campaign, action, entrant_id, answer, now, ledger.known)
    if decision.unlock is not None:
        source = "ill_know" if action.verification == "ill_know" else "question"
        earned = unlocks.Earned(
            campaign.id, decision.unlock, action.worth, answer or None, source, now, decision.uses
        )
        await unlocks.add(tx, {campaign.id: campaign}, [earned], now)
    return decision

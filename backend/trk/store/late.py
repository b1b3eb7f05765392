"""Late trackings: said to have happened before the end, arrived too long after it, and let count by
the owner, one by one."""

from __future__ import annotations

from trk.core.campaign import Campaign, day_key
from trk.core.rejection import RejectionReason
from trk.core.unlock import Decision, Report, Unlocked, on_word, value_key
from trk.store import actions, browsers, corrections, links, unlocks, xrefs
from trk.store.corrections import Cause
from trk.store.program import Transaction
from trk.store.submissions import by_token, entrant_named, source_of

IS_LATE = (
    f"outcome = 'refused' AND settled IS NULL AND refusal LIKE '{RejectionReason.LATE.code}:%'"
)


async def count(
    tx: Transaction, campaign: Campaign, tracking_id: int, now: int, step: str | None = None
) -> Decision | None:
    """Let a late tracking count as if it had come in time: what it earned; None if there is no such
    tracking, or it counts already. `step` names what is counted together, to be undone together
    (undoing).

    While its visitor has not entered it stays late. Where only a token has linked them it counts
    provisionally, as in time.
    """
    # Nobody links its visitor meanwhile, who would miss what is stored here.
    await browsers.hold_campaign(tx, campaign.id)
    sql = (
        "SELECT beacon, n, visitor, name, value, signature, happened_at, action_id, source "
        "FROM trackings "
        f"WHERE id = $1 AND campaign_id = $2 AND {IS_LATE} FOR UPDATE"
    )
    found = await tx.fetch(sql, tracking_id, campaign.id)
    if not found:
        return None
    [row] = found
    visitor = row["visitor"]
    if by_token(visitor):
        visitor = await xrefs.brought_by(tx, campaign, visitor) or visitor
    link = (await links.of(tx, campaign, [visitor])).get(visitor)
    entrant_id = entrant_named(visitor) if link is None else link.entrant_id
    doubtful = by_token(visitor) if link is None else not link.sure
    known = await actions.of_campaign(tx, campaign.id)
    action = next((each for each in known if each.id == row["action_id"]), None)
    report = Report(
        row["name"], row["value"], row["happened_at"], row["signature"], source_of(row) == "api"
    )
    ledger = unlocks.Ledger()
    if entrant_id is not None and action is not None:
        unlock = (entrant_id, action.id, day_key(action, campaign.timezone, report.happened_at))
        key = value_key(report.value) if action.unique_value else None
        ledger = await unlocks.ledger_of(tx, campaign, [unlocks.Wanted(unlock, key)])
    decision = on_word(campaign, action, entrant_id, report, ledger.known)
    if decision.outcome in ("waiting", "unmatched"):
        return decision
    refusal = decision.refusal
    await tx.fetch(
        "UPDATE trackings SET settled = $2, entrant_id = $3, "
        "refusal = COALESCE(CAST($4 AS TEXT), refusal), provisional = $5, visitor = $6 "
        "WHERE campaign_id = $7 AND id = $1",
        tracking_id,
        decision.outcome,
        entrant_id,
        refusal and f"{refusal.code}: {refusal.message}",
        1 if doubtful and decision.personal else None,
        visitor,
        campaign.id,
    )
    if decision.unlock is not None and action is not None:
        earned = unlocks.Earned(
            decision.unlock,
            action.worth,
            report.value,
            source_of(row),
            report.happened_at,
            decision.uses,
            row["beacon"],
            row["n"],
        )
        await unlocks.add(tx, campaign, [earned], now)
        await _note(tx, campaign, decision.unlock, now, step)
    return decision


async def _note(
    tx: Transaction, campaign: Campaign, unlock: Unlocked, now: int, step: str | None
) -> None:
    sql = (
        "SELECT id FROM completions "
        "WHERE campaign_id = $1 AND entrant_id = $2 AND action_id = $3 AND day = $4"
    )
    [row] = await tx.fetch(sql, campaign.id, *unlock)
    reason = "It arrived late, after the end."
    await corrections.note(tx, campaign.id, "counted", [row["id"]], Cause(reason, now, step))

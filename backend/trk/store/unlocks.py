"""Unlocks: completions of actions, each stored exactly once, and the values they use up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trk.core.campaign import Campaign
from trk.core.unlock import Decision, Known, Unlocked, UsedValue
from trk.store import deliveries, rewards
from trk.store.deliveries import News
from trk.store.program import Transaction, as_rows, unpacked


class Wanted(NamedTuple):
    """What a decision will ask for: a completion, and the hash of its value if that is unique."""

    unlock: Unlocked
    value_hash: str | None


class Earned(NamedTuple):
    """A completion to be stored, and the unique value that it uses up.

    `details` is the value that earned it; `source` is one of completions.Source;
    `beacon` and `n` name the tracking that it came from, if there was one.
    """

    unlock: Unlocked
    worth: int
    details: str | None
    source: str
    happened_at: int
    uses: UsedValue | None = None
    beacon: str | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known while a group is decided; it grows with each decision."""

    done: set[Unlocked] = field(default_factory=set)
    values: dict[UsedValue, int] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    entered: dict[int, int] = field(default_factory=dict)

    @property
    def known(self) -> Known:
        """The same, as the rules take it."""
        return Known(self.done, self.values, self.blocked, self.entered)

    def enter(self, decision: Decision) -> None:
        """Note what `decision` unlocked, before the next one is made."""
        if decision.unlock is not None:
            self.done.add(decision.unlock)
            if decision.uses is not None:
                self.values[decision.uses] = decision.unlock[0]


async def ledger_of(tx: Transaction, campaign: Campaign, wanted: Collection[Wanted]) -> Ledger:
    """What the database knows of `wanted`."""
    ledger = Ledger()
    asked = list(wanted)
    if not asked:
        return ledger
    found = await tx.fetch(
        "SELECT packed[CAST(r.value ->> 0 AS INTEGER), u.id, v.entrant_id, e.blocked_at, "
        "e.created_at] AS packed FROM rows($1) AS r "
        "LEFT JOIN each[completions AS u ON plain(u.campaign_id) = $2 "
        "AND u.entrant_id = CAST(r.value ->> 1 AS BIGINT) "
        "AND u.action_id = CAST(r.value ->> 2 AS BIGINT) AND u.day = r.value ->> 3] "
        "LEFT JOIN each[unique_values AS v ON v.campaign_id = $2 "
        "AND v.action_id = CAST(r.value ->> 2 AS BIGINT) AND v.value_hash = r.value ->> 4] "
        "LEFT JOIN each[entrants AS e ON e.campaign_id = $2 "
        "AND e.id = CAST(r.value ->> 1 AS BIGINT)]",
        as_rows([(i, *one.unlock, one.value_hash) for i, one in enumerate(asked)]),
        campaign.id,
    )
    for i, completion_id, holder, blocked_at, entered_at in unpacked(found):
        (entrant_id, action_id, day), value_hash = asked[i]
        if completion_id is not None:
            ledger.done.add((entrant_id, action_id, day))
        if holder is not None and value_hash is not None:
            ledger.values[action_id, value_hash] = holder
        if blocked_at is not None:
            ledger.blocked.add(entrant_id)
        if entered_at is not None:
            ledger.entered[entrant_id] = entered_at
    return ledger


async def add(tx: Transaction, campaign: Campaign, earned: Sequence[Earned], now: int) -> None:
    """Store what was earned, as `keep` does, and give the rewards that come with it: the last that
    a transaction does."""
    await keep(tx, campaign, earned, now)
    await rewards.grant(tx, campaign, {each.unlock[0] for each in earned}, now)


async def keep(tx: Transaction, campaign: Campaign, earned: Sequence[Earned], now: int) -> None:
    """Store what was earned, with the webhooks' events that come with it; the rewards are still to
    be given.

    Raises Duplicate, and stores nothing, if a unique key forbids any of it. The trackings that
    earned it are stored already.
    """
    if not earned:
        return
    rows = [(*e.unlock, e.worth, e.details, e.beacon, e.n, e.happened_at, e.source) for e in earned]
    stored = await tx.fetch(
        "INSERT INTO completions (campaign_id, entrant_id, action_id, day, worth, details, "
        "source, tracking_id, happened_at, completed_at) "
        "SELECT CAST($3 AS BIGINT), CAST(r.value ->> 0 AS BIGINT), "
        "CAST(r.value ->> 1 AS BIGINT), r.value ->> 2, CAST(r.value ->> 3 AS INTEGER), "
        "r.value ->> 4, r.value ->> 8, t.id, CAST(r.value ->> 7 AS BIGINT), CAST($2 AS BIGINT) "
        "FROM rows($1) AS r LEFT JOIN each[trackings AS t ON t.beacon = r.value ->> 5 "
        "AND t.n = CAST(r.value ->> 6 AS INTEGER) AND plain(t.campaign_id) = $3]"
        + (" RETURNING id, entrant_id" if campaign.has_webhooks else ""),
        as_rows(rows),
        now,
        campaign.id,
    )
    # In the order of their keys, as whoever restores several: neither waits for the other.
    used = sorted((*e.uses, e.unlock[0]) for e in earned if e.uses is not None)
    if used:
        sql = (
            "INSERT INTO unique_values (campaign_id, action_id, value_hash, entrant_id, used_at) "
            "SELECT CAST($3 AS BIGINT), CAST(r.value ->> 0 AS BIGINT), r.value ->> 1, "
            "CAST(r.value ->> 2 AS BIGINT), CAST($2 AS BIGINT) FROM rows($1) AS r"
        )
        await tx.fetch(sql, as_rows(used), now, campaign.id)
    if campaign.has_webhooks:
        news = [News(row["id"], row["entrant_id"]) for row in stored]
        await deliveries.announce(tx, campaign, "action.completed", news, now)

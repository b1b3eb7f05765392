"""What a tracking earns: the outcome of one name/value pair, on arrival and when a link is made."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from backend.core.campaign import Action, Campaign, day_at, day_key, refusal_at
from backend.core.rejection import Rejection

Outcome = Literal["unlocked", "repeated", "waiting", "unmatched", "refused", "expired"]

Unlocked = tuple[int, int, str]
"""What makes a completion unique: (entrant id, action id, day)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a tracking. `unlock` is set exactly when the outcome is `unlocked`."""

    outcome: Outcome
    action: Action | None = None
    unlock: Unlocked | None = None
    refusal: Rejection | None = None


def on_arrival(
    campaign: Campaign,
    action: Action | None,
    entrant_id: int | None,
    happened_at: int,
    done: Container[Unlocked],
) -> Decision:
    """What a pair that a beacon brings earns.

    `action` is the one with the pair's tracking name; `entrant_id` the entrant that the visitor is
    linked to; `happened_at` when the page pushed it (ms); `done` what is completed already.
    """
    refusal = refusal_at(campaign, happened_at)
    if refusal is not None:
        return Decision("refused", action, refusal=refusal)
    if action is None:
        return Decision("unmatched")
    if entrant_id is None:
        return Decision("waiting", action)
    return _complete(campaign, action, entrant_id, happened_at, done)


def on_link(
    campaign: Campaign,
    action: Action | None,
    entrant_id: int,
    happened_at: int,
    now: int,
    done: Container[Unlocked],
) -> Decision:
    """What a waiting tracking earns when its visitor is linked at `now` (ms).

    It counts for when it happened, so a campaign that ended meanwhile takes nothing back; but a
    daily action's tracking is good only until the end of its own day.
    """
    if action is None:
        return Decision("unmatched")
    if action.frequency == "daily":
        zone = campaign.timezone
        if day_at(zone, happened_at) != day_at(zone, now):
            return Decision("expired", action)
    return _complete(campaign, action, entrant_id, happened_at, done)


def _complete(
    campaign: Campaign,
    action: Action,
    entrant_id: int,
    happened_at: int,
    done: Container[Unlocked],
) -> Decision:
    unlock = (entrant_id, action.id, day_key(action, campaign.timezone, happened_at))
    if unlock in done:
        return Decision("repeated", action)
    return Decision("unlocked", action, unlock)

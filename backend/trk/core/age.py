"""How far a report's age is believed: when a late beacon is taken to have happened.

An age is a claim of the browser's. It may not reach back to before there was anything to push for,
and what it says to have happened before the end must arrive soon after the end.
"""

from __future__ import annotations

from trk.core.campaign import Action, Campaign, minute_at
from trk.core.days import day_at
from trk.core.rejection import Rejection, RejectionReason

GRACE = 10 * 60_000
"""How long after a campaign's end what happened before it may arrive (ms)."""


def believed(campaign: Campaign, action: Action | None, claimed: int, received_at: int) -> int:
    """When a report is taken to have happened (ms): as `claimed`, but not before its campaign and
    its action were made."""
    began = max(campaign.created_at, 0 if action is None else action.created_at)
    return min(max(claimed, began), received_at)


def too_late(campaign: Campaign, happened_at: int, received_at: int) -> Rejection | None:
    """Why what happened before the campaign was over unlocks nothing by itself, if it arrived too
    long after that."""
    ends = [each for each in (campaign.ends_at, campaign.closed_at) if each is not None]
    if not ends or happened_at >= min(ends) or received_at < min(ends) + GRACE:
        return None
    return Rejection(
        RejectionReason.LATE,
        f"It is reported to have happened before campaign {campaign.key} ended at "
        f"{minute_at(campaign, min(ends))}, and arrived more than {GRACE // 60_000} minutes after "
        "that; it is logged, and unlocks only if the owner counts it.",
    )


def before_entering(campaign: Campaign, happened_at: int, entered_at: int | None) -> bool:
    """Did it happen on a day before the entrant's first one? A daily action's tracking is good only
    on its own day, also if it waits for its visitor to enter."""
    if entered_at is None:
        return False
    return day_at(campaign.timezone, happened_at) < day_at(campaign.timezone, entered_at)

"""What a campaign's page shows of the actions: open or done, for one entrant, at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trk.core.campaign import Action, Campaign, State, day_key, state_at
from trk.core.days import day_ends_at
from trk.core.instant import iso
from trk.core.referral import FRIEND
from trk.core.reward import RewardState, distinct, standing


@dataclass(frozen=True, slots=True)
class CompletedAction:
    """A completed action of an entrant; one that is not valid any more is worth nothing."""

    action_id: int
    day: str
    worth: int
    valid: bool = True


@dataclass(frozen=True, slots=True)
class ActionStatus:
    """One action as the entrant sees it; `entries` is what it has brought so far.

    `again_at` is when a daily action that is done opens again, as RFC 3339; empty for others.
    """

    id: int
    state: Literal["open", "done"]
    entries: int
    again_at: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """A campaign as the entrant sees it; `entries` is the entrant's sum, `completed` how many
    different actions count towards the reward, `reward` where the entrant stands with it.

    `to_confirm`: nothing of it counts before the entrant has confirmed their e-mail.
    """

    state: State
    entries: int
    actions: list[ActionStatus]
    completed: int = 0
    reward: RewardState = "none"
    to_confirm: bool = False


def friends_of(action: Action, completions: Sequence[CompletedAction]) -> int:
    """How many friends have completed an action that they complete."""
    return sum(
        each.action_id == action.id and each.valid and each.day.startswith(FRIEND)
        for each in completions
    )


def status_of(
    campaign: Campaign,
    actions: Sequence[Action],
    completions: Sequence[CompletedAction],
    now: int,
    granted: bool = False,
    confirmed: bool = True,
) -> Status:
    """The status at `now` (ms): a daily action done on an earlier day is open again.

    `granted`: the entrant has got the reward; `confirmed`: they have confirmed their e-mail.
    """
    worth: dict[int, int] = {}
    done: set[tuple[int, str]] = set()
    for completion in completions:
        worth[completion.action_id] = worth.get(completion.action_id, 0) + completion.worth
        done.add((completion.action_id, completion.day))
    state = state_at(campaign, now)
    shown = []
    for action in actions:
        is_done = (action.id, day_key(action, campaign.timezone, now)) in done
        if action.refers:
            is_done = friends_of(action, completions) >= action.friends
        again = is_done and action.frequency == "daily" and state == "open"
        shown.append(
            ActionStatus(
                action.id,
                "done" if is_done else "open",
                worth.get(action.id, 0),
                iso(day_ends_at(campaign.timezone, now)) if again else "",
            )
        )
    completed = distinct(completion.action_id for completion in completions if completion.valid)
    to_confirm = campaign.confirmed_only and not confirmed
    reward = standing(campaign.reward_kind, completed, campaign.reward_after, granted, to_confirm)
    return Status(state, sum(worth.values()), shown, completed, reward, to_confirm)

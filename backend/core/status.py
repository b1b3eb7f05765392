"""What a campaign's page shows of the actions: open or done, for one entrant, at one instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from backend.core.campaign import Action, Campaign, State, day_key, state_at


@dataclass(frozen=True, slots=True)
class Completion:
    """A completed action of an entrant; an invalidated one is worth nothing."""

    action_id: int
    day: str
    worth: int
    details: str | None


@dataclass(frozen=True, slots=True)
class ActionStatus:
    """One action as the entrant sees it; `entries` is what it has brought so far."""

    id: int
    state: Literal["open", "done"]
    entries: int


@dataclass(frozen=True, slots=True)
class Status:
    """A campaign as the entrant sees it; `entries` is the entrant's sum."""

    state: State
    entries: int
    actions: list[ActionStatus]


def status_of(
    campaign: Campaign, actions: Sequence[Action], completions: Iterable[Completion], now: int
) -> Status:
    """The status at `now` (ms): a daily action done on an earlier day is open again."""
    worth: dict[int, int] = {}
    done: set[tuple[int, str]] = set()
    for completion in completions:
        worth[completion.action_id] = worth.get(completion.action_id, 0) + completion.worth
        done.add((completion.action_id, completion.day))
    return Status(
        state_at(campaign, now),
        sum(worth.values()),
        [
            ActionStatus(
                action.id,
                "done" if (action.id, day_key(action, campaign.timezone, now)) in done else "open",
                worth.get(action.id, 0),
            )
            for action in actions
        ],
    )

"""Referrals: which friends complete the actions of those by whose links they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from trk.core.campaign import Action
from trk.core.unlock import Unlocked

FRIEND = "friend "
"""How the `day` of a completion by a friend begins; the friend's number follows."""
BLOCKED = "The friend was blocked."
ERASED = "The friend’s data was erased."
UNCONFIRMED = "The friend has not confirmed their e-mail."


class Friend(NamedTuple):
    """A friend who takes part, as their referrer does, and when they had done all that it takes to
    count (ms)."""

    friend_id: int
    referrer_id: int
    came: int


class Completed(NamedTuple):
    """What a friend has completed: its id, whether it counts, and why it was taken back, if it
    was."""

    id: int
    valid: bool
    reason: str | None


class ReferralPlace(NamedTuple):
    """What a friend may complete for their referrer, if not enough others have."""

    friend: Friend
    action: Action

    @property
    def unlock(self) -> Unlocked:
        return self.friend.referrer_id, self.action.id, day_of(self.friend.friend_id)


def day_of(friend_id: int) -> str:
    """What stands as the day of what a friend completes."""
    return f"{FRIEND}{friend_id}"


def friend_on(day: str) -> int:
    """The friend of such a day, by their id."""
    return int(day.removeprefix(FRIEND))


def free_places(
    actions: Iterable[Action],
    friends: Sequence[Friend],
    newcomers: Container[Friend],
    before: Mapping[Unlocked, Completed],
    returning: Mapping[Friend, int] = MappingProxyType({}),
) -> list[ReferralPlace]:
    """The places that these friends take; `before` has all that friends of the same referrers have
    completed, `newcomers` are those who may complete what they have not. So may those who are
    `returning`, each with since when their referrer was blocked (ms), where the action was made
    after that.

    What was taken back because its friend took no part comes back, whatever completes the action by
    now. It comes first: who was blocked and is let in again is where they were.
    """
    places = [ReferralPlace(friend, action) for action in actions for friend in friends]
    back = [each for each in places if _comes_back(before.get(each.unlock))]
    new = [
        each
        for each in places
        if each.unlock not in before
        and each.action.refers
        and (
            each.friend in newcomers
            or (each.friend in returning and each.action.created_at >= returning[each.friend])
        )
    ]
    counted = Counter(unlock[:2] for unlock, each in before.items() if each.valid)
    free = []
    for each in [*back, *new]:
        if counted[each.unlock[:2]] < each.action.friends:
            counted[each.unlock[:2]] += 1
            free.append(each)
    return free


def _comes_back(completed: Completed | None) -> bool:
    return completed is not None and completed.reason in (BLOCKED, UNCONFIRMED)

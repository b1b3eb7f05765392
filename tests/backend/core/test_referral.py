"""Which friends take the places that there are."""

from __future__ import annotations

import pytest
from msgspec import structs

from trk.core.campaign import Action
from trk.core.referral import BLOCKED, ERASED, UNCONFIRMED, Completed, Friend, free_places

REFERRER = 1
REFER = Action("Refer", "Refer", id=7, campaign_id=1, verification="referral", friends=2)
BOB, CEM, DEE = (Friend(n, REFERRER, 100 + n) for n in (2, 3, 4))
ALL = [BOB, CEM, DEE]


def completed(friend: Friend, reason: str | None = None) -> dict[tuple[int, int, str], Completed]:
    """What this friend has completed, taken back for this reason, if there is one."""
    unlock = (REFERRER, REFER.id, f"friend {friend.friend_id}")
    return {unlock: Completed(90 + friend.friend_id, reason is None, reason)}


def test_the_first_newcomers_take_the_places_of_each_action() -> None:
    other = structs.replace(REFER, id=8, friends=1)
    free = free_places([REFER, other], ALL, ALL, {})
    assert [(each.action.id, each.friend) for each in free] == [(7, BOB), (7, CEM), (8, BOB)]
    assert free[0].unlock == (REFERRER, 7, "friend 2")


def test_each_referrer_has_places_of_their_own() -> None:
    others = Friend(5, 9, 105)
    free = free_places([REFER], [*ALL, others], {*ALL, others}, {})
    assert [each.friend for each in free] == [BOB, CEM, others]


def test_who_counts_already_keeps_the_place_and_takes_no_other() -> None:
    free = free_places([REFER], ALL, ALL, completed(DEE))
    assert [each.friend for each in free] == [BOB]


@pytest.mark.parametrize("reason", [BLOCKED, UNCONFIRMED])
@pytest.mark.parametrize("verification", ["referral", "tracking"])
def test_who_comes_back_comes_first_whatever_completes_the_action_now(
    reason: str, verification: str
) -> None:
    now = structs.replace(REFER, friends=1, verification=verification)
    free = free_places([now], ALL, ALL, completed(DEE, reason))
    assert [each.friend for each in free] == [DEE]


@pytest.mark.parametrize("reason", [ERASED, "It was a cheat.", None])
def test_what_was_taken_back_for_another_reason_stays_taken_back(reason: str | None) -> None:
    assert free_places([REFER], [BOB], [BOB], completed(BOB, reason)) == []


def test_only_newcomers_complete_what_they_have_not_and_only_what_friends_complete() -> None:
    assert free_places([REFER], ALL, {CEM}, {}) == free_places([REFER], [CEM], {CEM}, {})
    tracked = structs.replace(REFER, verification="tracking")
    assert free_places([tracked], ALL, ALL, {}) == []

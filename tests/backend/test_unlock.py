"""What a tracking earns, as tables."""

from __future__ import annotations

import pytest

from backend.core.campaign import Action, Campaign, Frequency
from backend.core.link import Xref, by_xref
from backend.core.rejection import Rejection
from backend.core.unlock import on_arrival, on_link

HOUR = 3_600_000
DAY = 24 * HOUR
START, END = 20_000 * DAY, 20_010 * DAY  # whole days of UTC


def campaign(timezone: str = "UTC") -> Campaign:
    return Campaign(1, "y2sB7", "Win", "win", "competition", "", timezone, START, END, None, True)


def action(frequency: Frequency = "once") -> Action:
    return Action(7, 1, "Be VIP", "", "", "VIP", 1, frequency)


@pytest.mark.parametrize(
    ("named", "entrant", "at", "done", "outcome"),
    [
        (True, 5, START, False, "unlocked"),
        (True, 5, START, True, "repeated"),
        (True, None, START, False, "waiting"),
        (False, 5, START, False, "unmatched"),
        (True, 5, START - 1, False, "refused"),
        (True, 5, END, False, "refused"),
        (True, 5, END - 1, False, "unlocked"),
    ],
)
def test_what_a_pair_earns_on_arrival(
    named: bool, entrant: int | None, at: int, done: bool, outcome: str
) -> None:
    known = {(5, 7, "")} if done else set()
    decision = on_arrival(campaign(), action() if named else None, entrant, at, known)
    assert decision.outcome == outcome
    assert (decision.unlock is not None) == (outcome == "unlocked")
    assert (decision.refusal is not None) == (outcome == "refused")


def test_a_daily_action_unlocks_once_for_each_day_of_the_campaigns_zone() -> None:
    daily = action("daily")
    late = on_arrival(campaign("Asia/Tokyo"), daily, 5, START + 14 * HOUR, set())
    next_day = on_arrival(campaign("Asia/Tokyo"), daily, 5, START + 15 * HOUR, set())
    assert late.unlock is not None
    assert next_day.unlock is not None
    assert late.unlock[2] < next_day.unlock[2]


@pytest.mark.parametrize(
    ("frequency", "later", "outcome"),
    [
        ("once", 5 * DAY, "unlocked"),
        ("daily", DAY - 1, "unlocked"),
        ("daily", DAY, "expired"),
    ],
)
def test_a_waiting_tracking_of_a_daily_action_expires_with_its_day(
    frequency: Frequency, later: int, outcome: str
) -> None:
    decision = on_link(campaign(), action(frequency), 5, START, START + later, set())
    assert decision.outcome == outcome


@pytest.mark.parametrize(
    ("xref", "linked_to", "result"),
    [
        (None, None, "xref_unknown"),
        (Xref(5, END, None), None, 5),
        (Xref(5, END, "me"), 5, 5),
        (Xref(5, END, "other"), None, "xref_used"),
        (Xref(5, START, None), None, "xref_expired"),
        (Xref(5, START, "me"), 5, 5),
        (Xref(5, END, None), 6, "visitor_taken"),
    ],
)
def test_an_xref_is_good_for_one_visitor_and_a_day(
    xref: Xref | None, linked_to: int | None, result: int | str
) -> None:
    got = by_xref(xref, "me", linked_to, START)
    assert (got.code if isinstance(got, Rejection) else got) == result

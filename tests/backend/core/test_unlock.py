"""What a report earns, as tables."""

from __future__ import annotations

from typing import Any

import pytest

from trk.core.campaign import Action, Campaign, Frequency
from trk.core.signature import sign
from trk.core.unlock import Known, Report, on_answer, on_arrival, on_link, value_key

HOUR = 3_600_000
DAY = 24 * HOUR
START, END = 20_000 * DAY, 20_010 * DAY  # whole days of UTC


def campaign(timezone: str = "UTC") -> Campaign:
    return Campaign(
        "Win",
        id=1,
        key="y2sB7",
        slug="win",
        timezone=timezone,
        starts_at=START,
        ends_at=END,
        secret="s3cret",
    )


def action(frequency: Frequency = "once", **fields: Any) -> Action:
    return Action("Be VIP", "VIP", id=7, campaign_id=1, frequency=frequency, **fields)


def pushed(at: int = START, value: str | None = "17", signature: str | None = None) -> Report:
    return Report("VIP", value, at, signature)


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
    known = Known({(5, 7, "")} if done else ())
    decision = on_arrival(campaign(), action() if named else None, entrant, pushed(at), known)
    assert decision.outcome == outcome
    assert (decision.unlock is not None) == (outcome == "unlocked")
    assert (decision.refusal is not None) == (outcome == "refused")


def test_a_daily_action_unlocks_once_for_each_day_of_the_campaigns_zone() -> None:
    daily = action("daily")
    late = on_arrival(campaign("Asia/Tokyo"), daily, 5, pushed(START + 14 * HOUR), Known())
    next_day = on_arrival(campaign("Asia/Tokyo"), daily, 5, pushed(START + 15 * HOUR), Known())
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
    decision = on_link(campaign(), action(frequency), 5, pushed(), START + later, Known())
    assert decision.outcome == outcome


GOOD = sign("s3cret", "y2sB7", "VIP", "17")


@pytest.mark.parametrize(
    ("fields", "value", "signature", "outcome", "code"),
    [
        ({"signed": True}, "17", GOOD, "unlocked", None),
        ({"signed": True}, "17", GOOD.upper(), "unlocked", None),
        ({"signed": True}, "17", None, "refused", "unsigned"),
        ({"signed": True}, "17", "", "refused", "unsigned"),
        ({"signed": True}, "18", GOOD, "refused", "bad_signature"),
        ({"signed": True}, None, sign("s3cret", "y2sB7", "VIP", None), "unlocked", None),
        ({}, "17", "wrong, but none was asked for", "unlocked", None),
        ({"verification": "ill_know"}, "17", None, "refused", "not_tracked"),
        ({"verification": "question"}, "17", None, "refused", "not_tracked"),
        ({"verification": "question_or_tracking"}, "17", None, "unlocked", None),
        ({"unique_value": True}, "17", None, "unlocked", None),
        ({"unique_value": True}, None, None, "refused", "value_missing"),
        ({"unique_value": True}, "  ", None, "refused", "value_missing"),
        ({"unique_value": True, "signed": True}, "17", None, "refused", "unsigned"),
    ],
)
@pytest.mark.parametrize("entrant", [5, None])
def test_an_action_demands_what_its_owner_chose_whoever_reports_it(
    fields: dict[str, Any],
    value: str | None,
    signature: str | None,
    outcome: str,
    code: str | None,
    entrant: int | None,
) -> None:
    report = pushed(START, value, signature)
    decision = on_arrival(campaign(), action(**fields), entrant, report, Known())
    expected = "waiting" if entrant is None and outcome == "unlocked" else outcome
    assert (decision.outcome, decision.refusal and decision.refusal.code) == (expected, code)


def test_the_customers_own_server_needs_no_signature_but_keeps_all_other_rules() -> None:
    signed = action(signed=True, unique_value=True)
    call = Report("VIP", "17", START, vouched=True)
    assert on_arrival(campaign(), signed, 5, call, Known()).outcome == "unlocked"
    used = Known(values={(7, value_key("17") or ""): 6})
    assert on_arrival(campaign(), signed, 5, call, used).outcome == "refused"
    late = call._replace(happened_at=END)
    assert on_arrival(campaign(), signed, 5, late, Known()).outcome == "refused"


@pytest.mark.parametrize(
    ("holder", "done", "outcome"),
    [
        (None, False, "unlocked"),
        (6, False, "refused"),
        (5, False, "repeated"),  # a daily action, and yesterday's order number again
        (6, True, "repeated"),
        (5, True, "repeated"),
    ],
)
@pytest.mark.parametrize("linked_later", [False, True])
def test_a_unique_value_unlocks_once_and_for_one_entrant_only(
    holder: int | None, done: bool, outcome: str, linked_later: bool
) -> None:
    key = value_key("order-17") or ""
    known = Known(
        {(5, 7, "2024-10-04")} if done else (), {} if holder is None else {(7, key): holder}
    )
    unique = action("daily", unique_value=True)
    report = pushed(START, " Order-17 ")
    if linked_later:
        decision = on_link(campaign(), unique, 5, report, START + 1, known)
    else:
        decision = on_arrival(campaign(), unique, 5, report, known)
    assert decision.outcome == outcome
    assert decision.uses == ((7, key) if outcome == "unlocked" else None)
    if outcome == "refused":
        assert decision.refusal is not None
        assert decision.refusal.code == "value_used"
        assert "' Order-17 '" in decision.refusal.message


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("order-17", " ORDER-17\n", True),
        ("order 17", "order  17", True),
        ("１７", "17", True),
        ("order-17", "order-18", False),
        ("order-17", "order17", False),
        ("é", "e\u0301", True),
        ("x" * 10_000, "x" * 9_999, False),
    ],
)
def test_case_and_spaces_make_no_other_order_number(one: str, other: str, same: bool) -> None:
    assert (value_key(one) == value_key(other)) is same


@pytest.mark.parametrize("empty", [None, "", " \n\t"])
def test_an_empty_value_is_no_value(empty: str | None) -> None:
    assert value_key(empty) is None


def test_a_waiting_tracking_without_the_value_that_is_demanded_since_then_is_refused() -> None:
    unique = action(unique_value=True)
    decision = on_link(campaign(), unique, 5, pushed(START, None), START, Known())
    assert decision.refusal is not None
    assert decision.refusal.code == "value_missing"


@pytest.mark.parametrize("blocked", [5, 6])
def test_nothing_unlocks_for_a_blocked_entrant(blocked: int) -> None:
    known = Known(blocked={blocked})
    expected = "refused" if blocked == 5 else "unlocked"
    asks = action(verification="question_or_tracking", question="?")
    assert on_arrival(campaign(), asks, 5, pushed(), known).outcome == expected
    assert on_link(campaign(), asks, 5, pushed(), START, known).outcome == expected
    assert on_answer(campaign(), asks, 5, "17", START, known).outcome == expected


@pytest.mark.parametrize(
    ("fields", "answer", "now", "outcome", "code"),
    [
        ({"verification": "ill_know"}, "", START, "unlocked", None),
        ({"verification": "ill_know"}, "", END, "refused", "campaign_ended"),
        ({"verification": "question"}, "anything", START, "unlocked", None),
        ({"verification": "question"}, "", START, "refused", "wrong_answer"),
        ({"verification": "question", "answer_pattern": r"\d+"}, "17", START, "unlocked", None),
        (
            {"verification": "question", "answer_pattern": r"\d+"},
            "x17",
            START,
            "refused",
            "wrong_answer",
        ),
        (
            {"verification": "question_or_tracking", "answer_pattern": r"\d+"},
            "17",
            START,
            "unlocked",
            None,
        ),
        ({"verification": "question_or_tracking", "signed": True}, "17", START, "unlocked", None),
        ({"verification": "tracking"}, "17", START, "refused", "not_asked"),
        ({"verification": "question"}, "anything", START - 1, "refused", "campaign_not_started"),
    ],
)
def test_what_an_answer_earns(
    fields: dict[str, Any], answer: str, now: int, outcome: str, code: str | None
) -> None:
    decision = on_answer(campaign(), action(**fields), 5, answer, now, Known())
    assert (decision.outcome, decision.refusal and decision.refusal.code) == (outcome, code)


def test_an_order_number_counts_once_whether_it_was_tracked_or_answered() -> None:
    either = action(verification="question_or_tracking", question="Order?", unique_value=True)
    known = Known(values={(7, value_key("order-17") or ""): 6})
    decision = on_answer(campaign(), either, 5, "ORDER-17", START, known)
    assert decision.refusal is not None
    assert decision.refusal.code == "value_used"

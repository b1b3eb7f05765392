"""How far an age is believed, as tables."""

from __future__ import annotations

import pytest

from trk.core.age import GRACE, before_entering, believed, too_late
from trk.core.campaign import Action, Campaign
from trk.core.unlock import Known, Report, on_arrival

HOUR = 3_600_000
DAY = 24 * HOUR
START, END = 20_000 * DAY, 20_010 * DAY  # whole days of UTC
MADE, ADDED = START + HOUR, START + 2 * DAY
"""When the campaign and its action were made."""


def campaign(timezone: str = "UTC", closed_at: int | None = None) -> Campaign:
    return Campaign(
        "Win",
        id=1,
        key="y2sB7",
        slug="win",
        timezone=timezone,
        starts_at=START,
        ends_at=END,
        created_at=MADE,
        closed_at=closed_at,
    )


ACTION = Action("VIP", "VIP", id=7, campaign_id=1, created_at=ADDED)
DAILY = Action("VIP", "VIP", id=7, campaign_id=1, created_at=ADDED, frequency="daily")


@pytest.mark.parametrize(
    ("action", "claimed", "received", "taken"),
    [
        (ACTION, ADDED + DAY, ADDED + 3 * DAY, ADDED + DAY),
        (ACTION, ADDED, ADDED + DAY, ADDED),
        (ACTION, ADDED - 1, ADDED + DAY, ADDED),
        (ACTION, START - 7 * DAY, ADDED + DAY, ADDED),
        (None, ADDED - 1, ADDED + DAY, ADDED - 1),
        (None, MADE - 1, ADDED + DAY, MADE),
        (None, START - 7 * DAY, ADDED, MADE),
        # A clock that was set back: never later than it arrived.
        (ACTION, ADDED - HOUR, ADDED - HOUR, ADDED - HOUR),
        (ACTION, ADDED - DAY, ADDED - HOUR, ADDED - HOUR),
    ],
)
def test_an_age_reaches_back_to_when_campaign_and_action_were_made(
    action: Action | None, claimed: int, received: int, taken: int
) -> None:
    assert believed(campaign(), action, claimed, received) == taken


@pytest.mark.parametrize(
    ("closed", "happened", "received", "late"),
    [
        (None, END - 1, END, False),
        (None, END - DAY, END + GRACE - 1, False),
        (None, END - 1, END + GRACE, True),
        (None, END - 6 * DAY, END + DAY, True),
        (None, END - DAY, END - 1, False),
        (None, END, END + GRACE, False),  # after the end: refused for that
        (END - DAY, END - DAY - 1, END - DAY + GRACE - 1, False),
        (END - DAY, END - DAY - 1, END - DAY + GRACE, True),
        (END + DAY, END - 1, END + GRACE, True),
    ],
)
def test_what_happened_before_the_end_may_arrive_until_ten_minutes_after_it(
    closed: int | None, happened: int, received: int, late: bool
) -> None:
    refusal = too_late(campaign(closed_at=closed), happened, received)
    assert (refusal is not None) == late
    report = Report("VIP", None, happened, received_at=received)
    decision = on_arrival(campaign(closed_at=closed), ACTION, 5, report, Known())
    over = happened >= END
    assert decision.outcome == ("refused" if late or over else "unlocked")
    if decision.refusal is not None:
        assert decision.refusal.code == ("late" if late else "campaign_ended")


@pytest.mark.parametrize(
    ("timezone", "happened", "entered", "outcome"),
    [
        ("UTC", ADDED + DAY, ADDED, "unlocked"),
        ("UTC", ADDED + DAY, ADDED + DAY, "unlocked"),
        ("UTC", ADDED + DAY, ADDED + 2 * DAY - 1, "unlocked"),
        ("UTC", ADDED + DAY, ADDED + 2 * DAY, "expired"),
        ("UTC", ADDED + DAY, ADDED + 6 * DAY, "expired"),
        ("Asia/Tokyo", ADDED + DAY, ADDED + DAY + 15 * HOUR - 1, "unlocked"),
        ("Asia/Tokyo", ADDED + DAY, ADDED + DAY + 15 * HOUR, "expired"),
    ],
)
def test_a_daily_action_is_not_claimed_for_days_before_the_entrant_had_entered(
    timezone: str, happened: int, entered: int, outcome: str
) -> None:
    assert before_entering(campaign(timezone), happened, entered) == (outcome == "expired")
    known = Known(entered={5: entered})
    report = Report("VIP", None, happened, received_at=END - 1)
    assert on_arrival(campaign(timezone), DAILY, 5, report, known).outcome == outcome
    # What can be done once counts whenever it was done.
    assert on_arrival(campaign(timezone), ACTION, 5, report, known).outcome == "unlocked"
    assert on_arrival(campaign(timezone), DAILY, None, report, known).outcome == "waiting"

"""What a campaign's page shows of the actions and the reward."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from trk.core.campaign import ONCE as ONE_TIME
from trk.core.campaign import Action, Campaign
from trk.core.status import CompletedAction, status_of

NOON = 1_774_778_400_000
"""2026-03-29 12:00 in Berlin: the day on which summer time begins."""

CAMPAIGN = Campaign("Win", id=1, key="y2sB7", slug="win", kind="reward", timezone="Europe/Berlin")
ONCE = Action("Buy", "Buy", id=1, campaign_id=1, worth=3)
DAILY = Action("Visit", "Visit", id=2, campaign_id=1, frequency="daily")
BOTH = [ONCE, DAILY]
BOUGHT = CompletedAction(1, ONE_TIME, 3)
VISITED = CompletedAction(2, "2026-03-29", 1)


def test_a_daily_action_that_is_done_says_when_it_opens_again() -> None:
    [bought, visited] = status_of(CAMPAIGN, BOTH, [BOUGHT, VISITED], NOON).actions
    assert (bought.state, bought.again_at) == ("done", "")
    assert (visited.state, visited.again_at) == ("done", "2026-03-29T22:00:00.000Z")


def test_the_day_after_it_is_open_again_and_keeps_its_entries() -> None:
    [_, visited] = status_of(CAMPAIGN, BOTH, [BOUGHT, VISITED], NOON + 86_400_000).actions
    assert (visited.state, visited.again_at, visited.entries) == ("open", "", 1)


def test_a_daily_action_does_not_open_again_in_a_campaign_that_is_over() -> None:
    over = structs.replace(CAMPAIGN, ends_at=NOON - 1)
    [_, visited] = status_of(over, BOTH, [VISITED], NOON).actions
    assert (visited.state, visited.again_at) == ("done", "")


def test_a_reward_is_earned_by_different_actions_that_are_valid() -> None:
    campaign = structs.replace(CAMPAIGN, reward_kind="codes", reward_after=2)
    again = replace(VISITED, day="2026-03-28")
    assert status_of(campaign, BOTH, [VISITED, again], NOON).reward == "working"
    assert status_of(campaign, BOTH, [VISITED, BOUGHT], NOON).reward == "gone"
    assert status_of(campaign, BOTH, [VISITED, BOUGHT], NOON, granted=True).reward == "granted"
    taken_back = replace(BOUGHT, worth=0, valid=False)
    status = status_of(campaign, BOTH, [VISITED, taken_back], NOON)
    assert (status.reward, status.completed, status.entries) == ("working", 1, 1)

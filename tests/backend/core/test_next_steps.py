"""Next steps, in each state of a campaign."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from trk.core.campaign import Action, Campaign
from trk.core.next_steps import CampaignProgress, before_publishing, next_steps
from trk.core.starter import starter

DONE = Action(id=1, campaign_id=1, title="Visit", tracking_name="Visit", url="https://shop.example")
WITHOUT = Action(id=2, campaign_id=1, title="Buy", tracking_name="Buy")
OWN_WORD = Action(id=3, campaign_id=1, title="Sing", tracking_name="S", verification="ill_know")
READY = CampaignProgress("open", [DONE], [(7, "A bike")], 3, False, 0, True, None)
WIN: dict[str, Any] = {"name": "Win", "id": 1, "key": "y2sB7", "slug": "win"}
COMPETITION = Campaign(**WIN, ends_at=10)
REWARD = Campaign(**WIN, kind="reward", reward_kind="codes")
CHECK = "Check the winners and announce them"
PLACEHOLDER = starter("competition", "Win", "UTC").prizes[0].title
USUAL: dict[str, Any] = {"terms": "Be nice.", "allowed_origins": ("https://shop.example",)}
DRAFT = Campaign(**WIN, **USUAL, ends_at=10, published_at=None)
GIFT = Campaign(**WIN, **USUAL, kind="reward", reward_kind="codes", published_at=None)


@pytest.mark.parametrize(
    ("campaign", "changed", "names"),
    [
        (COMPETITION, {}, ["Invite people to the campaign’s page"]),
        (COMPETITION, {"state": "not_started"}, ["Invite people to the campaign’s page"]),
        (COMPETITION, {"actions": []}, ["Add an action"]),
        (COMPETITION, {"actions": [DONE, WITHOUT]}, ["Add an address to “Buy”"]),
        (COMPETITION, {"actions": [WITHOUT, WITHOUT]}, ["Add addresses to 2 actions"]),
        (COMPETITION, {"actions": [DONE, OWN_WORD]}, ["Invite people to the campaign’s page"]),
        (COMPETITION, {"prizes": []}, ["Add a prize"]),
        (COMPETITION, {"prizes": [(7, "A"), (8, PLACEHOLDER)]}, ["Name the prize"]),
        (COMPETITION, {"reported": False}, ["Install the script"]),
        (
            COMPETITION,
            {"reported": False, "actions": [OWN_WORD]},
            ["Invite people to the campaign’s page"],
        ),
        (Campaign(**WIN), {}, ["Set an end"]),
        (Campaign(**WIN), {"state": "closed"}, ["Draw the winners"]),
        (COMPETITION, {"state": "ended", "reported": False}, ["Draw the winners"]),
        (COMPETITION, {"state": "ended", "prizes": []}, ["Add a prize"]),
        (
            COMPETITION,
            {"state": "ended", "prizes": [(7, PLACEHOLDER)]},
            ["Name the prize", "Draw the winners"],
        ),
        (COMPETITION, {"state": "ended", "entries": 0}, ["Set a later end"]),
        (COMPETITION, {"state": "closed", "entries": 0}, ["Reopen the campaign"]),
        (COMPETITION, {"state": "ended", "drawn": False}, ["Finish the draw"]),
        (COMPETITION, {"state": "ended", "drawn": True}, [CHECK]),
        (Campaign(**WIN), {"state": "closed", "drawn": True}, [CHECK]),
        (COMPETITION, {"state": "open", "drawn": True}, [CHECK]),
        (COMPETITION, {"state": "ended", "drawn": True, "announced": True}, ["See the winners"]),
        (REWARD, {}, ["Invite people to the campaign’s page"]),
        (Campaign(**WIN, kind="reward"), {}, ["Choose a reward"]),
        (REWARD, {"codes_left_out": True}, ["Add codes"]),
        (REWARD, {"waiting": 2}, ["Add codes"]),
        (REWARD, {"state": "ended"}, ["See who got the reward"]),
        (REWARD, {"state": "ended", "waiting": 2}, ["Add codes", "See who got the reward"]),
    ],
)
def test_what_comes_next(campaign: Campaign, changed: dict[str, Any], names: list[str]) -> None:
    assert [step.name for step in next_steps(campaign, READY._replace(**changed))] == names


@pytest.mark.parametrize(
    ("changed", "state", "blocking", "asking"),
    [
        ({}, {}, [], []),
        ({}, {"state": "not_started"}, [], []),
        ({}, {"reported": False}, [], []),  # nothing can come before it is published
        ({}, {"state": "ended"}, ["Set a later end"], []),
        ({}, {"actions": []}, ["Add an action"], []),
        ({}, {"prizes": []}, ["Add a prize"], []),
        ({}, {"prizes": [(7, PLACEHOLDER)]}, ["Name the prize"], []),
        ({}, {"actions": [WITHOUT]}, [], ["Add an address to “Buy”"]),
        ({"ends_at": None}, {}, [], ["Set an end"]),
        ({"terms": ""}, {}, [], ["Write the terms"]),
        ({"allowed_origins": ()}, {}, [], ["Name the sites that may show it"]),
        ({}, {"sends_mails": False}, [], ["Set up a mail server"]),
        (
            {"confirmed_only": True},
            {"sends_mails": False},
            ["Count e-mails that are not confirmed"],
            ["Set up a mail server"],
        ),
        ({"confirmed_only": True}, {}, [], []),
        (
            {"terms": "", "ends_at": None},
            {"prizes": [(7, PLACEHOLDER)], "actions": [WITHOUT]},
            ["Name the prize"],
            ["Add an address to “Buy”", "Set an end", "Write the terms"],
        ),
    ],
)
def test_what_a_competition_needs_before_it_is_published(
    changed: dict[str, Any], state: dict[str, Any], blocking: list[str], asking: list[str]
) -> None:
    draft, now = msgspec.structs.replace(DRAFT, **changed), READY._replace(**state)
    found = list(before_publishing(draft, now))
    assert [step.name for step in found if step.blocks] == blocking
    assert [step.name for step in found if not step.blocks] == asking
    shown = [step.name for step in next_steps(draft, now)]
    assert shown == [*blocking, *asking, "Publish the campaign"]


@pytest.mark.parametrize(
    ("changed", "state", "blocking", "asking"),
    [
        ({"ends_at": None}, {"prizes": []}, [], []),  # a reward needs neither
        ({"reward_kind": "none"}, {}, ["Choose a reward"], []),
        ({}, {"codes_left_out": True}, [], ["Add codes"]),
    ],
)
def test_what_a_reward_needs_before_it_is_published(
    changed: dict[str, Any], state: dict[str, Any], blocking: list[str], asking: list[str]
) -> None:
    draft, now = msgspec.structs.replace(GIFT, **changed), READY._replace(**state)
    found = list(before_publishing(draft, now))
    assert [step.name for step in found if step.blocks] == blocking
    assert [step.name for step in found if not step.blocks] == asking


def test_each_step_leads_to_the_very_thing() -> None:
    now = READY._replace(actions=[WITHOUT], prizes=[(8, PLACEHOLDER)], reported=False)
    paths = [step.path for step in next_steps(Campaign(**WIN), now)]
    assert paths == ["/actions/2", "/prizes/8", "/install", "/settings#when"]

"""What tests of rewards at once do: campaigns that give one; entrants and friends who earn it."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.backend.stored import NOW, enter
from trk.core.campaign import Campaign
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.reward import RewardKind
from trk.services.actions import make_action
from trk.services.campaigns import change_campaign, make_campaign
from trk.services.code_uploads import add_codes
from trk.services.drafts import campaign_draft_of
from trk.store import actions, answers, confirmations
from trk.store.arrivals import Came
from trk.store.confirmations import Here, NewLink
from trk.store.database import Database
from trk.store.program import Program

IN_ORDER = ["first", "other"]
"""What at_once gives if the one came right after the other, and nobody was given up."""


async def for_two(database: Database, kind: RewardKind = "shared") -> Campaign:
    """A campaign that gives a reward for two of its actions."""
    value = "SAVE10" if kind == "shared" else ""
    draft = CampaignDraft("Thanks", key="y2sB7", kind="reward", reward_after=2)
    draft = msgspec.structs.replace(draft, reward_kind=kind, reward_value=value)
    campaign = await database.write(make_campaign, draft)
    for name in ("First", "Second", "Third"):
        action = ActionDraft(name, name, verification="question_or_tracking")
        action = msgspec.structs.replace(action, question="?", answer_pattern="yes")
        await database.write(make_action, campaign, action)
    return campaign


def switching(campaign: Campaign, **fields: Any) -> Program[Campaign]:
    """Changes these of the campaign's settings."""
    draft = msgspec.structs.replace(campaign_draft_of(campaign), **fields)
    return lambda tx: change_campaign(tx, campaign, draft)


async def by_answer(
    database: Database, campaign: Campaign, entrant: int, name: str
) -> Program[Any]:
    known = await database.read(actions.of_campaign, campaign.id)
    [action] = [each for each in known if each.tracking_name == name]
    return lambda tx: answers.give(tx, campaign, action, entrant, "yes", NOW)


async def referring(
    database: Database, kind: RewardKind = "shared", *, confirmed_only: bool = False
) -> tuple[Campaign, int]:
    """A campaign that gives a reward for one action, of which one is to refer a friend; and an
    entrant of it."""
    campaign = await for_two(database, kind)
    await database.write(
        make_action, campaign, ActionDraft("Refer", "Refer", verification="referral")
    )
    switches = switching(campaign, reward_after=1, confirmed_only=confirmed_only)
    campaign = await database.write(switches)
    if kind == "codes":
        await add_codes(database, campaign, ["a", "b", "c"])
    return campaign, await enter(database, campaign, 1)


def entering(
    campaign: Campaign,
    referrer: int | None,
    *,
    came: Came | None = None,
    browser: str = "browser",
    visitor: str | None = None,
    email: str = "friend@example.org",
) -> Program[Any]:
    return lambda tx: confirmations.enter(
        tx,
        campaign,
        came or Came(browser=browser),
        NewLink(f"link of {browser}", "https://track.test/x", ""),
        now=NOW,
        browser=browser,
        referrer=referrer,
        name="Friend",
        email=email,
        session_hash=f"session in {browser}",
        visitor=visitor,
    )


def goes_back(campaign: Campaign, came: Came) -> Program[Any]:
    here = Here(None, came)
    return lambda tx: confirmations.go_back(tx, campaign, "link of browser", here, "back", NOW)

"""What a new campaign begins with: a competition, a coupon as a reward, or nothing."""

from __future__ import annotations

from typing import Literal, NamedTuple

from trk.core.drafts import ActionDraft, CampaignDraft, PrizeDraft

Template = Literal["competition", "coupon", "blank"]

TEMPLATES: dict[Template, tuple[str, str]] = {
    "competition": (
        "Competition",
        "Actions give entries; winners are drawn. Starts with one action and one prize.",
    ),
    "coupon": (
        "Coupon reward",
        "Everyone who completes an action gets a code. Starts with one action and the code "
        "WELCOME10.",
    ),
    "blank": ("Blank", "A competition without actions and prizes."),
}
"""Each template's title, and what it is for."""


PLACEHOLDER_PRIZE = "The prize"
"""What a new competition's prize is called until its owner gives it a name."""


class Starter(NamedTuple):
    """A campaign with its first actions and prizes."""

    campaign: CampaignDraft
    actions: tuple[ActionDraft, ...] = ()
    prizes: tuple[PrizeDraft, ...] = ()


def starter(
    template: Template, name: str, timezone: str, *, confirmed_only: bool = False
) -> Starter:
    """What a campaign with this name begins with; its owner changes what does not fit."""
    if template == "competition":
        return Starter(
            CampaignDraft(
                name,
                timezone=timezone,
                confirmed_only=confirmed_only,
                description="Complete the actions below. Each gives you entries in the draw.",
            ),
            (
                ActionDraft(
                    "Visit our shop", "Visit", description="Have a look at what’s new.", worth=1
                ),
            ),
            (PrizeDraft(PLACEHOLDER_PRIZE),),
        )
    if template == "coupon":
        return Starter(
            CampaignDraft(
                name,
                kind="reward",
                timezone=timezone,
                confirmed_only=confirmed_only,
                description="Complete the action below and get a code for your next order.",
                reward_kind="shared",
                reward_value="WELCOME10",
                reward_note="Enter the code at checkout.",
            ),
            (ActionDraft("Subscribe to our newsletter", "Signup"),),
        )
    return Starter(CampaignDraft(name, timezone=timezone, confirmed_only=confirmed_only))

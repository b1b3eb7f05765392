"""What is wrong in an answer is said at its field, with scripts, without, and in a frame."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import QUIZ, inside, push, toast
from e2e.framed import FramedCampaign, embedding
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

SOON = 15_000


@pytest.fixture
def campaign(two_actions: Campaign) -> Campaign:
    return two_actions


@pytest.mark.sampled
@pytest.mark.parametrize("framed", [False, True], ids=["alone", "embedded"])
def test_what_is_wrong_in_an_answer_is_said_in_red_at_its_field_which_has_the_focus(
    framed: bool, campaign: Campaign, trk_site: Site, framing_page: Page
) -> None:
    campaign.change(allowed_origins=[trk_site.url])
    campaign.add_action("Quiz", title="Quiz", **QUIZ)
    at: Any = framing_page
    if framed:
        framing_page.goto(trk_site.page("/shop", embedding(campaign)))
        embedded = FramedCampaign(framing_page, campaign)
        embedded.enter()
        embedded.unfold("Quiz")
        at = embedded.frame
    else:
        inside(framing_page, campaign).unfold("Quiz")
    at.get_by_label("6 × 7?").fill("41")
    at.get_by_role("button", name="Send answer").click()
    field = at.get_by_label("6 × 7?")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("41")
    expect(field).to_be_focused()
    said = "That’s not the right answer. Check it and try again."
    expect(field).to_have_accessible_description(said)
    mistake = at.get_by_text(said)
    expect(mistake).to_be_in_viewport()
    expect(mistake).to_have_css("color", "rgb(179, 38, 30)")
    expect(field).to_have_css("border-top-color", "rgb(179, 38, 30)")


@pytest.mark.once
def test_without_scripts_the_mistake_is_at_its_field_as_well(
    campaign: Campaign, trk_new_context: ContextFactory
) -> None:
    campaign.add_action("Quiz", title="Quiz", **QUIZ)
    page = trk_new_context(java_script_enabled=False).new_page()
    page.route("**/*.js*", lambda route: route.abort())  # Firefox takes that for no order
    opened = CampaignPage(page, campaign)
    opened.open()
    opened.enter()
    opened.unfold("Quiz")
    page.get_by_role("button", name="Send answer").click()
    field = page.get_by_label("6 × 7?")
    expect(field).to_have_accessible_description("Enter an answer.")
    expect(field).to_be_focused()
    expect(page.get_by_text("Enter an answer.")).to_be_visible()


@pytest.mark.once
def test_the_page_with_a_mistake_gives_no_answer_again_when_something_unlocks(
    trk_campaign: CampaignFactory, page: Page
) -> None:
    campaign = trk_campaign(
        kind="reward", reward_kind="shared", reward_value="SAVE10", reward_after=1
    )
    campaign.add_action("Buy", title="Buy a bell")
    campaign.add_action("Quiz", title="Quiz", **QUIZ)
    inside(page, campaign).unfold("Quiz")
    page.get_by_label("6 × 7?").fill("41")
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_text("not the right answer")).to_be_visible()
    answers: list[str] = []
    page.on("request", lambda sent: answers.append(sent.method))
    push(page, campaign, "Buy")
    expect(page.get_by_text("SAVE10")).to_be_visible(timeout=SOON)
    expect(toast(page)).to_have_text("Buy a bell")
    assert "POST" not in answers

"""Who has entered one campaign may enter the next as the same by one button, in real browsers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from e2e.framed import FramedCampaign, embedding
from e2e.well import expect_well
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

LONG = "Wolfeschlegelsteinhausenbergerdorff" * 2


def entered(page: Page, campaign: Campaign, name: str = "Ann") -> None:
    """Enter a campaign by its form."""
    opened = CampaignPage(page, campaign)
    opened.open()
    opened.enter(name=name)


def people(campaign: Campaign) -> list[tuple[str, str]]:
    """Whom the server has in a campaign."""
    return [(each["name"], each["email"]) for each in campaign.entrants()]


@pytest.mark.sampled
@pytest.mark.parametrize("scripts", [True, False])
def test_the_next_campaign_is_entered_by_one_key(
    scripts: bool, trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(java_script_enabled=scripts).new_page()
    first, second = trk_campaign("VIP"), trk_campaign("VIP")
    entered(page, first)
    page.goto(second.url)
    expect(page.get_by_role("heading", name="Enter as Ann (a•••@example.org)?")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_count(0)
    button = page.get_by_role("button", name="Enter as Ann", exact=True)
    button.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Enter as somebody else")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You’re in, Ann")).to_be_visible()
    assert people(second) == [("Ann", "ann@example.org")]
    page.goto(first.url)
    expect(page.get_by_role("heading", name="You’re in, Ann")).to_be_visible()


@pytest.mark.once
def test_somebody_else_enters_by_the_usual_form(trk_campaign: CampaignFactory, page: Page) -> None:
    first, second = trk_campaign("VIP"), trk_campaign("VIP")
    entered(page, first)
    page.goto(second.url)
    page.get_by_role("link", name="Enter as somebody else").click()
    for label in ("Name", "E-mail"):
        expect(page.get_by_label(label, exact=True)).to_have_value("")
    page.get_by_label("Name", exact=True).fill("Bob")
    page.get_by_label("E-mail", exact=True).fill("bob@example.org")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("heading", name="You’re in, Bob")).to_be_visible()
    assert people(second) == [("Bob", "bob@example.org")]


@pytest.mark.once
def test_what_the_next_asks_is_all_that_is_left_to_fill_in(
    trk_campaign: CampaignFactory, page: Page
) -> None:
    first, second = trk_campaign("VIP"), trk_campaign("VIP")
    second.add_field("I accept the terms", kind="checkbox", required=True)
    entered(page, first)
    page.goto(second.url)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ann")
    page.get_by_label("I accept the terms").check()
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("heading", name="You’re in, Ann")).to_be_visible()
    [entrant] = second.entrants()
    assert [each["value"] for each in entrant["answers"]] == ["yes"]
    assert entrant["email"] == "ann@example.org"


@pytest.mark.once
def test_a_frame_in_a_customers_page_offers_nobody(
    trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page
) -> None:
    first, second = trk_campaign("VIP"), trk_campaign("VIP", allowed_origins=[trk_site.url])
    entered(framing_page, first)
    framing_page.goto(trk_site.page("/shop", embedding(second)))
    framed = FramedCampaign(framing_page, second)
    framed.expect_stranger()
    expect(framed.frame.get_by_label("E-mail")).to_have_value("")
    expect(framed.frame.get_by_text("Enter as")).to_have_count(0)
    framed.enter("bob@example.org", "Bob")
    framed.expect_entered("Bob")
    assert people(second) == [("Bob", "bob@example.org")]


@pytest.mark.once
def test_a_card_that_another_tab_has_made_stale_says_so_and_leads_on(
    trk_campaign: CampaignFactory, page: Page
) -> None:
    first, second = trk_campaign("VIP"), trk_campaign("VIP")
    entered(page, first)
    card = page.context.new_page()
    card.goto(second.url)
    button = card.get_by_role("button", name="Enter as Ann", exact=True)
    expect(button).to_be_visible()
    page.get_by_role("button", name="Not Ann? Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    expect(page.get_by_text("Enter as")).to_have_count(0)
    button.click()
    expect(card.get_by_text("We no longer know you from the other campaign.")).to_be_visible()
    expect(card.get_by_label("Name", exact=True)).to_be_focused()
    assert people(second) == []
    card.keyboard.type("Bob")
    card.get_by_label("E-mail", exact=True).fill("bob@example.org")
    card.keyboard.press("Enter")
    expect(card.get_by_role("heading", name="You’re in, Bob")).to_be_visible()
    assert people(second) == [("Bob", "bob@example.org")]


@pytest.mark.sampled
@pytest.mark.once
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("name", ["Ann", LONG])
def test_the_card_is_well_in_every_way_it_is_shown(
    name: str,
    language: str,
    scheme: str,
    widths: Sequence[int],
    trk_campaign: CampaignFactory,
    trk_new_context: ContextFactory,
) -> None:
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    first, second = trk_campaign("VIP"), trk_campaign("VIP", languages=[language])
    entered(page, first, name)
    page.goto(second.url)
    expect(page.locator("input[name=again]")).to_have_count(1)
    expect_well(page, f"the card for {name} in {language}", widths)
    second.add_field("Size", required=True)
    page.reload()
    expect(page.get_by_role("textbox")).to_have_count(3)
    expect_well(page, f"the form for {name} in {language}", widths)

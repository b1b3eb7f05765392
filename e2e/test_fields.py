"""A form that asks more than name and e-mail, filled in by real browsers and read by its owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from e2e.framed import FramedCampaign, embedding, type_into
from e2e.owning import OwnersServer, add_field, expect_titles, signed_in
from e2e.well import expect_well
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

EVERY: tuple[dict[str, Any], ...] = (
    {"label": "Your size", "kind": "text"},
    {"label": "Colour", "kind": "choice", "options": ["Red", "Green & blue"]},
    {"label": "Date of birth", "kind": "date", "minimum_age": 18},
    {"label": "Country", "kind": "country"},
    {"label": "I accept the [terms](https://shop.example/terms)", "kind": "checkbox"},
)
GIVEN = ["M\u2009/\u2009L", "Green & blue", "2001-12-31", "DE", "yes"]
STORED = ["M / L", *GIVEN[1:]]


@pytest.fixture
def asking(trk_campaign: CampaignFactory, trk_site: Site) -> Campaign:
    """A campaign that asks for something of each kind, all of it required."""
    campaign = trk_campaign("VIP", name="Win a bike", allowed_origins=[trk_site.url])
    for field in EVERY:
        campaign.add_field(**field, required=True)
    return campaign


def fill(form: Page | FrameLocator, born: str = GIVEN[2]) -> None:
    """Answer all that is asked."""
    form.get_by_label("Your size").fill(GIVEN[0])
    form.get_by_label("Colour").select_option(GIVEN[1])
    form.get_by_label("Date of birth").fill(born)
    form.get_by_label("Country").select_option(label="Germany")
    form.get_by_label("I accept the terms").check()


def answers(campaign: Campaign) -> list[list[str]]:
    """What the server has of each entrant."""
    return [[each["value"] for each in entrant["answers"]] for entrant in campaign.entrants()]


def mistakes(form: Page | FrameLocator) -> Locator:
    return form.locator(".mistake")


def test_somebody_enters_with_answers_of_every_kind(asking: Campaign, page: Page) -> None:
    opened = CampaignPage(page, asking)
    opened.open()
    fill(page)
    opened.enter()
    expect(page.get_by_role("heading", name="You’re in, Ann")).to_be_visible()
    assert answers(asking) == [STORED]


@pytest.mark.once
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(
    asking: Campaign, page: Page
) -> None:
    CampaignPage(page, asking).open()
    enter = page.get_by_role("button", name="Enter")
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    enter.click()
    said = [
        *("Enter an answer.", "Choose an answer.", "Enter a date."),
        *("Choose a country.", "Tick this box to enter."),
    ]
    expect(mistakes(page)).to_have_text(said)
    expect(page.get_by_label("Your size")).to_be_focused()
    for label, sentence in zip(
        ("Your size", "Colour", "Date", "Country", "I accept"), said, strict=True
    ):
        expect(page.get_by_label(label)).to_have_accessible_description(sentence)
    fill(page, born="2020-02-29")
    enter.click()
    expect(mistakes(page)).to_have_text(["You have to be at least 18 years old to enter."])
    expect(page.get_by_label("Your size")).to_have_value(STORED[0])
    expect(page.get_by_label("Colour")).to_have_value(STORED[1])
    expect(page.get_by_label("Country")).to_have_value("DE")
    expect(page.get_by_label("I accept the terms")).to_be_checked()
    assert asking.entrants() == []
    page.get_by_label("Date of birth").fill(GIVEN[2])
    enter.click()
    expect(page.get_by_role("heading", name="You’re in, Ann")).to_be_visible()
    assert answers(asking) == [STORED]


@pytest.mark.once
@pytest.mark.parametrize("framed", [False, True])
def test_half_a_date_is_not_taken_for_none(
    trk_campaign: CampaignFactory, trk_site: Site, framing_page: Page, framed: bool
) -> None:
    """Browsers send nothing for it, as if an optional one were left out."""
    campaign = trk_campaign("VIP", name="Win a bike", allowed_origins=[trk_site.url])
    campaign.add_field("Date of birth", kind="date")
    inside: Page | FrameLocator = framing_page
    if framed:
        framing_page.goto(trk_site.page("/shop", embedding(campaign)))
        inside = FramedCampaign(framing_page, campaign).frame
    else:
        CampaignPage(framing_page, campaign).open()
    type_into(inside.get_by_label("Name"), "Ann")
    inside.get_by_label("E-mail").fill("ann@example.org")
    born = inside.get_by_label("Date of birth")
    born.press("1")
    inside.get_by_role("button", name="Enter").click()
    expect(born).to_be_focused()
    assert born.evaluate("born => born.validity.badInput")
    born.fill("2001-12-31")
    inside.get_by_role("button", name="Enter").click()
    expect(inside.get_by_role("heading", name="You’re in, Ann")).to_be_visible()
    assert answers(campaign) == [["2001-12-31"]]  # and it was entered once


@pytest.mark.once
def test_an_option_that_is_gone_meanwhile_is_refused(
    asking: Campaign, trk_campaign: CampaignFactory, page: Page
) -> None:
    CampaignPage(page, asking).open()
    fill(page)
    page.get_by_label("Colour").evaluate("select => select.options[2].value = 'Yellow'")
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Enter").click()
    expect(mistakes(page)).to_have_text(["This can no longer be chosen. Choose another answer."])
    expect(page.get_by_label("Colour")).to_be_focused()
    assert asking.entrants() == []


@pytest.mark.once
def test_without_scripts_it_is_the_same(asking: Campaign, trk_new_context: ContextFactory) -> None:
    page = trk_new_context(java_script_enabled=False).new_page()
    CampaignPage(page, asking).open()
    fill(page)
    enter = page.get_by_role("button", name="Enter")
    enter.click()
    expect(mistakes(page)).to_have_text(
        ["Enter your name.", "Enter an e-mail address such as name@example.org."]
    )
    expect(page.get_by_label("Date of birth")).to_have_value(GIVEN[2])
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    enter.click()
    expect(page.get_by_role("heading", name="You’re in, Ann")).to_be_visible()
    assert answers(asking) == [STORED]


@pytest.mark.sampled
@pytest.mark.parametrize("script", ["embed", "ol"])
def test_in_a_customers_page_too(
    asking: Campaign, trk_site: Site, framing_page: Page, script: str
) -> None:
    framing_page.goto(trk_site.page("/shop", embedding(asking, script=script)))
    if script == "ol":
        framing_page.get_by_role("button", name="Win").click()
    framed = FramedCampaign(framing_page, asking)
    framed.expect_stranger()
    framed.enter()
    expect(mistakes(framed.frame)).to_have_count(5)
    fill(framed.frame)
    framed.frame.get_by_role("button", name="Enter").click()
    framed.expect_entered()
    assert answers(asking) == [STORED]


@pytest.mark.once
def test_the_terms_open_in_a_tab_of_their_own_and_tick_nothing(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    terms = trk_site.page("/terms", "<h1>Terms</h1>")
    campaign = trk_campaign("VIP")
    campaign.add_field(f"I accept the [terms]({terms})", kind="checkbox", required=True)
    CampaignPage(page, campaign).open()
    page.get_by_label("Name").fill("Ann")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="terms", exact=True).click()
    expect(opened.value.get_by_role("heading", name="Terms")).to_be_visible()
    expect(page.get_by_label("I accept the terms")).not_to_be_checked()
    expect(page.get_by_label("Name")).to_have_value("Ann")


@pytest.mark.sampled
@pytest.mark.once
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tag", ["en", "de", "ar"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    trk_campaign: CampaignFactory,
    trk_new_context: ContextFactory,
    widths: Sequence[int],
    scheme: str,
    tag: str,
) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3
    campaign = trk_campaign("VIP", languages=[tag])
    for field in EVERY:
        campaign.add_field(**{**field, "label": f"{field['label']} {long}", "required": True})
    campaign.add_field("Size", kind="choice", options=[long, f"{long}!"])
    page = trk_new_context(color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(campaign.url)
    expect_well(page, "to be filled in", widths)
    page.locator("#enter button").click()
    expect(mistakes(page)).to_have_count(7)
    expect_well(page, "with mistakes", widths)


@pytest.mark.once
def test_an_owner_asks_for_a_size_and_reads_the_answer(
    server: OwnersServer, page: Page, trk_new_context: ContextFactory
) -> None:
    campaign = signed_in(page, server)
    page.get_by_role("link", name="Form", exact=True).click()
    page.get_by_role("link", name="Add a field").click()
    page.get_by_label("Label").fill("T-shirt size")
    frame = page.frame_locator(".preview iframe:not(.loading)")
    expect(frame.get_by_label("T-shirt size (optional)")).to_be_visible()
    page.get_by_label("Kind").select_option("choice")
    page.get_by_label("Options").fill("S\nM")
    page.get_by_label("Required").check()
    expect(frame.get_by_role("combobox", name="T-shirt size")).to_have_text("Choose … S M")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Choice · required · 2 options")).to_be_visible()
    add_field(page, campaign, "Country", "country")
    page.get_by_role("button", name="Move up: Country").click()
    expect_titles(page, "Country", "T-shirt size")
    entrant = trk_new_context().new_page()
    entrant.goto(f"{server.url}/{campaign.rsplit('/', 1)[1]}")
    entrant.get_by_label("Name").fill("Bob")
    entrant.get_by_label("E-mail").fill("bob@example.org")
    entrant.get_by_label("Country").select_option(label="Côte d’Ivoire")
    entrant.get_by_label("T-shirt size").select_option("M")
    entrant.get_by_role("button", name="Enter").click()
    expect(entrant.get_by_role("heading", name="You’re in, Bob")).to_be_visible()
    page.goto(f"{campaign}/entrants")
    told = page.locator(".answers > div")
    expect(told).to_have_text(["Country: Côte d’Ivoire", "T-shirt size: M"])
    with page.expect_download() as file:
        page.get_by_role("link", name="Download as CSV").click()
    heading, row = file.value.path().read_text("utf-8-sig").splitlines()
    assert heading.endswith(",Country,T-shirt size")
    assert row.endswith(",CI,M")


@pytest.mark.once
def test_an_owner_without_scripts_adds_and_removes_a_field(
    server: OwnersServer, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(java_script_enabled=False).new_page()
    page.route("**/*.js*", lambda route: route.abort())
    campaign = signed_in(page, server)
    add_field(page, campaign, "First")
    add_field(page, campaign, "Second", "checkbox")
    page.get_by_role("button", name="Move up: Second").click()
    expect_titles(page, "Second", "First")
    row = page.get_by_role("listitem").filter(has_text="First")
    row.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Delete permanently").click()
    expect_titles(page, "Second")

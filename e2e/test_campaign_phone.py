"""The campaign's page on a phone: what there is to do first is on the first screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.entrant import arrive, entered, push
from tests.backend.pictures import picture
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

pytestmark = pytest.mark.once

HEIGHT = 844
TITLES = [
    "Visit our shop and have a look around",
    "Put something in your cart",
    "Buy something at Bell & Spoke, whatever it is",
    *(f"Do the thing number {n}" for n in range(4, 11)),
]
DESCRIPTION = "**Bell & Spoke** gives away one touring bike. Do what you like in our shop. " * 6
FULL: dict[str, Any] = {
    "name": "Win a touring bike in the colour that you choose",
    "description": DESCRIPTION,
    "ends_at": "2490-01-01T00:00:00Z",
    "terms": "Be nice. " * 200,
}


@pytest.fixture
def phone(trk_new_context: ContextFactory) -> Page:
    """A phone's window."""
    return trk_new_context(viewport={"width": 390, "height": HEIGHT}).new_page()


@pytest.fixture
def make(trk_campaign: CampaignFactory, trk_site: Site) -> Callable[..., Campaign]:
    """Makes a campaign with all that there can be, and ten actions."""

    def made(**fields: Any) -> Campaign:
        campaign = trk_campaign(**{**FULL, **fields})
        url = trk_site.page("/shop", "<h1>Shop</h1>")
        for n, title in enumerate(TITLES):
            campaign.add_action(f"Do{n}", title=title, description=DESCRIPTION, url=url, worth=5)
        campaign.put_picture("banner", picture(size=(1600, 900)), "A bike")
        campaign.put_picture("logo", picture(size=(300, 300)), "The shop")
        if fields.get("kind", "competition") == "competition":
            bike = "A touring bike with a very long name " * 4
            prize = campaign.add_prize(bike, description="A bike.")
            campaign.put_picture(f"prize-{prize}", picture(), "A bike")
            campaign.add_prize("A brass bell", winners=10)
        return campaign

    return made


def top(found: Locator) -> float:
    box = found.bounding_box()
    assert box is not None
    return box["y"]


def bottom(found: Locator) -> float:
    box = found.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_enter_is_on_the_first_screen_with_the_prize_in_one_line_above_it(
    make: Callable[..., Campaign], phone: Page
) -> None:
    CampaignPage(phone, make()).open()
    enter = phone.get_by_role("button", name="Enter")
    assert bottom(enter) <= HEIGHT
    prize = phone.locator(".win")
    expect(prize).to_contain_text("A touring bike with a very long name")
    assert bottom(prize) - top(prize) < 64
    assert bottom(prize) < top(enter)
    prize.get_by_role("link", name="and 1 more").click()
    expect(phone.get_by_role("region", name="What you can win")).to_be_in_viewport()


REWARD = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10", "reward_after": 2}


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "fields",
    [{}, {"confirmed_only": True}, REWARD, {**REWARD, "confirmed_only": True}],
    ids=["competition", "competition to confirm", "reward", "reward to confirm"],
)
def test_after_entering_the_actions_begin_above_60_percent_and_ten_take_under_1200_pixels(
    fields: dict[str, Any], make: Callable[..., Campaign], phone: Page
) -> None:
    entered(phone, make(**fields))
    expect(phone.get_by_role("heading", name="You’re in, Ann")).to_be_visible()
    actions = phone.locator(".actions")
    expect(actions.get_by_role("listitem")).to_have_count(10)
    assert top(actions) <= HEIGHT * 0.6
    assert bottom(actions) - top(actions) < 1200


@pytest.mark.parametrize("scripts", [True, False])
def test_an_action_is_one_row_to_be_tapped_that_opens_with_and_without_scripts(
    scripts: bool, make: Callable[..., Campaign], trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(
        viewport={"width": 390, "height": HEIGHT}, java_script_enabled=scripts
    ).new_page()
    entered(page, make())
    row = page.get_by_role("listitem").filter(has_text=TITLES[0])
    go = row.get_by_role("link", name=f"Go to: {TITLES[0]}")
    expect(go).to_be_hidden()
    head = row.locator("summary")
    assert bottom(head) - top(head) >= 44
    head.click(position={"x": 5, "y": 5})
    expect(go).to_be_visible()
    expect(row.get_by_text("gives away one touring bike").first).to_be_visible()
    head.press("Enter")
    expect(go).to_be_hidden()


def test_before_entering_an_open_row_says_what_comes_first(
    make: Callable[..., Campaign], phone: Page
) -> None:
    opened = CampaignPage(phone, make())
    opened.open()
    row = opened.unfold(TITLES[0])
    row.get_by_role("link", name="Enter first").click()
    expect(phone.get_by_label("Name")).to_be_in_viewport()


def test_a_long_description_begins_in_short_and_opens(
    make: Callable[..., Campaign], phone: Page
) -> None:
    CampaignPage(phone, make()).open()
    whole = phone.locator(".lead p").last
    expect(whole).to_be_hidden()
    phone.get_by_text("Read more").click()
    expect(whole).to_be_visible()
    expect(phone.locator(".beginning")).to_be_hidden()


PROMISES = ("Come back", "come back", "get a code", "Enter first", "Read more", "Once a day")


@pytest.mark.sampled
@pytest.mark.parametrize("over", ["ended", "closed"])
@pytest.mark.parametrize("kind", ["competition", "reward", "sold out"])
@pytest.mark.parametrize("inside", [True, False], ids=["entered", "stranger"])
def test_a_campaign_that_is_over_says_what_happened_and_promises_nothing(
    over: str, kind: str, inside: bool, trk_campaign: CampaignFactory, phone: Page
) -> None:
    fields: dict[str, Any] = {} if kind == "competition" else dict(REWARD)
    if kind == "sold out":
        fields |= {"reward_kind": "codes", "reward_value": ""}
    campaign = trk_campaign("VIP", "Other", description="Come and win.", **fields)
    if kind == "competition":
        campaign.add_prize("A bike")
    if inside:
        push(phone, campaign, "VIP")
        arrive(phone, campaign)
        CampaignPage(phone, campaign).enter()
        expect(phone.get_by_text("1 of 2").first).to_be_visible()
        phone.goto("about:blank")  # it would load itself anew just as the test does
    if over == "closed":
        campaign.close()
    else:
        campaign.change(ends_at="2020-01-01T00:00:00Z")
    CampaignPage(phone, campaign).open()
    said = "This campaign has ended" if over == "ended" else "This campaign is closed"
    expect(phone.get_by_role("heading", name=said)).to_be_visible()
    text = phone.locator("body").inner_text()
    assert [promise for promise in PROMISES if promise in text] == []
    expect(phone.get_by_role("button", name="Enter")).to_have_count(0)
    expect(phone.get_by_text("Nobody can enter any more")).to_have_count(0 if inside else 1)
    if inside:
        expect(phone.get_by_text("You completed 1 of 2 actions")).to_be_visible()
        expect(phone.get_by_role("heading", name="What there was to do")).to_be_visible()
    if kind == "competition":
        expect(phone.get_by_text("The winners have not been drawn yet")).to_be_visible()


def test_an_action_that_is_alone_is_open_and_one_that_is_wrong_stays_open(
    trk_campaign: CampaignFactory, phone: Page
) -> None:
    campaign = trk_campaign()
    question = {"verification": "question", "question": "6 × 7?", "answer_pattern": "42"}
    campaign.add_action("Quiz", title="Quiz", **question)
    entered(phone, campaign)
    expect(phone.get_by_label("6 × 7?")).to_be_visible()
    campaign.add_action("Other", title="Other")
    phone.reload()
    expect(phone.get_by_label("6 × 7?")).to_be_hidden()
    CampaignPage(phone, campaign).unfold("Quiz")
    phone.get_by_label("6 × 7?").fill("41")
    phone.get_by_role("button", name="Send answer").click()
    expect(phone.get_by_label("6 × 7?")).to_be_focused()
    expect(phone.locator("[aria-invalid]")).to_have_value("41")


def test_200_actions_and_texts_of_5000_characters_keep_the_page_in_its_width(
    trk_campaign: CampaignFactory, phone: Page
) -> None:
    campaign = trk_campaign(name="لا تفوّت الفرصة 🚲" * 8, description="x" * 5_000)
    campaign.add_prize("W" * 200, description="🚲" * 5_000)
    for n in range(200):
        campaign.add_action(f"Do{n}", title=f"{'Donaudampfschiff' * (n % 12)}{n}")
    CampaignPage(phone, campaign).open()
    expect(phone.locator(".action")).to_have_count(200)
    assert bottom(phone.get_by_role("button", name="Enter")) <= HEIGHT
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390

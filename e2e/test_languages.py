"""A campaign in several languages, in real browsers: chosen, remembered, counted, and with room for
words that are longer than ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import arrive, push
from e2e.framed import FramedCampaign, embedding
from e2e.well import expect_well
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

pytestmark = pytest.mark.once

ENDS = "2490-01-01T00:00:00Z"


def enter(page: Page, name: str, email: str, button: str) -> None:
    page.get_by_label(name, exact=True).fill("Ann")
    page.get_by_label(email, exact=True).fill("ann@example.org")
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def test_a_german_browser_gets_german_and_scripts_speak_it_too(
    trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign(languages=["en", "de"], ends_at=ENDS)
    campaign.add_action("Buy", title="Glocke kaufen", worth=1234)
    page = trk_new_context(locale="de-AT").new_page()
    arrive(page, campaign)
    enter(page, "Name", "E-Mail", "Mitmachen")
    expect(page.get_by_role("heading", name="Du bist dabei, Ann")).to_be_visible()
    expect(page.get_by_text("0 von 1 erledigt")).to_be_visible()
    expect(page.locator("time[data-until=span]")).to_contain_text("Tage")
    push(page, campaign, "Buy")
    page.goto(f"{campaign.url}/x")
    expect(page.locator("#entries")).to_have_text("1.234")
    expect(page.get_by_text("1 von 1 erledigt")).to_be_visible()


def test_what_unlocks_is_told_in_arabic(trk_campaign: CampaignFactory, trk_page: Page) -> None:
    campaign = trk_campaign(languages=["ar"])
    campaign.add_action("Visit", title="زيارة المتجر", worth=2)
    arrive(trk_page, campaign)
    enter(trk_page, "الاسم", "البريد الإلكتروني", "شارك")
    expect(trk_page.locator("html")).to_have_attribute("dir", "rtl")
    push(trk_page, campaign, "Visit")
    said = "أُنجز: زيارة المتجر \u200e+2 فرصة. لديك فرصتان."
    expect(trk_page.locator("#news")).to_have_text(said, timeout=15_000)
    expect(trk_page.locator("#entries")).to_have_text("2")


def test_a_language_is_chosen_on_the_page_and_kept(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    campaign = trk_campaign(languages=["en", "ja"])
    trk_page.goto(f"{campaign.url}/x")
    trk_page.get_by_text("Language: English").click()
    trk_page.get_by_role("link", name="日本語").click()
    expect(trk_page.get_by_role("button", name="参加する")).to_be_visible()
    trk_page.goto(f"{campaign.url}/x")
    expect(trk_page.locator("html")).to_have_attribute("lang", "ja")


@pytest.mark.parametrize("script", ["embed", "ol"])
def test_a_language_is_chosen_in_a_frame_and_the_customers_page_keeps_it(
    script: str, trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign(languages=["en", "de"], allowed_origins=[trk_site.url])
    at = trk_site.page("/shop", embedding(campaign, script=script))
    trk_page.goto(at)
    if script == "ol":
        trk_page.get_by_role("button", name="Win").click()
    framed = FramedCampaign(trk_page, campaign)
    framed.frame.get_by_text("Language: English").click()
    framed.frame.get_by_role("button", name="Deutsch").click()
    expect(framed.frame.get_by_role("button", name="Mitmachen")).to_be_visible()
    trk_page.goto(at)
    if script == "ol":
        trk_page.get_by_role("button", name="Gewinne").click()
        expect(trk_page.get_by_role("button", name="Schließen")).to_be_visible()
    expect(framed.frame.get_by_role("button", name="Mitmachen")).to_be_visible()


LONGER = """() => {
  const accents = { a: 'á', e: 'ë', i: 'î', o: 'ö', u: 'ü', c: 'ç', n: 'ñ', s: 'š', E: 'É' };
  const accented = word => [...word].map(letter => accents[letter] || letter).join('');
  const more = word => 'ẋ'.repeat(Math.ceil(word.length * 0.4));
  const longer = text => text.replace(/\\p{L}+/gu, word => accented(word) + more(word));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) walker.currentNode.data = longer(walker.currentNode.data);
  document.querySelectorAll('details').forEach(each => { each.open = true; });
}"""
"""The page in a language that nobody speaks: accented, and each word 40 % longer."""
BEYOND = """() => [...document.querySelectorAll('main *')].filter(each => {
  const box = each.getBoundingClientRect();
  if (!box.width || each.closest('pre, .hidden')) return false;
  const spills = each.clientWidth && each.scrollWidth > each.clientWidth + 1;
  return box.right > innerWidth + 1 || box.left < -1
    || spills && getComputedStyle(each).overflowX === 'visible';
}).map(each => each.outerHTML.slice(0, 120))"""
"""What is beyond either side of the window, or of its own box."""
FULL: dict[str, Any] = {
    "name": "Win a touring bike",
    "ends_at": ENDS,
    "terms": "Be nice.",
    "show_entries": True,
}


def pages(page: Page, campaign: Campaign) -> Iterator[str]:
    """The pages that an entrant sees, one after the other, by their names."""
    page.goto(f"{campaign.url}/x")
    yield "to enter"
    page.locator("#enter button").click()
    expect(page.locator(".mistake").first).to_be_visible()
    yield "with mistakes"
    page.locator("#name").fill("Ann")
    page.locator("#email").fill("ann@example.org")
    page.locator("#enter button").click()
    expect(page.locator("#progress")).to_be_visible()
    yield "entered"
    page.goto(f"{campaign.url}/draw")
    yield "draw"
    page.goto(f"{campaign.address}/nowhere/at-all")
    yield "not found"


@pytest.fixture
def phone(trk_new_context: ContextFactory) -> Page:
    """A phone's window."""
    return trk_new_context(viewport={"width": 390, "height": 844}).new_page()


def filled(trk_campaign: CampaignFactory, tags: list[str]) -> Campaign:
    """A campaign in these languages with a prize, and an action of each kind."""
    campaign = trk_campaign(languages=tags, confirmed_only=True, **FULL)
    campaign.add_action("Visit", title="Visit us", frequency="daily", worth=1000)
    campaign.add_action("Say", title="Say so", verification="ill_know")
    campaign.add_action("Ask", title="What is it?", verification="question", question="What?")
    campaign.add_prize("A touring bike", winners=3)
    campaign.add_prize("A bell")
    return campaign


def test_words_that_are_longer_have_room_on_a_phone(
    trk_campaign: CampaignFactory, phone: Page
) -> None:
    for name in pages(phone, filled(trk_campaign, ["en", "de"])):
        phone.locator("body").wait_for()
        phone.evaluate(LONGER)
        assert (name, phone.evaluate(BEYOND)) == (name, [])
        phone.reload()
    phone.goto("data:text/html,<main><p style='white-space:nowrap'>" + "Word " * 200)
    phone.evaluate(LONGER)
    assert phone.evaluate(BEYOND) != [], "what overflows is found"


@pytest.mark.sampled(3)
@pytest.mark.parametrize("tag", ["de", "fr", "pl", "tr", "ar", "ja"])
def test_each_language_has_room_on_a_phone(
    tag: str, trk_campaign: CampaignFactory, phone: Page
) -> None:
    for name in pages(phone, filled(trk_campaign, [tag, "en"])):
        assert (name, phone.evaluate(BEYOND)) == (name, [])


def test_titles_in_another_script_begin_where_the_page_begins(
    trk_campaign: CampaignFactory, phone: Page
) -> None:
    phone.goto(f"{filled(trk_campaign, ['ar', 'en']).url}/x")
    for title in (phone.locator("h1"), phone.locator(".action h3").first):
        assert title.evaluate("each => getComputedStyle(each).direction") == "ltr"
        right = title.evaluate(
            "each => { const text = document.createRange(); text.selectNodeContents(each); "
            "return each.getBoundingClientRect().right - text.getBoundingClientRect().right; }"
        )
        assert abs(right) < 1


def test_from_right_to_left_a_badge_keeps_its_distance_and_code_its_direction(
    trk_campaign: CampaignFactory, phone: Page
) -> None:
    apart = {}
    for tag in ("ar", "en"):
        campaign = filled(trk_campaign, [tag])
        phone.goto(f"{campaign.url}/x")
        title = phone.get_by_role("heading", name="Visit us").bounding_box()
        badge = phone.locator(".worth").first.bounding_box()
        assert title is not None
        assert badge is not None
        near, far = sorted((title, badge), key=lambda box: box["x"])
        apart[tag] = far["x"] - near["x"] - near["width"]
    assert abs(apart["ar"] - apart["en"]) < 1
    phone.goto(f"{filled(trk_campaign, ['ar']).url}/draw")
    code = phone.locator("#commitment")
    assert code.evaluate("each => getComputedStyle(each).direction") == "ltr"


def test_the_line_at_the_head_has_room_for_a_prize_of_some_words(
    trk_campaign: CampaignFactory, phone: Page
) -> None:
    campaign = trk_campaign(languages=["de"])
    campaign.add_prize("Ein rotes Tourenrad")
    campaign.add_prize("Eine Klingel")
    phone.goto(f"{campaign.url}/x")
    prize = phone.locator(".win strong")
    expect(prize).to_have_text("Ein rotes Tourenrad")
    assert prize.evaluate("each => each.scrollWidth - each.clientWidth") <= 0


@pytest.mark.parametrize("tag", ["ar", "de"])
def test_axe_finds_nothing_and_the_switch_is_used_from_the_keyboard(
    tag: str, trk_campaign: CampaignFactory, phone: Page
) -> None:
    campaign = filled(trk_campaign, [tag, "en"])
    phone.goto(f"{campaign.url}/x")
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    expect_well(phone, f"to enter, {tag}", (390, 1280))
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    expect(phone.locator("html")).to_have_attribute("lang", "en")
    phone.goto(f"{campaign.url}/x?lang={tag}")
    phone.locator("#name").fill("Ann")
    phone.locator("#email").fill("ann@example.org")
    phone.locator("#enter button").click()
    expect(phone.locator("#progress")).to_be_visible()
    expect_well(phone, f"entered, {tag}", (390, 1280))

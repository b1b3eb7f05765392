"""An unlock is seen and heard, wherever one looks: a toast, figures that move, one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.entrant import QUIZ, arrive, inside, push, toast
from e2e.framed import BLOCKED, FramedCampaign, embedding, expect_told
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

SOON = 15_000
HEARD = """() => {
  heard = [];
  const region = document.getElementById('news');
  new MutationObserver(() => heard.push(region.textContent)).observe(region, { childList: true });
}"""
"""Keeps whatever a screen reader is told."""
FIGURES = """() => {
  figures = [];
  const figure = document.getElementById('entries');
  new MutationObserver(() => figures.push(figure.textContent)).observe(figure, { childList: true });
}"""
MOVED = """() => {
  moved = [];
  document.addEventListener('animationstart', event => moved.push(event.animationName));
}"""
PUSH = "window.Gleam = window.Gleam || []; Gleam.push(['Buy', 'gold']);"


@pytest.fixture
def campaign(two_actions: Campaign) -> Campaign:
    return two_actions


def test_a_toast_has_title_and_entries_and_goes_away_by_itself(
    campaign: Campaign, page: Page
) -> None:
    inside(page, campaign, "Visit")
    expect(toast(page)).to_be_hidden()
    page.evaluate(HEARD)
    page.evaluate(FIGURES)
    push(page, campaign, "Buy", number=2)
    expect(toast(page)).to_be_visible(timeout=SOON)
    expect(toast(page).get_by_text("Buy a bell")).to_be_in_viewport()
    expect(toast(page).get_by_text("+5 entries")).to_be_in_viewport()
    expect(page.locator("#entries")).to_have_text("6")
    assert page.evaluate("figures.length") > 2, "it moves"
    assert page.evaluate("figures.at(-1)") == "6"
    expect(toast(page)).to_be_hidden(timeout=SOON)
    assert page.evaluate("heard") == ["Done: Buy a bell +5 entries. You have 6 entries."]
    assert page.locator("[role=status]").count() == 1


@pytest.mark.once
def test_it_is_heard_once_whatever_else_is_looked_at(campaign: Campaign, page: Page) -> None:
    campaign.add_action("Read", title="Read this")
    inside(page, campaign)
    page.evaluate(HEARD)
    push(page, campaign, "Buy")
    expect(toast(page)).to_be_visible(timeout=SOON)
    push(page, campaign, "Buy", number=2)  # once more, which counts for nothing
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    push(page, campaign, "Visit", number=3)
    expect(toast(page).get_by_text("Visit us")).to_be_visible(timeout=SOON)
    assert page.evaluate("heard") == [
        "Done: Buy a bell +5 entries. You have 5 entries.",
        "Done: Visit us +1 entry. You have 6 entries.",
    ]
    page.reload()
    page.evaluate(HEARD)
    push(page, campaign, "Read", number=4)
    expect(toast(page)).to_have_text("Read this+1 entry", timeout=SOON)
    assert page.evaluate("heard") == ["Done: Read this +1 entry. You have 7 entries."]


@pytest.mark.once
def test_many_at_once_are_one_toast(trk_campaign: CampaignFactory, page: Page) -> None:
    campaign = trk_campaign()
    names = [f"Do{n}" for n in range(5)]
    for name in names:
        campaign.add_action(name, title=f"Title {name}")
    inside(page, campaign)
    push(page, campaign, *names)
    expect(toast(page).get_by_text("and 2 more")).to_be_visible(timeout=SOON)
    assert toast(page).locator("li").count() == 4
    expect(page.locator("#news")).to_contain_text("Title Do0 +1 entry, Title Do1 +1 entry")


@pytest.mark.once
def test_what_completed_while_the_page_was_away_is_seen_when_it_is_opened_again(
    campaign: Campaign, page: Page
) -> None:
    inside(page, campaign, "Visit")
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.goto("about:blank")
    push(page, campaign, "Buy", number=2)
    CampaignPage(page, campaign).open()
    expect(toast(page)).to_have_text("Buy a bell+5 entries")
    expect(toast(page)).to_be_visible()
    expect(page.locator("#news")).to_contain_text("Done: Buy a bell +5 entries.")


def test_what_completed_in_another_tab_is_seen_when_the_tab_is_looked_at_again(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    campaign.add_action("Buy", title="Buy a bell", worth=5, url=f"{trk_site.url}/shop")
    script = f"<script>{PUSH}</script><script src='{campaign.url}/trk.js'></script>"
    trk_site.page("/shop", f"<!doctype html><title>Shop</title>{script}<h1>Shop</h1>")
    opened = CampaignPage(page, campaign)
    opened.open()
    opened.enter()
    link = page.get_by_role("link", name="Go to: Buy a bell (opens in a new tab)")
    expect(link).to_have_attribute("rel", "noopener")
    shop = opened.follow_in_new_page("Buy a bell")
    assert shop.evaluate("window.opener") is None
    assert shop.evaluate("document.referrer") == f"{campaign.address}/"
    campaign.expect_unlocked("Buy", details="gold")
    shop.close()
    expect(toast(page).get_by_text("+5 entries")).to_be_visible(timeout=SOON)
    opened.expect_done("Buy a bell")


@pytest.mark.once
def test_an_unlock_that_brings_the_reward_is_seen_beside_it(
    trk_campaign: CampaignFactory, page: Page
) -> None:
    campaign = trk_campaign(
        kind="reward", reward_kind="shared", reward_value="SAVE10", reward_after=1
    )
    campaign.add_action("Buy", title="Buy a bell")
    inside(page, campaign)
    push(page, campaign, "Buy")
    expect(page.get_by_text("SAVE10")).to_be_visible(timeout=SOON)
    expect(toast(page)).to_have_text("Buy a bell")
    expect(page.locator("#news")).to_have_text("Done: Buy a bell.")


@pytest.mark.once
def test_an_answer_is_celebrated_too_and_somebody_else_here_is_told_nothing_of_it(
    trk_campaign: CampaignFactory, page: Page
) -> None:
    campaign = trk_campaign()
    campaign.add_action("Quiz", title="Quiz", worth=2, **QUIZ)
    inside(page, campaign)
    page.get_by_label("6 × 7?").fill("42")
    page.get_by_role("button", name="Send answer").click()
    expect(toast(page)).to_have_text("Quiz+2 entries")
    page.get_by_role("button", name="Sign out").click()
    CampaignPage(page, campaign).enter("bob@example.org", "Bob")
    expect(page.get_by_text("You’re in, Bob")).to_be_visible()
    campaign.expect_unlocked("Quiz", details="42")
    assert json.loads(page.evaluate("localStorage[Object.keys(localStorage)[0]]"))["entrant"]
    expect(toast(page)).to_be_hidden()


@pytest.mark.sampled
@pytest.mark.once
@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_who_wants_no_motion_gets_none(
    motion: Any, campaign: Campaign, trk_new_context: ContextFactory
) -> None:
    page = trk_new_context(reduced_motion=motion).new_page()
    inside(page, campaign)
    page.evaluate(FIGURES)
    page.evaluate(MOVED)
    push(page, campaign, "Buy")
    expect(toast(page)).to_be_visible(timeout=SOON)
    expect(page.locator("#entries")).to_have_text("5")
    if motion == "reduce":
        assert page.evaluate("moved") == []
        # The page's first question may be answered only now, with what there was before.
        assert set(page.evaluate("figures")) - {"0"} == {"5"}
    else:
        page.wait_for_function("['toast', 'sparks', 'new'].every(each => moved.includes(each))")
        assert page.evaluate("figures.length") > 2


@pytest.mark.once
@pytest.mark.parametrize("tag", ["en", "ar"])
def test_it_has_room_at_twice_the_size_and_can_be_seen_in_forced_colours(
    tag: str, trk_campaign: CampaignFactory, trk_new_context: ContextFactory
) -> None:
    campaign = trk_campaign(languages=[tag], accent="#ffd400")
    long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen " * 3
    campaign.add_action("Buy", title=long, worth=1_000_000)
    page = trk_new_context(
        viewport={"width": 320, "height": 640}, forced_colors="active"
    ).new_page()
    arrive(page, campaign)
    page.locator("#name").fill("Ann")
    page.locator("#email").fill("ann@example.org")
    with page.expect_navigation():
        page.locator("#enter button").click()
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    push(page, campaign, "Buy")
    expect(toast(page)).to_be_visible(timeout=SOON)
    box = toast(page).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(toast(page)).to_have_css("border-top-style", "solid")


@pytest.mark.sampled
@pytest.mark.parametrize("script", ["embed", "ol"])
def test_in_a_customers_page_it_is_seen_in_the_part_that_is_on_the_screen(
    script: str, campaign: Campaign, trk_site: Site, framing_page: Page
) -> None:
    campaign.change(allowed_origins=[trk_site.url])
    campaign.add_action("Long", title="Long", description="line\n\n" * 60)
    framing_page.goto(trk_site.page("/shop", embedding(campaign, script=script)))
    if script == "ol":
        framing_page.get_by_role("button", name="Win").click()
    framed = FramedCampaign(framing_page, campaign)
    framed.enter()
    framed.expect_entered()
    framed.unfold("Long")
    framing_page.evaluate(PUSH)
    shown = framed.frame.locator(".toast")
    expect(shown).to_be_visible(timeout=SOON)
    expect(shown).to_have_text("Buy a bell+5 entries")
    expect(shown).to_be_in_viewport(ratio=0.9)
    expect(framed.frame.locator("#news")).to_have_text(
        "Done: Buy a bell +5 entries. You have 5 entries."
    )
    expect_told(framing_page, "completed Buy a bell", "unlocked Buy a bell")


@pytest.mark.once
def test_in_a_frame_that_may_keep_nothing_an_unlock_with_its_reward_is_seen_before_it(
    trk_campaign: CampaignFactory,
    trk_site: Site,
    trk_browser_name: str,
    new_framing_context: Callable[..., BrowserContext],
) -> None:
    reward: dict[str, Any] = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
    campaign = trk_campaign(allowed_origins=[trk_site.url], reward_after=1, **reward)
    campaign.add_action("Buy", title="Buy a bell")
    page = new_framing_context(launch=BLOCKED[trk_browser_name]).new_page()
    page.goto(trk_site.page("/shop", embedding(campaign)))
    framed = FramedCampaign(page, campaign)
    framed.enter()
    framed.expect_entered()
    page.evaluate(PUSH)
    expect(framed.frame.locator(".toast")).to_be_visible(timeout=SOON)
    expect(framed.frame.get_by_text("SAVE10")).to_be_visible(timeout=SOON)

"""The campaign's page in every state: for axe, on a small phone, in its colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.entrant import arrive, push
from e2e.well import axe
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3


def not_entered(page: Page, campaign: Campaign) -> None:
    CampaignPage(page, campaign).open()


def wrongly_filled_in(page: Page, campaign: Campaign) -> None:
    CampaignPage(page, campaign).open()
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_text("Enter your name")).to_be_visible()


def partly_done(page: Page, campaign: Campaign) -> None:
    push(page, campaign, "VIP")
    arrive(page, campaign)
    CampaignPage(page, campaign).enter()


def all_done(page: Page, campaign: Campaign) -> None:
    push(page, campaign, "VIP", "Other")
    arrive(page, campaign)
    CampaignPage(page, campaign).enter()
    expect(page.get_by_text("That’s everything")).to_be_visible()


def with_prizes(page: Page, campaign: Campaign) -> None:
    campaign.add_prize(LONG, winners=10, description="**Brass** bells")
    CampaignPage(page, campaign).open()
    prizes = page.get_by_role("region", name="What you can win")
    expect(prizes.get_by_text("10 ×")).to_be_visible()


def rewarded(page: Page, campaign: Campaign) -> None:
    all_done(page, campaign)
    expect(page.get_by_text("SAVE10")).to_be_visible()


def too_late_for_a_code(page: Page, campaign: Campaign) -> None:
    all_done(page, campaign)
    expect(page.get_by_text("you’re next")).to_be_visible()


def unknown(page: Page, campaign: Campaign) -> None:
    page.goto(f"{campaign.url}nosuch")


STATES: list[tuple[Callable[[Page, Campaign], None], dict[str, Any]]] = [
    (not_entered, {"ends_at": "2490-01-01T00:00:00Z", "terms": "Be nice."}),
    (not_entered, {"starts_at": "2490-01-01T00:00:00Z"}),
    (not_entered, {"ends_at": "2020-01-01T00:00:00Z"}),
    (not_entered, {"kind": "reward", "accent": "#ffd400", "name": LONG}),
    (wrongly_filled_in, {}),
    (partly_done, {"accent": "#8a1c7c"}),
    (all_done, {}),
    (with_prizes, {}),
    (rewarded, {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10" * 8}),
    (too_late_for_a_code, {"kind": "reward", "reward_kind": "codes"}),
    (unknown, {}),
]
NAMES = [
    *("open", "not started", "ended", "yellow", "wrong form", "partly", "all done"),
    *("prizes", "rewarded", "too late", "unknown"),
]


@pytest.mark.sampled
@pytest.mark.once
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("reach", "fields"), STATES, ids=NAMES)
def test_in_every_state_axe_finds_nothing_and_a_phone_need_not_scroll_sideways(
    reach: Callable[[Page, Campaign], None],
    fields: dict[str, Any],
    scheme: str,
    trk_campaign: CampaignFactory,
    trk_site: Site,
    trk_new_context: ContextFactory,
) -> None:
    campaign = trk_campaign("VIP", url=trk_site.page("/shop", "<h1>Shop</h1>"), **fields)
    campaign.add_action("Other", title=LONG, description=f"**Look** at [this]({trk_site.url})")
    page = trk_new_context(
        color_scheme=scheme, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    ).new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    reach(page, campaign)
    found = axe(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    # Whatever the page's policy forbids is told on the console; so is a file that is missing.
    unexpected = [line for line in complaints if "status of 40" not in line]
    assert unexpected == []


def test_the_campaigns_accent_colours_the_page(
    trk_campaign: CampaignFactory, trk_page: Page
) -> None:
    CampaignPage(trk_page, trk_campaign("VIP", accent="#ffd400")).open()
    button = trk_page.get_by_role("button", name="Enter")
    expect(button).to_have_css("background-color", "rgb(255, 212, 0)")
    expect(button).to_have_css("color", "rgb(0, 0, 0)")

"""trk.js for several campaigns on one page, and by the scripts of the widget."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from e2e.pages import COUNT, TRIGGER, address, page_with
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site


@pytest.mark.parametrize(
    ("first", "second"),
    [("trk.js", "trk.js"), ("trk.js", "ol.js"), ("embed.js", "trk.js"), ("ol.js", "embed.js")],
)
def test_every_push_reaches_both_campaigns_of_a_page_once_and_calls_back_once(
    first: str, second: str, trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    one, two = trk_campaign(), trk_campaign()
    before = f"Gleam = [['early', '1'], {COUNT}];"
    scripts = (address(one, first), address(two, second))
    trk_page.goto(trk_site.page("/", page_with(*scripts, before=before)))
    trk_page.evaluate(f"Gleam.push(['late', '2'], {COUNT})")
    trackings = [c.expect_trackings(("early", "1"), ("late", "2")) for c in (one, two)]
    assert len({tracking.visitor for both in trackings for tracking in both}) == 1
    trk_page.wait_for_function("answers.length >= 2")
    trk_page.evaluate(f"Gleam.push(['last'], {COUNT})")
    trk_page.wait_for_function("answers.length >= 3")
    assert trk_page.evaluate("answers") == [{"unlocked": [], "duplicate": False}] * 3


def test_a_campaign_whose_script_comes_later_gets_what_was_pushed_before_it(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    one, two = trk_campaign(), trk_campaign()
    before = f"Gleam = [['queued'], {COUNT}];"
    trk_page.goto(trk_site.page("/", page_with(address(one), before=before)))
    trk_page.evaluate(f"Gleam.push(['pushed', '1'], {COUNT})")
    trk_page.wait_for_function("answers.length == 2")
    trk_page.add_script_tag(url=address(two))
    trk_page.evaluate("Gleam.push(['after'])")
    for campaign in (one, two):
        campaign.expect_trackings(("queued", None), ("pushed", "1"), ("after", None))
    assert trk_page.evaluate("answers.length") == 2


def test_a_callback_waits_for_the_slower_of_two_campaigns(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    one, two = trk_campaign(), trk_campaign()
    trk_page.goto(trk_site.page("/", page_with(address(one), address(two))))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    trk_page.route(f"{two.url}/beacon", hold)
    trk_page.evaluate(f"Gleam.push(['VIP'], {COUNT})")
    one.expect_trackings(("VIP", None))
    trk_page.evaluate("Gleam.push(['another'])")
    one.expect_trackings(("VIP", None), ("another", None))
    assert trk_page.evaluate("answers") == []
    held[0].continue_()
    trk_page.wait_for_function("answers.length == 1")
    two.expect_trackings(("VIP", None))


@pytest.mark.parametrize("script", ["ol.js", "embed.js"])
def test_a_page_with_only_the_widget_tracks_as_one_with_the_tracking_script(
    script: str, trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign()
    trk_page.goto(trk_site.page("/", page_with(address(campaign, script), before=TRIGGER)))
    trk_page.evaluate("Gleam.push('late')")
    campaign.expect_trackings(("VIP", "myValue"), ("late", None))

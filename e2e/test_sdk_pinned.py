"""The script at an address that never changes, held to its hash by the browser."""

from __future__ import annotations

from playwright.sync_api import Page

from e2e.console import mistakes_of
from e2e.pages import COUNT, TRIGGER, page_with
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


def test_a_pinned_tag_tracks(campaign: Campaign, trk_site: Site, trk_page: Page) -> None:
    mistakes = mistakes_of(trk_page)
    tag = campaign.pinned()["tag"]
    trk_page.goto(trk_site.page("/", page_with(before=TRIGGER, body=tag)))
    trk_page.wait_for_function("!!Gleam.trk")
    trk_page.evaluate(f"Gleam.push(['late'], {COUNT})")
    trk_page.wait_for_function("answers.length == 1")
    campaign.expect_trackings(("VIP", "myValue"), ("late", None))
    assert mistakes == []


def test_a_tag_with_another_hash_runs_nothing_and_the_page_goes_on(
    campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    pinned = campaign.pinned()
    wrong = pinned["tag"].replace(pinned["integrity"], "sha384-" + "A" * 64)
    trk_page.goto(trk_site.page("/", page_with(before=TRIGGER, body=f"{wrong}<h1>Shop</h1>")))
    trk_page.wait_for_load_state("load")
    assert trk_page.evaluate("Gleam.trk === undefined && Gleam.length") == 1
    assert campaign.trackings() == []

"""The recipe for going on once a push is stored, as it is pasted, with the script and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.console import mistakes_of
from trk_sdk import recipes, snippet
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

LONG = 60_000
"""Milliseconds in which everything that has a timer happens."""


def shop(campaign: Campaign, script: str) -> str:
    """A page that runs this script when its button is pressed."""
    head = f"<link rel=icon href=data:,>{snippet.async_tag(campaign.key, campaign.address)}"
    button = f"<button onclick='act()'>Go</button><script>function act() {{ {script} }}</script>"
    return f"<!doctype html><meta charset=utf-8><head>{head}</head><body>{button}</body>"


@pytest.fixture
def pasted(campaign: Campaign) -> str:
    [code] = [
        each.code
        for each in recipes.sites(campaign.key, campaign.address, "Signup")
        if each.title == "Continue once it is stored"
    ]
    return code


@pytest.fixture
def counting(pasted: str) -> str:
    """The recipe, with a page that stays and counts how often it went on."""
    function, _, _ = pasted.rpartition("\n\n")
    return f"{function} window.went = 0; pushAndGoOn(['Signup'], function () {{ went++; }});"


def test_the_page_goes_on_when_the_push_is_stored(
    pasted: str, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    mistakes = mistakes_of(trk_page)
    trk_site.page("/welcome", "<title>Welcome</title>")
    trk_page.goto(trk_site.page("/", shop(campaign, pasted)))
    trk_page.wait_for_function("window.Gleam && Gleam.trk")
    trk_page.get_by_role("button").click()
    expect(trk_page).to_have_title("Welcome")
    campaign.expect_trackings(("Signup", None))
    assert mistakes == []


@pytest.mark.once
@pytest.mark.parametrize("taken", ["", "<p id=Gleam></p>"], ids=["blocked", "another's global"])
def test_the_page_goes_on_when_the_script_never_comes(
    taken: str, pasted: str, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    trk_site.page("/welcome", "<title>Welcome</title>")
    trk_page.route("**/trk.js", lambda route: route.abort())
    trk_page.clock.install()
    trk_page.goto(trk_site.page("/", shop(campaign, pasted) + taken))
    trk_page.get_by_role("button").click()
    trk_page.clock.run_for(3000)
    expect(trk_page).to_have_title("Welcome")


@pytest.mark.once
def test_the_page_goes_on_only_once(
    counting: str, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    trk_page.clock.install()
    trk_page.goto(trk_site.page("/", shop(campaign, counting)))
    trk_page.wait_for_function("window.Gleam && Gleam.trk")
    trk_page.get_by_role("button").click()
    trk_page.wait_for_function("went == 1")
    trk_page.clock.run_for(LONG)
    assert trk_page.evaluate("went") == 1


@pytest.mark.once
def test_the_page_goes_on_only_once_when_the_script_comes_too_late(
    counting: str, campaign: Campaign, trk_site: Site, trk_page: Page
) -> None:
    trk_page.route("**/trk.js", lambda route: route.abort())
    trk_page.clock.install()
    trk_page.goto(trk_site.page("/", shop(campaign, counting)))
    trk_page.get_by_role("button").click()
    trk_page.clock.run_for(3000)
    assert trk_page.evaluate("went") == 1
    trk_page.unroute("**/trk.js")
    trk_page.add_script_tag(url=campaign.script_url)
    campaign.expect_trackings(("Signup", None))
    trk_page.clock.run_for(LONG)
    assert trk_page.evaluate("went") == 1

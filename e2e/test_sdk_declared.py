"""trk.js on what the page declares: elements that push, links that carry the visitor."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from e2e.pages import address, page_with
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site


@pytest.mark.once
def test_a_click_on_an_element_that_declares_a_push_pushes(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    body = """
        <button data-gleam-track=AddToCart data-gleam-value=shoe-41><b>Add</b></button>
        <button data-gleam-track=Like onclick="event.stopPropagation()">Like</button>
        <svg data-gleam-track=Picture width=50 height=50><circle cx=25 cy=25 r=25 /></svg>
        <button>Plain</button>"""
    page.goto(trk_site.page("/", page_with(address(campaign), body=body)))
    page.get_by_role("button", name="Plain").click()
    page.get_by_text("Add", exact=True).click()
    page.get_by_role("button", name="Like").click()
    page.locator("circle").click()
    campaign.expect_trackings(("AddToCart", "shoe-41"), ("Like", None), ("Picture", None))


def test_a_declared_push_on_a_link_arrives_though_the_click_leaves_the_page(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    trk_site.page("/next", "<title>Next</title>")
    link = "<a href=/next data-gleam-track=Left>Leave</a>"
    page.goto(trk_site.page("/", page_with(address(campaign), body=link)))
    page.get_by_text("Leave").click()
    page.wait_for_url("**/next")
    campaign.expect_trackings(("Left", None))


@pytest.mark.sampled
@pytest.mark.parametrize("path", ["", "/", "/a-slug?x=1&y#part", "?visitor=other"])
def test_a_link_to_the_campaigns_page_carries_the_visitor_unless_it_has_one(
    path: str, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    body = f"""
        <a id=ours href="{campaign.url}{path}"><b>Ours</b></a>
        <a id=longer href="{campaign.url}x">Another key</a>
        <a id=theirs href="https://example.org/{campaign.key}">Another site</a>"""
    page.goto(trk_site.page("/", page_with(address(campaign), body=body)))
    page.evaluate(
        "clicked = []; addEventListener('click', function (event) {"
        " clicked.push(event.target.closest('a').href); event.preventDefault() })"
    )
    before = page.eval_on_selector_all("a", "links => links.map(link => link.href)")
    for name in ("Ours", "Another key", "Another site"):
        page.get_by_text(name, exact=True).click()
    ours, *others = page.evaluate("clicked")
    assert others == before[1:]
    assert ours.count("visitor=") == 1
    assert ("visitor=other" in ours) is ("visitor=other" in path)
    assert page.evaluate("localStorage.gleam_id") not in ours
    assert ours.split("?")[0].split("#")[0] == before[0].split("?")[0].split("#")[0]

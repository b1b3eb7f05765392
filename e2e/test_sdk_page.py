"""trk.js on a page: debug output, prerendering, and the one global."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.console import mistakes_of, sentences_of
from e2e.pages import COUNT, TRIGGER, address, page_with, shop, stored, wait_until_loaded
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site


@pytest.mark.sampled
@pytest.mark.parametrize("how", ["address", "storage"])
def test_debug_output_tells_every_step(
    how: str, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP")
    page.goto(trk_site.page("/", page_with(address(campaign))))
    sentences = sentences_of(page)
    if how == "storage":
        page.evaluate("localStorage.gleam_debug = 1")
    page.goto(f"{trk_site.url}/" + ("?a=1&gleam_debug=1" if how == "address" else ""))
    page.evaluate(f"Gleam.push(['VIP', 'x'], {COUNT})")
    page.wait_for_function("answers.length == 1")
    told = "\n".join(sentences)
    for step in (
        'pushed [["VIP","x"],["callback",null]]',
        f'sent ["VIP","x"] to {campaign.url}/beacon',
        f"the server answered 200: {campaign.url}/beacon",
        "the server says: ",
    ):
        assert step in told
    said = [sentence for sentence in sentences if "the server says: " in sentence]
    assert campaign.key in said[0]
    assert "VIP" in said[0]
    assert "/admin/" in said[-1]


def test_without_debug_the_console_stays_silent(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP")
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(trk_site.page("/", page_with(address(campaign), before=TRIGGER)))
    page.evaluate(f"Gleam.push({COUNT})")
    page.wait_for_function("answers.length == 1")
    assert messages == []


def test_a_prerendered_page_stores_and_sends_nothing_until_it_is_shown(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign()
    trk_page.add_init_script(
        "Object.defineProperty(Document.prototype, 'prerendering',"
        "{ configurable: true, get: () => !window.shown })"
    )
    trk_page.goto(trk_site.page("/", page_with(address(campaign), before=TRIGGER)))
    trk_page.evaluate("Gleam.push(['while hidden'])")
    assert stored(trk_page) == {"cookie": ""}
    assert campaign.trackings() == []
    trk_page.evaluate("shown = 1; document.dispatchEvent(new Event('prerenderingchange'))")
    campaign.expect_trackings(("VIP", "myValue"), ("while hidden", None))


@pytest.mark.sampled
@pytest.mark.parametrize(
    "theirs",
    ["{ push: null, name: 'theirs' }", "'text'", "Object.freeze([])", "function () {}"],
)
def test_a_global_that_is_not_ours_is_left_alone_with_one_console_line(
    theirs: str, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    mistakes, sentences = mistakes_of(page), sentences_of(page)
    before = f"before = Gleam = {theirs}; keys = Object.keys(Gleam) + '';"
    page.goto(trk_site.page("/", page_with(address(campaign), before=before)))
    assert page.evaluate("before === Gleam && keys === Object.keys(Gleam) + ''")
    assert len(sentences) == 1
    assert "window.Gleam" in sentences[0]
    assert mistakes == []


@pytest.mark.sampled
@pytest.mark.parametrize(
    "declared",
    [
        "const Gleam = window.Gleam || [];",
        "let Gleam = [];",
        "var Gleam;",
        "window.Gleam = null;",
        "Object.defineProperty(window, 'Gleam', { value: [] });",
    ],
)
def test_a_page_that_declares_the_global_in_its_own_way_tracks(
    declared: str, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    mistakes = mistakes_of(page)
    queued = "Gleam && Gleam.push(['early']);"
    page.goto(trk_site.page("/", page_with(address(campaign), before=declared + queued)))
    page.evaluate("Gleam.push(['late'])")
    expected = [("late", None)]
    if declared not in ("var Gleam;", "window.Gleam = null;"):
        expected.insert(0, ("early", None))
    campaign.expect_trackings(*expected)
    assert mistakes == []


def test_the_script_keeps_working_where_the_loader_stands_in_the_last_line_of_the_body(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    html = shop(campaign, body="<h1>Shop</h1>").replace(campaign.loader, "")
    page.goto(trk_site.page("/", html + f"<script>{TRIGGER}</script>" + campaign.loader))
    wait_until_loaded(page)
    expect(page.get_by_role("heading", name="Shop")).to_be_visible()
    campaign.expect_trackings(("VIP", "myValue"))

"""trk.js for several campaigns on one page, and by the scripts of the widget."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from e2e.console import unmatched_of
from e2e.pages import COUNT, TRIGGER, address, page_with
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site

# Which campaign hears of what hangs on no browser; that two scripts share a page is seen in each.
ONCE = pytest.mark.once


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("first", "second"),
    [("trk.js", "trk.js"), ("trk.js", "ol.js"), ("embed.js", "trk.js"), ("ol.js", "embed.js")],
)
def test_every_push_reaches_both_campaigns_of_a_page_once_and_calls_back_once(
    first: str, second: str, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    one, two = trk_campaign(), trk_campaign()
    before = f"Gleam = [['early', '1'], {COUNT}];"
    scripts = (address(one, first), address(two, second))
    page.goto(trk_site.page("/", page_with(*scripts, before=before)))
    page.evaluate(f"Gleam.push(['late', '2'], {COUNT})")
    trackings = [c.expect_trackings(("early", "1"), ("late", "2")) for c in (one, two)]
    assert len({tracking.visitor for both in trackings for tracking in both}) == 1
    page.wait_for_function("answers.length >= 2")
    page.evaluate(f"Gleam.push(['last'], {COUNT})")
    page.wait_for_function("answers.length >= 3")
    assert page.evaluate("answers") == [{"unlocked": [], "duplicate": False}] * 3


@ONCE
def test_a_campaign_whose_script_comes_later_gets_what_was_pushed_before_it(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    one, two = trk_campaign(), trk_campaign()
    before = f"Gleam = [['queued'], {COUNT}];"
    page.goto(trk_site.page("/", page_with(address(one), before=before)))
    page.evaluate(f"Gleam.push(['pushed', '1'], {COUNT})")
    page.wait_for_function("answers.length == 2")
    page.add_script_tag(url=address(two))
    page.evaluate("Gleam.push(['after'])")
    for campaign in (one, two):
        campaign.expect_trackings(("queued", None), ("pushed", "1"), ("after", None))
    assert page.evaluate("answers.length") == 2


@ONCE
def test_a_callback_waits_for_the_slower_of_two_campaigns(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    one, two = trk_campaign(), trk_campaign()
    page.goto(trk_site.page("/", page_with(address(one), address(two))))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"{two.url}/beacon", hold, times=1)
    page.evaluate(f"Gleam.push(['VIP'], {COUNT})")
    one.expect_trackings(("VIP", None))
    page.evaluate("Gleam.push(['another'])")
    one.expect_trackings(("VIP", None), ("another", None))
    assert page.evaluate("answers") == []
    held[0].continue_()
    page.wait_for_function("answers.length == 1")
    two.expect_trackings(("VIP", None), ("another", None))


@ONCE
@pytest.mark.parametrize("script", ["ol.js", "embed.js"])
def test_a_page_with_only_the_widget_tracks_as_one_with_the_tracking_script(
    script: str, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    page.goto(trk_site.page("/", page_with(address(campaign, script), before=TRIGGER)))
    page.evaluate("Gleam.push('late')")
    campaign.expect_trackings(("VIP", "myValue"), ("late", None))


# ---- Names that match no action


@ONCE
def test_a_name_that_only_one_of_two_campaigns_has_is_no_mistake(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    one, two = trk_campaign("VIP"), trk_campaign("Order")
    lines = unmatched_of(page)
    before = "Gleam = [['VIP'], ['order', '1'], ['Purchse']];"
    page.goto(trk_site.page("/", page_with(address(one), address(two), before=before)))
    for _ in range(2):
        page.evaluate(f"Gleam.push(['Order', '2'], ['VIP'], ['Purchse', '3'], {COUNT})")
    page.wait_for_function("answers.length == 2")
    page.evaluate("console.log('no action with the tracking name: over')")
    assert len(lines) == 2
    assert '"Purchse"' in lines[0]
    assert one.key in lines[0] or two.key in lines[0]


@ONCE
@pytest.mark.parametrize("names", [("VIP", "Signup"), ("Signup", "VIP"), ("Signup", "Order")])
def test_a_name_is_told_only_when_the_slower_campaign_has_answered_too(
    names: tuple[str, str], trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    one, two = map(trk_campaign, names)
    lines = unmatched_of(page)
    page.goto(trk_site.page("/", page_with(address(one), address(two))))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"{two.url}/beacon", hold, times=1)
    page.evaluate(f"Gleam.push(['VIP'], {COUNT})")
    with page.expect_response(f"{one.url}/beacon"):
        page.evaluate("Gleam.push(['another'])")
    one.expect_trackings(("VIP", None), ("another", None))
    # Both have answered to the other name.
    assert [line for line in lines if '"VIP"' in line] == []
    held[0].continue_()
    two.expect_trackings(("VIP", None), ("another", None))
    page.wait_for_function("answers.length == 1")
    page.evaluate("console.log('no action with the tracking name: over')")
    told = [line for line in lines[:-1] if '"VIP"' in line]
    assert len(told) == (0 if "VIP" in names else 1)


def test_a_campaign_whose_script_is_still_on_its_way_is_waited_for(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    one, two = trk_campaign("VIP"), trk_campaign("Order")
    lines, held = unmatched_of(page), list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route(address(two), hold)
    before = "Gleam = [['Order'], ['Purchse'], ['callback', function () { stored = true }]];"
    html = page_with(address(one), before=before).replace(
        "</head>", f"<script async src={address(two)}></script></head>"
    )
    page.goto(trk_site.page("/", html), wait_until="commit")
    page.wait_for_function("window.stored")
    assert lines == []
    with page.expect_console_message(lambda message: "Purchse" in message.text):
        held[0].continue_()
    two.expect_trackings(("Order", None), ("Purchse", None))
    assert len(lines) == 1


@ONCE
def test_a_campaign_that_refuses_everything_keeps_no_name_from_being_told(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    one, over = trk_campaign("VIP"), trk_campaign("VIP", ends_at="2020-01-01T00:00:00Z")
    page.goto(trk_site.page("/", page_with(address(one), address(over))))
    lines = unmatched_of(page)
    with page.expect_console_message(lambda message: "Purchse" in message.text):
        page.evaluate("Gleam.push(['Purchse'])")
    assert [one.key in line for line in lines] == [True]


@pytest.mark.once
def test_what_an_earlier_page_left_to_both_is_judged_by_both_answers(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    one, two = trk_campaign("VIP"), trk_campaign("Order")
    page.goto(trk_site.page("/", page_with(address(one), address(two))))
    page.context.route("**/beacon", lambda route: route.abort())
    page.evaluate("Gleam.push(['Order'], ['Purchse'])")
    page.wait_for_function("Object.keys(localStorage).filter(k => /beacon$/.test(k)).length == 2")
    # Left for a page without the script, as long as nothing gets through: had the page that pushed
    # heard one answer before it was left, the next one would know of the other answer only.
    page.goto(trk_site.page("/between", ""))
    lines = unmatched_of(page)
    page.context.unroute("**/beacon")
    with page.expect_console_message(lambda message: "Purchse" in message.text):
        page.goto(trk_site.page("/next", page_with(address(one))))
    page.wait_for_function("!Object.keys(localStorage).some(k => /beacon$/.test(k))")
    assert len(lines) == 1

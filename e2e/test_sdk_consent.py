"""trk.js and consent: asked for, given, refused, and Global Privacy Control."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from e2e.pages import COUNT, TRIGGER, address, page_with, stored
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


def test_nothing_is_stored_or_sent_before_consent_and_everything_after_it(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign(ask_consent=True)
    beacons: list[str] = []
    page.on("request", lambda r: beacons.append(r.url) if "beacon" in r.url else None)
    page.goto(trk_site.page("/", page_with(address(campaign), before=TRIGGER)))
    page.evaluate(f"Gleam.push(['held'], {COUNT})")
    page.evaluate(f"Gleam.push({COUNT})")
    page.goto(page.url + "?xref=" + 32 * "x")
    page.evaluate(f"Gleam.push(['second page'], {COUNT})")
    page.evaluate(f"Gleam.push({COUNT})")
    assert stored(page) == {"cookie": ""}
    assert page.evaluate("answers") == []
    assert beacons == []
    page.evaluate("Gleam.push(['consent', true])")
    campaign.expect_trackings(("VIP", "myValue"), ("second page", None))
    page.wait_for_function("answers.length == 2")
    assert "gleam_id" in stored(page)["cookie"]


def test_consent_given_before_the_script_has_loaded_counts(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign(ask_consent=True)
    before = "Gleam = [['VIP'], ['consent', true]];"
    page.goto(trk_site.page("/", page_with(address(campaign), before=before)))
    campaign.expect_trackings(("VIP", None))


@pytest.mark.parametrize("asking", [True, False])
def test_refusal_erases_the_id_and_the_outbox_and_ends_tracking(
    asking: bool, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign(ask_consent=asking)
    before = "Gleam = [['consent', true]];"
    page.goto(trk_site.page("/", page_with(address(campaign), before=before)))
    page.evaluate("Gleam.push(['agreed'])")
    (agreed,) = campaign.expect_trackings(("agreed", None))
    page.route("**/beacon", lambda route: route.abort())
    page.evaluate("Gleam.push(['not through'])")
    page.wait_for_function("Object.keys(localStorage).length == 2")
    page.evaluate("localStorage.theirs = 'stays'; document.cookie = 'theirs=stays'")
    page.evaluate("Gleam.push(['consent', false], ['refused'])")
    page.evaluate("Gleam.push(['refused'])")
    assert stored(page) == {"theirs": "stays", "cookie": "theirs=stays"}
    page.unroute("**/beacon")
    page.evaluate("Gleam.push(['consent', true]); Gleam.push(['again'])")
    _, again = campaign.expect_trackings(("agreed", None), ("again", None))
    assert again.visitor != agreed.visitor


@pytest.mark.sampled
@pytest.mark.parametrize("failing", ["ownKeys", "set", "deleteProperty"])
def test_a_storage_that_fails_keeps_nothing_else_from_being_erased(
    failing: str, campaign: Campaign, trk_site: Site, page: Page
) -> None:
    theirs = f"{{ {failing}: function () {{ throw new Error('theirs') }} }}"
    html = page_with(
        address(campaign),
        before="kept = {}; theirs = {}; Object.defineProperty(window, 'localStorage', { value: "
        f"new Proxy(kept, theirs) }}); broken = {theirs};",
    )
    page.goto(trk_site.page("/", html))
    page.evaluate("Gleam.push(['agreed'])")
    campaign.expect_trackings(("agreed", None))
    page.evaluate("theirs = Object.assign(theirs, broken)")
    page.evaluate("Gleam.push(['just before']); Gleam.push(['consent', false])")
    assert page.evaluate("document.cookie") == ""
    page.evaluate("Gleam.push(['consent', true], ['again'])")
    campaign.expect_trackings(("agreed", None), ("again", None))


@pytest.mark.once
def test_what_fails_to_be_sent_once_consent_was_refused_is_not_tried_in_another_way(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign, held = trk_campaign(), list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    trk_page.goto(trk_site.page("/", page_with(address(campaign))))
    trk_page.route("**/beacon", hold)
    with trk_page.expect_request("**/beacon"):
        trk_page.evaluate("Gleam.push(['under way'])")
    trk_page.evaluate("Gleam.push(['consent', false])")
    with trk_page.expect_event("requestfailed"):
        held[0].abort()
    trk_page.unroute("**/beacon")
    trk_page.evaluate("Gleam.push(['consent', true], ['again'])")
    campaign.expect_trackings(("again", None))


def test_refusal_in_one_tab_ends_tracking_in_the_other(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign()
    shop = trk_site.page("/", page_with(address(campaign), before=TRIGGER))
    trk_page.goto(shop)
    other = trk_page.context.new_page()
    other.goto(shop)
    campaign.expect_trackings(("VIP", "myValue"), ("VIP", "myValue"))
    trk_page.evaluate("refused = 0; addEventListener('storage', function () { refused = 1 })")
    other.evaluate("Gleam.push(['consent', false])")
    trk_page.wait_for_function("refused")
    trk_page.evaluate("Gleam.push(['refused'])")
    assert stored(trk_page) == {"cookie": ""}
    trk_page.evaluate("Gleam.push(['consent', true], ['again'])")
    campaign.expect_trackings(("VIP", "myValue"), ("VIP", "myValue"), ("again", None))


@pytest.mark.sampled
@pytest.mark.parametrize(
    "clear",
    [
        "localStorage.removeItem('gleam_id')",
        "Object.keys(localStorage).forEach(name => localStorage.removeItem(name))",
        "localStorage.removeItem('gleam_id'); document.cookie = 'gleam_id=;max-age=0;path=/'",
    ],
)
def test_a_site_that_clears_its_storage_in_another_tab_refuses_nothing(
    clear: str, trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign()
    trk_page.goto(trk_site.page("/", page_with(address(campaign), before=TRIGGER)))
    campaign.expect_trackings(("VIP", "myValue"))
    other = trk_page.context.new_page()
    other.goto(trk_site.page("/account", "<!doctype html><link rel=icon href=data:,>"))
    trk_page.evaluate("cleared = 0; addEventListener('storage', function () { cleared = 1 })")
    other.evaluate(f"{clear}; 0")
    trk_page.wait_for_function("cleared")
    trk_page.evaluate(f"Gleam.push(['two'], {COUNT})")
    campaign.expect_trackings(("VIP", "myValue"), ("two", None))
    trk_page.wait_for_function("answers.length == 1")


@pytest.mark.once
def test_what_is_pushed_while_consent_is_refused_is_gone_before_the_script_as_after_it(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    calls = (
        "Gleam.push(['erased']); Gleam.push(['consent', false]); Gleam.push(['refused']);"
        "Gleam.push(['consent', true]); Gleam.push(['again'], F); Gleam.push(F);"
    )
    functions = f"F = {COUNT}; Gleam = [];"
    for before, after in ((calls, ""), ("", calls)):
        campaign = trk_campaign()
        html = page_with(address(campaign), before=functions + before)
        page.goto(trk_site.page("/", html))
        page.evaluate(after)
        page.wait_for_function("answers.length == 2")
        campaign.expect_trackings(("again", None))


@pytest.mark.once
def test_a_campaign_that_asks_waits_while_one_that_does_not_is_told(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    asking, plain = trk_campaign(ask_consent=True), trk_campaign()
    page.goto(trk_site.page("/", page_with(address(asking), address(plain))))
    page.evaluate("Gleam.push(['VIP'])")
    plain.expect_trackings(("VIP", None))
    assert asking.trackings() == []
    page.evaluate("Gleam.push(['consent', true])")
    asking.expect_trackings(("VIP", None))


def test_a_tracking_called_consent_is_one_unless_its_value_is_a_boolean(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign()
    page.goto(trk_site.page("/", page_with(address(campaign))))
    page.evaluate("Gleam.push(['consent', 'true'], ['consent'], ['consent', true])")
    campaign.expect_trackings(("consent", "true"), ("consent", None))


def with_gpc(context: BrowserContext) -> None:
    context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"
    )


@pytest.mark.once
def test_global_privacy_control_is_a_refusal_where_the_campaign_says_so(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    honouring, other = trk_campaign(honour_gpc=True), trk_campaign()
    trk_site.page("/honouring", page_with(address(honouring), before=TRIGGER))
    trk_site.page("/other", page_with(address(other), before=TRIGGER))
    trk_page.goto(f"{trk_site.url}/honouring")
    honouring.expect_trackings(("VIP", "myValue"))
    with_gpc(trk_page.context)
    trk_page.goto(f"{trk_site.url}/honouring")
    trk_page.evaluate("Gleam.push(['after'])")
    assert stored(trk_page) == {"cookie": ""}
    trk_page.evaluate("Gleam.push(['consent', true], ['told otherwise'])")
    honouring.expect_trackings(("VIP", "myValue"), ("told otherwise", None))
    trk_page.goto(f"{trk_site.url}/other")
    other.expect_trackings(("VIP", "myValue"))


@pytest.mark.once
def test_consent_in_the_queue_wins_over_global_privacy_control_and_keeps_the_visitor(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign(honour_gpc=True)
    with_gpc(trk_page.context)
    before = "Gleam = [['consent', true], ['VIP']];"
    page = trk_site.page("/", page_with(address(campaign), before=before))
    trk_page.goto(page)
    trk_page.goto(page)
    one, two = campaign.expect_trackings(("VIP", None), ("VIP", None))
    assert one.visitor == two.visitor

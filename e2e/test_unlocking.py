"""The main job: what a customer's page pushes unlocks the entrant's action."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.pages import TRIGGER, shop, wait_until_loaded
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


def test_a_push_before_the_script_loads_unlocks(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign, before=TRIGGER))
    _follow(page, campaign)
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")
    campaign.expect_trackings(("VIP", "myValue"))


def test_a_push_after_the_script_has_loaded_unlocks(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign))
    _follow(page, campaign)
    wait_until_loaded(page)
    page.evaluate(TRIGGER)
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")
    campaign.expect_trackings(("VIP", "myValue"))


@pytest.mark.sampled
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_callback_hears_what_was_unlocked_with_it_and_one_alone_what_it_waited_for(
    when: str, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", "Other", url=f"{trk_site.url}/shop")
    heard = "['callback', function (told) { heard.push(told.unlocked.join()) }]"
    calls = (
        f"heard = []; {TRIGGER} Gleam.push(['Other'], {heard}); Gleam.push(['none'], {heard});"
        f"Gleam.push({heard});"
    )
    trk_site.page("/shop", shop(campaign, before=calls if when == "before" else ""))
    _follow(page, campaign)
    wait_until_loaded(page)
    if when == "after":
        page.evaluate(f"{calls} 0")
    page.wait_for_function("heard.length == 3")
    # Before, nobody can tell which call the first pair came with.
    first = "VIP,Other" if when == "before" else "Other"
    assert sorted(page.evaluate("heard")) == sorted(["", first, "VIP,Other"])


def test_the_open_campaign_page_ticks_the_action_off_without_a_reload(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", "Other", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign, before=TRIGGER))
    entrant = CampaignPage(page, campaign)
    entrant.open()
    entrant.enter()
    entrant.expect_open("VIP")
    page.evaluate("window.sameDocument = true")
    entrant.follow_in_new_page("VIP")
    page.bring_to_front()
    entrant.expect_done("VIP")
    entrant.expect_open("Other")
    assert page.evaluate("window.sameDocument") is True


@pytest.mark.once
def test_an_action_unlocks_while_the_campaign_page_is_closed(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign))
    entrant = CampaignPage(trk_page, campaign)
    entrant.open()
    entrant.enter()
    in_shop = entrant.follow_in_new_page("VIP")
    trk_page.close()
    wait_until_loaded(in_shop)
    in_shop.evaluate(TRIGGER)
    campaign.expect_unlocked("VIP", details="myValue")
    back = CampaignPage(in_shop.context.new_page(), campaign)
    back.open()
    back.expect_done("VIP")


@pytest.mark.once
def test_what_was_done_before_entering_counts_when_the_shop_leads_to_the_campaign(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP")
    link = f'<a href="{campaign.url}">Our competition</a>'
    trk_site.page("/shop", shop(campaign, before=TRIGGER, body=link))
    page.goto(f"{trk_site.url}/shop")
    campaign.expect_tracking("VIP", "myValue", outcome="waiting")
    page.get_by_role("link", name="Our competition").click()
    entrant = CampaignPage(page, campaign)
    entrant.enter()
    assert "visitor" not in page.url
    entrant.expect_done("VIP")
    campaign.expect_unlocked("VIP", details="myValue")


def test_what_was_done_before_entering_counts_when_an_action_leads_back_to_the_shop(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/home")
    trk_site.page("/shop", shop(campaign, before=TRIGGER))
    trk_site.page("/home", shop(campaign))
    page.goto(f"{trk_site.url}/shop")
    campaign.expect_tracking("VIP", "myValue", outcome="waiting")
    _follow(page, campaign)
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")
    campaign.expect_trackings(("VIP", "myValue"))


def test_the_xref_leaves_the_address_and_everything_else_stays(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop?a=1&b=%C3%BC+%26#part")
    state = "history.replaceState({step: 3}, '');"
    trk_site.page("/shop", shop(campaign, before=state))
    _enter(page, campaign)
    address = _copied_link(page, campaign)
    _, _, token = address.partition("&xref=")
    token = token.removesuffix("#part")
    # A shop's own redirects may put it anywhere: in the middle, too.
    address = f"{trk_site.url}/shop?a=1&xref={token}&b=%C3%BC+%26#part"
    documents = []
    page.on("request", lambda r: documents.append(r.url) if r.is_navigation_request() else None)
    page.goto(address)
    wait_until_loaded(page)
    expect(page).to_have_url(f"{trk_site.url}/shop?a=1&b=%C3%BC+%26#part")
    assert page.evaluate("history.state") == {"step": 3}
    assert len(documents) == 1, documents
    page.evaluate(TRIGGER)
    campaign.expect_unlocked("VIP", details="myValue")


@pytest.mark.once
def test_a_parameter_of_the_shop_with_the_same_name_stays_and_the_link_works(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop?xref=shoes&q=who?#part")
    trk_site.page("/shop", shop(campaign))
    _enter(page, campaign)
    page.goto(_copied_link(page, campaign))
    wait_until_loaded(page)
    expect(page).to_have_url(f"{trk_site.url}/shop?xref=shoes&q=who?#part")
    page.evaluate(TRIGGER)
    campaign.expect_unlocked("VIP", details="myValue")


@pytest.mark.once
def test_a_copied_xref_is_refused_for_a_second_visitor(
    trk_campaign: CampaignFactory,
    trk_site: Site,
    page: Page,
    trk_new_context: ContextFactory,
) -> None:
    campaign = trk_campaign("VIP", "Purchase", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign))
    _enter(page, campaign)
    address = _copied_link(page, campaign)
    page.goto(address)
    wait_until_loaded(page)
    page.evaluate(TRIGGER)
    campaign.expect_unlocked("VIP", email="ann@example.org")

    stranger = trk_new_context().new_page()
    with stranger.expect_console_message(lambda line: "another browser" in line.text):
        stranger.goto(address)
    expect(stranger).to_have_url(f"{trk_site.url}/shop")
    stranger.evaluate("Gleam.push(['Purchase', 'order-1'])")
    campaign.expect_tracking("Purchase", "order-1", outcome="waiting")
    assert [completion.tracking_name for completion in campaign.completions()] == ["VIP"]


def _enter(page: Page, campaign: Campaign) -> None:
    entrant = CampaignPage(page, campaign)
    entrant.open()
    entrant.enter()


def _follow(page: Page, campaign: Campaign) -> None:
    """Enter, and follow the link of the action VIP to the customer's site."""
    _enter(page, campaign)
    CampaignPage(page, campaign).follow("VIP")


def _copied_link(page: Page, campaign: Campaign) -> str:
    """Where the entrant's link leads: the shop's address with a fresh token."""
    answer = page.request.get(campaign.go_url("VIP"), max_redirects=0)
    return answer.headers["location"]

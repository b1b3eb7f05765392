"""Nothing is lost and nothing breaks: pages that go away, servers that are down, blocked things."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.pages import TRIGGER, shop, wait_until_loaded
from trk_sdk import snippet
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.site import Site


def test_a_push_arrives_though_the_page_is_closed_right_after_it(
    trk_campaign: CampaignFactory, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP")
    address = trk_site.page("/shop", shop(campaign))
    pages = [trk_page.context.new_page() for _ in range(5)]
    for page in pages:
        page.goto(address)
        wait_until_loaded(page)
    for n, page in enumerate(pages):
        page.evaluate(f"Gleam.push(['closed', '{n}'])")
        page.close()
    campaign.expect_trackings(*[("closed", str(n)) for n in range(5)])


@pytest.mark.parametrize("pushes", [25, pytest.param(100, marks=pytest.mark.thorough)])
def test_no_push_is_lost_when_each_is_followed_by_a_navigation(
    pushes: int, trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP")
    trk_site.page("/end", "<title>End</title>")
    # Each page clicks its own link to the next one; the click pushes, and the page goes away.
    chain = f"""<a id=next>Next</a><script>
        var n = Number(location.search.slice(1)), link = document.getElementById('next');
        link.href = n < {pushes - 1} ? '/chain?' + (n + 1) : '/end';
        link.onclick = function () {{ Gleam.push(['leave', String(n)]); }};
        addEventListener('load', function () {{ link.click(); }});
    </script>"""
    trk_site.page("/chain", shop(campaign, body=chain))
    page.goto(f"{trk_site.url}/chain?0", wait_until="commit")
    page.wait_for_url("**/end", timeout=60_000)
    campaign.expect_trackings(*[("leave", str(n)) for n in range(pushes)])


@pytest.mark.once
def test_pushes_while_the_backend_is_down_arrive_when_it_is_back(
    trk_campaign: CampaignFactory, trk_own_backend: Backend, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", on=trk_own_backend, url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign))
    entrant = CampaignPage(page, campaign)
    entrant.open()
    entrant.enter()
    entrant.follow("VIP")
    wait_until_loaded(page)
    trk_own_backend.kill()
    page.evaluate("window.calls = 0")
    page.evaluate("Gleam.push(['VIP', 'in the dark'], ['callback', function () { calls += 1 }])")
    page.evaluate("Gleam.push(['second'])")
    trk_own_backend.start()
    campaign.expect_unlocked("VIP", details="in the dark")
    campaign.expect_trackings(("VIP", "in the dark"), ("second", None))
    page.wait_for_function("calls > 0")
    assert page.evaluate("calls") == 1


@pytest.mark.once
def test_a_push_while_the_backend_is_down_is_sent_by_the_next_page_of_the_shop(
    trk_campaign: CampaignFactory, trk_own_backend: Backend, trk_site: Site, trk_page: Page
) -> None:
    campaign = trk_campaign("VIP", on=trk_own_backend)
    address = trk_site.page("/shop", shop(campaign))
    trk_page.goto(address)
    wait_until_loaded(trk_page)
    trk_own_backend.kill()
    trk_page.evaluate(TRIGGER)
    trk_page.close()
    trk_own_backend.start()
    trk_page.context.new_page().goto(address)
    campaign.expect_trackings(("VIP", "myValue"))


def test_a_push_unlocks_where_all_storage_is_blocked(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    # A sandboxed document has no cookies and no storage: touching either throws.
    policy = {"Content_Security_Policy": "sandbox allow-scripts"}
    trk_site.page("/shop", shop(campaign, before=TRIGGER), **policy)
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    entrant = CampaignPage(page, campaign)
    entrant.open()
    entrant.enter()
    entrant.follow("VIP")
    for storage in ("localStorage", "document.cookie"):
        blocked = f"() => {{ try {{ {storage} }} catch (error) {{ return error.name }} }}"
        assert page.evaluate(blocked) == "SecurityError"
    campaign.expect_unlocked("VIP", details="myValue")
    wait_until_loaded(page)
    page.evaluate("Gleam.push(['second'])")
    first, second = campaign.expect_trackings(("VIP", "myValue"), ("second", None))
    assert first.visitor == second.visitor
    assert mistakes == []


def test_a_shop_whose_tracking_script_is_blocked_goes_on_unbroken(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP")
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.route("**/trk.js", lambda route: route.abort("blockedbyclient"))
    buy = f"""<button onclick="{TRIGGER} this.textContent = 'Bought'">Buy</button>"""
    address = trk_site.page("/shop", shop(campaign, before=TRIGGER, body=buy))
    with page.expect_event("requestfailed", lambda r: r.url == campaign.script_url):
        page.goto(address)
    page.get_by_role("button", name="Buy").click()
    expect(page.get_by_role("button", name="Bought")).to_be_visible()
    assert page.evaluate("Gleam") == [["VIP", "myValue"]] * 2
    assert mistakes == []
    # And when the visitor's next page is let through, it works again.
    page.unroute("**/trk.js")
    page.goto(address)
    campaign.expect_trackings(("VIP", "myValue"))


@pytest.mark.once
def test_the_script_twice_on_a_page_changes_nothing(
    trk_campaign: CampaignFactory, trk_site: Site, page: Page
) -> None:
    campaign = trk_campaign("VIP")
    again = snippet.async_tag(campaign.key, campaign.address)
    address = trk_site.page("/shop", shop(campaign, before=TRIGGER, body=again * 2))
    page.goto(address, wait_until="load")
    page.evaluate("window.calls = 0")
    page.evaluate("Gleam.push(['once'], ['callback', function () { calls += 1 }])")
    page.wait_for_function("calls > 0")
    page.evaluate("Gleam.push(['last'])")
    campaign.expect_trackings(("VIP", "myValue"), ("once", None), ("last", None))
    assert page.evaluate("calls") == 1

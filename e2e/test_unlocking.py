"""The main job: a push on a customer's page unlocks an action, whatever happens on the way."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Campaign, make_campaign
from e2e.servers import Backend, Site, until
from sdk import snippet

PUSH = "window.Gleam = window.Gleam || []; Gleam.push(['VIP', 'myValue'])"


def shop(backend: Backend, campaign: Campaign, before: str = "", body: str = "") -> str:
    loader = snippet.loader(campaign.key, backend.url)
    return f"<!doctype html><head><title>Shop</title><script>{before}</script>{loader}</head>{body}"


def enter(page: Page, campaign: Campaign) -> None:
    page.goto(campaign.url)
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("link", name="Go to: Be VIP")).to_be_visible()


def expect_done(page: Page) -> None:
    expect(page.locator("[data-action]")).to_have_attribute("data-state", "done", timeout=20_000)


def loaded(page: Page) -> None:
    page.wait_for_function("window.Gleam && Gleam.trk")


def test_a_push_before_the_script_loads_unlocks(
    backend: Backend, site: Site, campaign: Campaign, page: Page
) -> None:
    site.pages["/shop"] = shop(backend, campaign, before=PUSH)
    enter(page, campaign)
    page.get_by_role("link", name="Go to: Be VIP").click()
    until(lambda: backend.completed(campaign.key) == ["VIP"], "VIP is completed")
    assert backend.pairs(campaign.key) == [["VIP", "myValue"]]


def test_a_push_after_the_script_has_loaded_unlocks(
    backend: Backend, site: Site, campaign: Campaign, page: Page
) -> None:
    site.pages["/shop"] = shop(backend, campaign)
    enter(page, campaign)
    page.get_by_role("link", name="Go to: Be VIP").click()
    loaded(page)
    page.evaluate(PUSH)
    until(lambda: backend.completed(campaign.key) == ["VIP"], "VIP is completed")


def test_the_open_campaign_page_ticks_the_action_off_without_a_reload(
    backend: Backend, site: Site, campaign: Campaign, page: Page
) -> None:
    site.pages["/shop"] = shop(backend, campaign, before=PUSH)
    enter(page, campaign)
    page.evaluate("window.sameDocument = true")
    other = page.context.new_page()
    other.goto(page.get_by_role("link", name="Go to: Be VIP").evaluate("link => link.href"))
    page.bring_to_front()
    expect_done(page)
    assert page.evaluate("window.sameDocument") is True


def test_what_was_done_before_entering_counts_when_the_person_enters(
    backend: Backend, site: Site, campaign: Campaign, page: Page
) -> None:
    link = f'<a href="{campaign.url}">Our competition</a>'
    site.pages["/shop"] = shop(backend, campaign, before=PUSH, body=link)
    page.goto(f"{site.url}/shop")
    until(lambda: backend.pairs(campaign.key) == [["VIP", "myValue"]], "the push is stored")
    assert backend.completed(campaign.key) == []
    page.get_by_role("link", name="Our competition").click()
    page.get_by_label("Name").fill("Ann")
    assert "visitor" not in page.url
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Enter").click()
    expect_done(page)
    assert backend.completed(campaign.key) == ["VIP"]


def test_the_xref_leaves_the_address_as_it_was_and_is_refused_for_a_second_visitor(
    backend: Backend, site: Site, campaign: Campaign, page: Page, browser: Browser
) -> None:
    site.pages["/shop"] = shop(backend, campaign)
    enter(page, campaign)
    link = page.get_by_role("link", name="Go to: Be VIP").evaluate("link => link.href")
    location = page.request.get(link, max_redirects=0).headers["location"]
    assert "xref=" in location
    page.goto(location)
    loaded(page)
    assert page.url == f"{site.url}/shop?a=1#part"
    with page.expect_response("**/beacon"):
        page.evaluate(PUSH)
    until(lambda: backend.completed(campaign.key) == ["VIP"], "VIP is completed")

    stranger = browser.new_context().new_page()
    with stranger.expect_console_message(lambda message: "another browser" in message.text):
        stranger.goto(location)
    stranger.context.close()


def test_a_push_right_before_the_page_goes_away_arrives_each_of_100_times(
    backend: Backend, site: Site, campaign: Campaign, page: Page
) -> None:
    site.pages["/shop"] = shop(backend, campaign)
    for n in range(100):
        page.goto(f"{site.url}/shop")
        loaded(page)
        page.evaluate(f"Gleam.push(['leave', '{n}']); location.href = '/shop?{n}'; 1")
        page.wait_for_url(f"**/shop?{n}")
    expected = [["leave", str(n)] for n in range(100)]
    until(lambda: backend.pairs(campaign.key) == expected, "all 100 are stored")


def test_pushes_while_the_backend_is_down_arrive_when_it_is_back(
    own_backend: Backend, site: Site, page: Page
) -> None:
    campaign = make_campaign(own_backend, site)
    site.pages["/shop"] = shop(own_backend, campaign)
    page.goto(f"{site.url}/shop")
    loaded(page)
    own_backend.kill()
    page.evaluate("Gleam.push(['one'], ['callback', function () { window.told = 1 }])")
    page.evaluate("Gleam.push(['two'])")
    own_backend.start()
    until(
        lambda: own_backend.pairs(campaign.key) == [["one", None], ["two", None]], "both are there"
    )
    page.wait_for_function("window.told === 1")


def test_a_shop_whose_tracking_script_is_blocked_does_not_break(
    backend: Backend, site: Site, campaign: Campaign, page: Page
) -> None:
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.route("**/trk.js", lambda route: route.abort())
    site.pages["/shop"] = shop(backend, campaign, before=PUSH, body="<h1>Shop</h1>")
    page.goto(f"{site.url}/shop")
    page.evaluate(PUSH)
    expect(page.get_by_role("heading", name="Shop")).to_be_visible()
    assert mistakes == []


def test_a_browser_without_storage_still_tracks(
    backend: Backend, site: Site, campaign: Campaign, page: Page
) -> None:
    page.add_init_script(
        "for (const [on, name] of [[window, 'localStorage'], [Document.prototype, 'cookie']])"
        "Object.defineProperty(on, name, {get() { throw new Error('no') }, set() { throw 1 }})"
    )
    site.pages["/shop"] = shop(backend, campaign, before=PUSH)
    page.goto(f"{site.url}/shop")
    until(lambda: backend.pairs(campaign.key) == [["VIP", "myValue"]], "the push is stored")


def test_the_script_twice_on_a_page_changes_nothing(
    backend: Backend, site: Site, campaign: Campaign, page: Page
) -> None:
    twice = snippet.async_tag(campaign.key, backend.url) * 2
    site.pages["/shop"] = shop(backend, campaign, before=PUSH, body=twice)
    page.goto(f"{site.url}/shop")
    page.wait_for_load_state("load")
    page.evaluate("Gleam.push(['last'])")
    expected = [["VIP", "myValue"], ["last", None]]
    until(lambda: backend.pairs(campaign.key) == expected, "each push is stored once")

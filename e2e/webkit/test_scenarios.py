"""What trk.js is for, in WebKit: ten visits, from a push to what the server has stored."""

from __future__ import annotations

from e2e.framed import embedding
from e2e.pages import COUNT, TRIGGER, address, page_with, shop
from e2e.webkit.browser import Browser, first
from e2e.webkit.entrant import enter, expect_done, expect_entered, follow
from trk_sdk import builder
from trk_sdk.testkit.faults import Faults, answer
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

FRAME = first("iframe")
LOADED = "window.Gleam && Gleam.push !== Array.prototype.push"


def test_a_push_before_the_script_has_loaded_unlocks(
    trk_campaign: CampaignFactory, trk_site: Site, webkit: Browser
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign, before=TRIGGER))
    webkit.goto(campaign.url)
    enter(webkit)
    follow(webkit, "VIP")
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")
    campaign.expect_trackings(("VIP", "myValue"))


def test_a_push_after_the_script_has_loaded_unlocks(
    trk_campaign: CampaignFactory, trk_site: Site, webkit: Browser
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign))
    webkit.goto(campaign.url)
    enter(webkit)
    follow(webkit, "VIP")
    webkit.wait_until(LOADED)
    webkit.run(TRIGGER)
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")
    campaign.expect_trackings(("VIP", "myValue"))


def test_none_of_20_pushes_is_lost_when_each_is_followed_by_a_navigation(
    campaign: Campaign, trk_site: Site, webkit: Browser
) -> None:
    trk_site.page("/end", "<title>End</title>")
    leaving = """<script>
        addEventListener('load', function () {
            var n = Number(location.search.slice(1));
            Gleam.push(['leave', String(n)]);
            location.href = n < 19 ? '/chain?' + (n + 1) : '/end';
        });
    </script>"""
    trk_site.page("/chain", shop(campaign, body=leaving))
    webkit.goto(f"{trk_site.url}/chain?0")
    webkit.wait_for_url(f"{trk_site.url}/end")
    campaign.expect_trackings(*[("leave", str(n)) for n in range(20)])


def test_a_push_that_is_answered_503_arrives_when_the_server_is_back(
    campaign: Campaign, faults: Faults, trk_site: Site, webkit: Browser
) -> None:
    script = trk_site.script("/trk.js", builder.script(campaign.key, faults.url))
    webkit.goto(trk_site.page("/", page_with(script)))
    faults.next(answer(503), answer(503))
    webkit.run(f"Gleam.push(['VIP', 'meanwhile'], {COUNT})")
    webkit.wait_until("answers.length === 1")
    campaign.expect_trackings(("VIP", "meanwhile"))
    assert len(faults.beacons) == 3


def test_a_browser_without_third_party_cookies_stays_logged_in_in_the_embedded_campaign(
    trk_campaign: CampaignFactory, trk_site: Site, webkit: Browser
) -> None:
    _expect_no_third_party_cookie(webkit, trk_site)
    campaign = trk_campaign("VIP", allowed_origins=[trk_site.url])
    webkit.goto(trk_site.page("/shop", embedding(campaign)))
    with webkit.inside(FRAME):
        enter(webkit)
    webkit.reload()
    with webkit.inside(FRAME):
        expect_entered(webkit)
    webkit.run(TRIGGER)
    with webkit.inside(FRAME):
        expect_done(webkit, "VIP")
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")


def test_what_was_pushed_counts_for_who_enters_in_the_overlay(
    trk_campaign: CampaignFactory, trk_site: Site, webkit: Browser
) -> None:
    campaign = trk_campaign("VIP", allowed_origins=[trk_site.url])
    webkit.goto(trk_site.page("/shop", embedding(campaign, before=TRIGGER, script="ol")))
    campaign.expect_tracking("VIP", "myValue", outcome="waiting")
    overlay = f"{first('body > div')}.shadowRoot"
    webkit.click(first("button", of=overlay))
    with webkit.inside(first("iframe", of=overlay)):
        enter(webkit)
        expect_done(webkit, "VIP")
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")


def test_what_was_pushed_before_entering_counts_when_an_action_leads_back_to_the_shop(
    trk_campaign: CampaignFactory, trk_site: Site, webkit: Browser
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/home")
    trk_site.page("/home", shop(campaign))
    webkit.goto(trk_site.page("/shop", shop(campaign, before=TRIGGER)))
    campaign.expect_tracking("VIP", "myValue", outcome="waiting")
    webkit.goto(campaign.url)
    enter(webkit)
    follow(webkit, "VIP")
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")
    campaign.expect_trackings(("VIP", "myValue"))


def test_what_was_pushed_before_entering_counts_when_the_shop_links_to_the_campaign(
    trk_campaign: CampaignFactory, trk_site: Site, webkit: Browser
) -> None:
    campaign = trk_campaign("VIP")
    link = f'<a href="{campaign.url}">Our competition</a>'
    webkit.goto(trk_site.page("/shop", shop(campaign, before=TRIGGER, body=link)))
    campaign.expect_tracking("VIP", "myValue", outcome="waiting")
    webkit.click(first("a"))
    enter(webkit)
    expect_done(webkit, "VIP")
    campaign.expect_unlocked("VIP", email="ann@example.org", details="myValue")


def test_nothing_is_stored_or_sent_before_consent_and_everything_after_it(
    trk_campaign: CampaignFactory, trk_site: Site, webkit: Browser
) -> None:
    campaign = trk_campaign(ask_consent=True)
    webkit.goto(trk_site.page("/", page_with(address(campaign), before=TRIGGER)))
    # What was pushed on a page that has gone without consent must never arrive.
    webkit.run("Gleam.push(['first page'])")
    webkit.reload()
    webkit.run(f"Gleam.push(['second page'], {COUNT})")
    assert webkit.evaluate("({ ...localStorage, cookie: document.cookie })") == {"cookie": ""}
    webkit.run("Gleam.push(['consent', true])")
    webkit.wait_until("answers.length === 1")
    campaign.expect_trackings(("VIP", "myValue"), ("second page", None))
    assert "gleam_id" in webkit.evaluate("document.cookie")


def test_debug_output_tells_every_step(campaign: Campaign, trk_site: Site, webkit: Browser) -> None:
    # WebDriver has no way to read the console.
    listen = "told = []; console.warn = function () { told.push([].join.call(arguments, ' ')) };"
    trk_site.page("/", page_with(address(campaign), before=listen))
    webkit.goto(f"{trk_site.url}/?gleam_debug=1")
    webkit.run(f"Gleam.push(['VIP', 'x'], {COUNT})")
    webkit.wait_until("answers.length === 1")
    told = webkit.evaluate("told")
    assert [line for line in told if not line.startswith("trk.js:")] == []
    for step in ("pushed", "sent", "the server answered 200", "the server says: "):
        assert step in "\n".join(told)


def _expect_no_third_party_cookie(webkit: Browser, site: Site) -> None:
    """Show that a cookie which `localhost` may keep as a first party, it may not as a third."""
    third = site.url.replace("127.0.0.1", "localhost")
    site.page("/set", "Set", Set_Cookie="third=1; Path=/")
    site.page("/read", "Read")
    webkit.goto(site.page("/framing", f"<iframe src='{third}/set'></iframe>"))
    webkit.goto(f"{third}/read")
    assert webkit.evaluate("document.cookie") == "", "a third party's cookie was kept"
    webkit.goto(f"{third}/set")
    webkit.goto(f"{third}/read")
    assert webkit.evaluate("document.cookie") == "third=1", "a first party's cookie was not kept"

"""The tracking server is a third party on the shop's page; its cookies may be blocked there."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, Page

from e2e.framed import BLOCKED
from e2e.pages import TRIGGER, shop
from trk_sdk.testkit.campaign_page import CampaignPage
from trk_sdk.testkit.plugin import CampaignFactory, ContextFactory
from trk_sdk.testkit.site import Site


def test_an_action_unlocks_in_a_browser_that_keeps_no_third_party_cookie(
    trk_campaign: CampaignFactory,
    trk_site: Site,
    trk_launch: Callable[..., Browser],
    trk_browser_name: str,
    trk_new_context: ContextFactory,
) -> None:
    campaign = trk_campaign("VIP", url=f"{trk_site.url}/shop")
    trk_site.page("/shop", shop(campaign, before=TRIGGER))
    page = trk_new_context(on=trk_launch(**BLOCKED[trk_browser_name])).new_page()
    _expect_no_third_party_cookie(page, trk_site)

    entrant = CampaignPage(page, campaign)
    entrant.open()
    entrant.enter()
    entrant.follow("VIP")
    campaign.expect_unlocked("VIP", details="myValue")
    entrant.open()
    entrant.expect_done("VIP")


def _expect_no_third_party_cookie(page: Page, site: Site) -> None:
    """Show that a cookie which `localhost` may keep as a first party, it may not as a third."""
    third = site.url.replace("127.0.0.1", "localhost")
    site.page("/set", "Set", Set_Cookie="third=1; Path=/; SameSite=None; Secure")
    site.page("/read", "<script>parent.postMessage(document.cookie, '*')</script>")
    site.page("/framing", f"<iframe id=set src='{third}/set'></iframe>")
    reading = f"""<script>
        addEventListener('message', function (event) {{ window.seen = event.data }});
    </script><iframe src='{third}/read'></iframe>"""
    site.page("/framing-again", reading)

    page.goto(f"{site.url}/framing")
    page.goto(f"{third}/read")
    assert page.evaluate("document.cookie") == "", "a third party's cookie was kept"
    page.goto(f"{third}/set")
    page.goto(f"{third}/read")
    assert page.evaluate("document.cookie") == "third=1", "a first party's cookie was not kept"
    page.goto(f"{site.url}/framing-again")
    page.wait_for_function("'seen' in window")
    assert page.evaluate("seen") == "", "a third party saw its cookie"

"""One visitor on all subdomains of a shop, with a cookie that is right for http and for https."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Cookie

from e2e.pages import CERTIFICATE, COUNT, address, page_with
from trk_sdk.testkit.browsers import KeptBrowsers
from trk_sdk.testkit.plugin import ContextFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

NAMES = ("www.shop.example", "checkout.shop.example", "www.shop.co.uk", "shop.co.uk")


@pytest.fixture
def context(
    trk_kept_browser: KeptBrowsers, trk_browser_name: str, trk_new_context: ContextFactory
) -> BrowserContext:
    """A browser for which this machine has the shop's names."""
    if trk_browser_name == "chromium":
        rules = ",".join(f"MAP {name} 127.0.0.1" for name in NAMES)
        browser = trk_kept_browser(args=[f"--host-resolver-rules={rules}"])
    else:
        # The IPv4 address, as the site has no other.
        prefs = {"network.dns.localDomains": ",".join(NAMES), "network.dns.disableIPv6": True}
        browser = trk_kept_browser(firefox_user_prefs=prefs)
    return trk_new_context(on=browser, ignore_https_errors=True)


@pytest.fixture(params=["http", "https"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with Site(certificate=CERTIFICATE if request.param == "https" else None) as started:
        yield started


def _push(context: BrowserContext, site: Site, host: str, name: str) -> None:
    page = context.new_page()
    page.goto(site.url.replace("127.0.0.1", host))
    page.wait_for_function("!!Gleam.trk")
    page.evaluate(f"Gleam.push(['{name}'], {COUNT})")
    page.wait_for_function("answers.length == 1")


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("hosts", "domain"),
    [(NAMES[:2], ".shop.example"), (NAMES[2:], ".shop.co.uk")],
    ids=["shop.example", "shop.co.uk"],
)
def test_subdomains_share_one_visitor_by_a_cookie_on_the_widest_domain(
    hosts: tuple[str, str], domain: str, campaign: Campaign, context: BrowserContext, site: Site
) -> None:
    site.page("/", page_with(address(campaign)))
    _push(context, site, hosts[0], "first")
    _push(context, site, hosts[1], "second")
    campaign.expect_trackings(("first", None), ("second", None))
    assert len({tracking.visitor for tracking in campaign.trackings()}) == 1
    [cookie] = _ours(context)
    assert cookie["domain"] == domain
    assert cookie["path"] == "/"
    assert cookie["sameSite"] == "Lax"
    assert cookie["httpOnly"] is False
    assert cookie["secure"] is (urlsplit(site.url).scheme == "https")


def test_a_shop_that_moves_from_http_to_https_keeps_its_visitors(
    campaign: Campaign, context: BrowserContext
) -> None:
    with Site() as before, Site(certificate=CERTIFICATE) as after:
        for site, name in ((before, "before"), (after, "after")):
            site.page("/", page_with(address(campaign)))
            _push(context, site, NAMES[0], name)
    campaign.expect_trackings(("before", None), ("after", None))
    assert len({tracking.visitor for tracking in campaign.trackings()}) == 1
    assert len(_ours(context)) == 1


def _ours(context: BrowserContext) -> list[Cookie]:
    return [cookie for cookie in context.cookies() if cookie.get("name") == "gleam_id"]

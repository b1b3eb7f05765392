"""trk.js in documents of a stricter or a stranger kind: policies, XHTML, files, service workers.

In each case the push arrives, and the page never sees an error of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from e2e.console import UNMATCHED, mistakes_of
from e2e.pages import COUNT, TRIGGER, address, page_with
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page on which no error goes unnoticed, nor anything that a policy has blocked."""
    mistakes, warnings = mistakes_of(page), list[str]()

    def listen(message: ConsoleMessage) -> None:
        if message.type != "log" and UNMATCHED not in message.text:
            warnings.append(message.text)

    page.on("console", listen)
    yield page
    assert mistakes == []
    assert warnings == []


ICON = "<link rel=icon href=data:,>"

# All by the page itself: a policy keeps Playwright's own code out, too.
SHOP = (
    TRIGGER
    + """
    addEventListener('load', function () {
        Gleam.push(['late'], ['callback', function () { document.title = 'stored' }]);
    });
    """
)


def _expect_all(page: Page, campaign: Campaign) -> None:
    expect(page).to_have_title("stored")
    campaign.expect_trackings(("VIP", "myValue"), ("late", None))


def test_under_a_policy_that_names_the_host_the_plain_tag_tracks(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    trk_site.script("/shop.js", SHOP)
    tag = f"<script async src={address(campaign)}></script>"
    html = f"<!doctype html>{ICON}<script src=/shop.js></script>{tag}"
    host = campaign.url.rsplit("/", 1)[0]
    policy = f"default-src 'none'; img-src data:; script-src 'self' {host}; connect-src {host}"
    page.goto(trk_site.page("/", html, Content_Security_Policy=policy))
    _expect_all(page, campaign)


def test_under_a_policy_with_a_nonce_the_documents_loader_tracks(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    loader = campaign.loader.replace("<script>", "<script nonce=n0nce>")
    html = f"<!doctype html><head>{ICON}<script nonce=n0nce>{SHOP}</script>{loader}</head>"
    host = campaign.url.rsplit("/", 1)[0]
    policy = (
        "default-src 'none'; img-src data:; script-src 'nonce-n0nce' 'strict-dynamic'; "
        f"connect-src {host}"
    )
    page.goto(trk_site.page("/", html, Content_Security_Policy=policy))
    _expect_all(page, campaign)


def test_where_trusted_types_are_enforced_the_plain_tag_tracks(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    tag = f"<script async src={address(campaign)}></script>"
    link = f"<a href='{campaign.url}' onclick='return false'>Win</a>"
    html = f"<!doctype html>{ICON}<script>{SHOP}</script>{tag}{link}"
    policy = "require-trusted-types-for 'script'; trusted-types 'none'"
    page.goto(trk_site.page("/", html, Content_Security_Policy=policy))
    _expect_all(page, campaign)
    page.get_by_role("link").click()
    expect(page.get_by_role("link")).to_have_attribute("href", campaign.url)
    page.evaluate(f"asked = Gleam.link('{campaign.url}')")
    assert re.fullmatch(r".*\?&visitor=\w{32}", page.evaluate("asked"))


def _push_late(page: Page, campaign: Campaign) -> None:
    page.wait_for_function("!!(window.Gleam && Gleam.trk)")
    page.evaluate(f"Gleam.push(['late'], {COUNT})")
    page.wait_for_function("answers.length == 1")
    campaign.expect_trackings(("VIP", "myValue"), ("late", None))


def test_an_xhtml_page_tracks(campaign: Campaign, trk_site: Site, page: Page) -> None:
    html = f"""<?xml version="1.0" encoding="utf-8"?>
        <html xmlns="http://www.w3.org/1999/xhtml"><head><title>Shop</title>
        <link rel="icon" href="data:,"/>
        <script>answers = []; window.Gleam = window.Gleam || []; Gleam.push(['VIP', 'myValue']);
        </script>{campaign.loader}</head>
        <body><p data-gleam-track="declared">Shop</p></body></html>"""
    page.goto(trk_site.page("/", html, Content_Type="application/xhtml+xml"))
    assert page.evaluate("document.contentType") == "application/xhtml+xml"
    page.wait_for_function("!!(window.Gleam && Gleam.trk)")
    page.locator("p").click()
    page.evaluate(f"Gleam.push(['late'], {COUNT})")
    page.wait_for_function("answers.length == 1")
    campaign.expect_trackings(("VIP", "myValue"), ("declared", None), ("late", None))


def test_a_page_opened_from_a_file_tracks(campaign: Campaign, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "shop.html"
    file.write_text(page_with(address(campaign), before=TRIGGER), encoding="utf-8")
    page.goto(file.as_uri())
    _push_late(page, campaign)


WORKER = """
    addEventListener('install', function () { skipWaiting() });
    addEventListener('activate', function (event) { event.waitUntil(clients.claim()) });
    addEventListener('fetch', function (event) {
        var url = event.request.url;
        if (/beacon$/.test(url)) event.respondWith(%s);
        if (/who$/.test(url)) event.respondWith(new Response('the worker'));
    });
"""


def _put_worker(page: Page, site: Site, answer: str) -> None:
    """Have a service worker stand between the page and its beacons."""
    site.script("/worker.js", WORKER % answer)
    site.page("/who", "the server")
    page.evaluate("navigator.serviceWorker.register('/worker.js')")
    page.wait_for_function("fetch('/who').then(r => r.text()).then(who => who == 'the worker')")


def test_beacons_pass_a_service_worker_that_fetches_for_its_page(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign), before=TRIGGER)))
    _put_worker(page, trk_site, "fetch(event.request)")
    _push_late(page, campaign)


def test_a_service_worker_that_answers_with_its_offline_page_acknowledges_nothing(
    campaign: Campaign, trk_site: Site, page: Page
) -> None:
    page.goto(trk_site.page("/", page_with(address(campaign), before=TRIGGER)))
    campaign.expect_trackings(("VIP", "myValue"))
    _put_worker(page, trk_site, "new Response('Offline')")
    page.evaluate(f"problems = []; Gleam.push(['kept'], {COUNT}, ['error', p => problems.push(p)])")
    page.wait_for_function("problems.length + answers.length == 1")
    # Firefox shows its workers no request that may outlive the page: there it has arrived.
    arrived = ("kept", None) in [(told.name, told.value) for told in campaign.trackings()]
    assert page.evaluate("[answers.length, problems.map(problem => problem.retry)]") == (
        [1, []] if arrived else [0, [True]]
    )
    page.evaluate("navigator.serviceWorker.getRegistration().then(r => r.unregister())")
    page.reload()
    campaign.expect_trackings(("VIP", "myValue"), ("kept", None), ("VIP", "myValue"))

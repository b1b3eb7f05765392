"""`trk verify`: is the script there, whose is it, and what stops it? On real pages and servers."""

from __future__ import annotations

import re

import pytest

from e2e.pages import CERTIFICATE, TRIGGER
from e2e.verifying import SHORT, Verify, page, run_in, tag, trk_verify
from trk_sdk import snippet
from trk_sdk.testkit.browsers import KeptBrowsers
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign

pytestmark = pytest.mark.once


@pytest.fixture
def campaign(trk_campaign: CampaignFactory) -> Campaign:
    return trk_campaign("VIP")


def test_a_page_without_the_script_is_told_what_to_paste(
    verify_once: Verify, campaign: Campaign, trk_site: Site
) -> None:
    report = verify_once(trk_site.page("/", page()), *SHORT)
    assert report.codes("problem") == ["not_installed", "unread"]
    assert tag(campaign) in report.said("not_installed")
    assert report.status == 1


def test_another_campaign_s_key_and_a_key_that_the_server_does_not_know_are_told_apart(
    verify_once: Verify, campaign: Campaign, trk_campaign: CampaignFactory, trk_site: Site
) -> None:
    other = trk_campaign("VIP")
    url = trk_site.page("/other", page(tag(other)))
    report = verify_once(url, *SHORT)
    assert report.codes("problem") == ["other_key"]
    assert f"the script of {other.key}; expected campaign {campaign.key}" in report.said(
        "other_key"
    )
    unknown = trk_site.page("/unknown", page(snippet.async_tag("nosuch", campaign.address)))
    report = verify_once(unknown, *SHORT, key="nosuch")
    assert report.codes("problem") == ["unknown_key", "unread"]
    assert report.status == 1


@pytest.mark.parametrize("how", ["tag", "loader"])
def test_a_policy_that_blocks_the_script_is_told_with_the_policy_that_would_not(
    how: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    head = tag(campaign) if how == "tag" else campaign.loader
    policy = "default-src 'self'; img-src data:"
    url = trk_site.page("/", page(head, trigger=""), Content_Security_Policy=policy)
    report = verify(url, *SHORT)
    code = "csp_script" if how == "tag" else "csp_inline"
    assert report.codes("problem") == [code]
    assert f"`script-src 'self' {campaign.address}`" in report.said(code)
    assert f"`connect-src 'self' {campaign.address}`" in report.said(code)
    assert report.status == 1
    # What it says is enough.
    fixed = f"{policy}; script-src 'self' {campaign.address}; connect-src 'self' {campaign.address}"
    script = f"<script src={trk_site.script('/push.js', TRIGGER)}></script>"
    html = page(tag(campaign), script, trigger="")
    assert verify(trk_site.page("/fixed", html, Content_Security_Policy=fixed)).status == 0


def test_a_policy_that_blocks_beacons_is_told(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    policy = f"script-src 'unsafe-inline' {campaign.address}; connect-src 'self'"
    url = trk_site.page("/", page(tag(campaign)), Content_Security_Policy=policy)
    report = verify(url, *SHORT)
    assert report.codes("problem") == ["unanswered", "csp_beacon"]
    assert f"write `connect-src 'self' {campaign.address}`" in report.said("csp_beacon")
    assert report.status == 1
    assert campaign.trackings() == []


def test_a_server_that_is_down_is_told(verify: Verify, trk_site: Site) -> None:
    with Site("localhost") as down:
        pass
    head = snippet.async_tag("y2sB7", down.url)
    report = verify(trk_site.page("/", page(head)), host=down.url, key="y2sB7")
    assert report.codes("problem") == ["script_blocked", "unread"]
    assert "the connection was refused" in report.said("script_blocked")
    assert report.status == 1


@pytest.mark.parametrize("what", ["missing", "page"])
def test_a_server_that_is_not_the_tracking_server_is_told(
    what: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    if what == "page":
        trk_site.page(f"/{campaign.key}/trk.js", "<h1>Shop</h1>", X_Content_Type_Options="nosniff")
    url = trk_site.page("/", page(snippet.async_tag(campaign.key, trk_site.url)))
    report = verify(url, *SHORT, host=trk_site.url)
    code = "script_status" if what == "missing" else "script_type"
    assert report.codes("problem") == [code, "unread"]
    assert ("answered 404" if what == "missing" else "text/html") in report.said(code)
    report = verify(url, *SHORT)
    assert report.codes("problem") == ["wrong_host", code, "unread"]


def test_a_page_whose_global_is_another_thing_is_told_to_rename_it(
    verify_once: Verify, campaign: Campaign, trk_site: Site
) -> None:
    html = page("<script>Gleam = { theirs: true }</script>", tag(campaign), trigger="")
    report = verify_once(trk_site.page("/", html), *SHORT)
    assert report.codes("problem") == ["global_taken"]
    assert "Rename the page's own Gleam" in report.said("global_taken")
    assert report.status == 1


# ---- What can't be opened, and https


def test_a_page_that_can_t_be_opened_is_told_with_status_2(
    verifying_browsers: KeptBrowsers, trk_site: Site, trk_browser_name: str
) -> None:
    with Site() as gone:
        pass
    browser = verifying_browsers(name=trk_browser_name)
    for url, why in (
        (f"{gone.url}/shop", "the connection was refused"),
        (f"{trk_site.url}/nosuch", "it answered 404; expected a page"),
    ):
        done = run_in(browser, url, "--key", "y2sB7", "--browser", trk_browser_name)
        assert done.exit_code == 2
        assert f"{url} can't be opened: {why}" in done.stderr
        assert done.stdout == ""


def test_a_page_whose_script_never_ends_is_told_with_status_2(
    campaign: Campaign, trk_site: Site, trk_browser_name: str
) -> None:
    url = trk_site.page("/", page(trigger="for (;;);"))
    given = ("--key", campaign.key, "--browser", trk_browser_name, "--wait", "0.1")
    done = trk_verify(url, *given)
    assert done.returncode == 2
    # By which of its questions the browser no longer answers, it is one sentence or the other.
    busy = "its scripts kept it busy|it keeps the browser so busy"
    assert re.search(rf"{re.escape(url)} can't be checked: ({busy})", done.stderr)
    assert "Traceback" not in done.stderr


def test_an_http_script_on_an_https_page_is_told_as_mixed_content(verify: Verify) -> None:
    html = page(snippet.async_tag("y2sB7", "http://track.example"))
    with Site("localhost", CERTIFICATE) as site:
        report = verify(
            site.page("/", html), "--insecure", *SHORT, host="http://track.example", key="y2sB7"
        )
    assert report.codes("problem") == ["mixed_content", "unread"]
    assert "Use https://track.example/y2sB7/trk.js" in report.said("mixed_content")
    assert report.status == 1


def test_a_certificate_that_is_not_valid_is_told_with_the_option_that_accepts_it(
    verifying_browsers: KeptBrowsers, trk_browser_name: str
) -> None:
    given = ("--key", "y2sB7", "--browser", trk_browser_name)
    with Site("localhost", CERTIFICATE) as site:
        done = run_in(verifying_browsers(name=trk_browser_name), site.page("/", page()), *given)
    assert done.exit_code == 2
    assert "certificate" in done.stderr
    assert "--insecure" in done.stderr

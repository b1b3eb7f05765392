"""`trk verify` as somebody runs it: on real pages, in a browser of its own, on a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.pages import TRIGGER
from sdk import snippet
from sdk.testkit.faults import Faults, answer, hang
from sdk.testkit.plugin import CampaignFactory
from sdk.testkit.process import Backend
from sdk.testkit.site import Site
from sdk.testkit.truth import Campaign

SHORT = ("--wait", "4")
"""For what does not come: it is waited for until the end."""


@dataclass(frozen=True)
class Report:
    """What `trk verify --json` printed, and its exit status."""

    status: int
    printed: dict[str, Any]

    def codes(self, level: str) -> list[str]:
        return [each["code"] for each in self.printed["findings"] if each["level"] == level]

    def said(self, code: str) -> str:
        return "\n".join(
            f"{each['seen']} {each['advice']}"
            for each in self.printed["findings"]
            if each["code"] == code
        )

    def pushes(self) -> list[tuple[str, str | None, str, bool | None]]:
        return [
            (push["name"], push["value"], push["outcome"], push["early"])
            for push in self.printed["pushes"]
        ]


Verify = Callable[..., Report]


def trk_verify(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend", "verify", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def campaign(trk_campaign: CampaignFactory) -> Campaign:
    return trk_campaign("VIP")


@pytest.fixture
def verify(campaign: Campaign, trk_browser_name: str) -> Verify:
    """Runs `trk verify` for the campaign, or with another `host` or `key`, in each browser."""
    return verify_in(trk_browser_name, campaign)


@pytest.fixture
def verify_once(campaign: Campaign, pytestconfig: pytest.Config) -> Verify:
    """The same in one browser, for what does not depend on which it is."""
    return verify_in((pytestconfig.getoption("--trk-browser") or ["chromium"])[0], campaign)


def verify_in(browser: str, campaign: Campaign) -> Verify:
    def run(url: str, *arguments: str, host: str = "", key: str = "") -> Report:
        given = ("--host", host or campaign.address, "--key", key or campaign.key)
        done = trk_verify(url, *given, "--browser", browser, "--json", *arguments)
        assert done.stdout, done.stderr
        report = Report(done.returncode, json.loads(done.stdout))
        assert report.printed["status"] == report.status
        return report

    return run


def tag(campaign: Campaign) -> str:
    return snippet.async_tag(campaign.key, campaign.address)


def page(*head: str, trigger: str = TRIGGER) -> str:
    script = f"<script>{trigger}</script>" if trigger else ""
    icon = "<link rel=icon href=data:,>"
    return f"<!doctype html><meta charset=utf-8><head>{icon}{''.join(head)}{script}</head>"


# ---- All is well


def test_what_is_pushed_before_and_after_loading_is_acknowledged_and_stored(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    later = (
        "(function look() { if (Gleam.push === Array.prototype.push) setTimeout(look, 9);"
        "else Gleam.push(['Signup', 7]) })()"
    )
    html = page(campaign.loader, trigger=f"{TRIGGER} {later}")
    report = verify(trk_site.page("/", html), "--expect", "VIP")
    assert report.codes("problem") == []
    assert "by the inline loader" in report.said("installed")
    assert report.pushes() == [
        ("VIP", "myValue", "waiting", True),
        ("Signup", "7", "unmatched", False),
    ]
    assert report.status == 0
    campaign.expect_trackings(("VIP", "myValue"), ("Signup", "7"))


def test_a_script_that_a_tag_manager_puts_in_is_recognised(
    verify_once: Verify, campaign: Campaign, trk_site: Site
) -> None:
    manager = (
        "setTimeout(function () { var tag = document.createElement('script');"
        f"tag.src = '{campaign.script_url}'; document.head.appendChild(tag) }}, 100)"
    )
    html = page(f"<script src={trk_site.script('/gtm.js', manager)}></script>")
    report = verify_once(trk_site.page("/", html))
    assert "by another script" in report.said("installed")
    assert report.codes("problem") == []
    assert report.status == 0


def test_nothing_pushed_is_said_and_is_no_problem(
    verify_once: Verify, campaign: Campaign, trk_site: Site
) -> None:
    report = verify_once(trk_site.page("/", page(tag(campaign), trigger="")), *SHORT)
    assert report.codes("note") == ["nothing_pushed"]
    assert report.status == 0


# ---- The script


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


def test_a_server_that_is_down_is_told(
    verify: Verify, trk_own_backend: Backend, trk_site: Site
) -> None:
    trk_own_backend.stop()
    head = snippet.async_tag("y2sB7", trk_own_backend.url)
    report = verify(trk_site.page("/", page(head)), host=trk_own_backend.url, key="y2sB7")
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


# ---- Pushes


def test_a_campaign_that_has_ended_refuses_with_its_reason(
    verify_once: Verify, trk_campaign: CampaignFactory, trk_site: Site
) -> None:
    ended = trk_campaign("VIP", ends_at="2020-01-01T00:00:00Z")
    report = verify_once(trk_site.page("/", page(tag(ended))), key=ended.key)
    assert report.codes("problem") == ["campaign_ended"]
    assert report.pushes() == [("VIP", "myValue", "refused", True)]
    assert report.printed["pushes"][0]["reason"] in report.said("campaign_ended")
    assert report.status == 1


def test_what_was_expected_and_not_pushed_is_a_problem(
    verify_once: Verify, campaign: Campaign, trk_site: Site
) -> None:
    url = trk_site.page("/", page(tag(campaign)))
    report = verify_once(url, "--expect", "VIP", "--expect", "Signup", *SHORT)
    assert report.codes("problem") == ["expected"]
    assert '"Signup" was expected: it was not pushed' in report.said("expected")
    assert report.status == 1


def test_an_array_that_only_the_page_knows_is_told(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    late = "const Gleam = []; Gleam.push(['VIP'])"
    html = page(f"<script src={campaign.script_url}></script>", trigger=late)
    report = verify(trk_site.page("/declared", html), *SHORT)
    assert report.codes("problem") == ["unread", "array_apart"]
    assert "window.Gleam = window.Gleam || []" in report.said("array_apart")
    source = "const Gleam = window.Gleam || []; Gleam.push(['VIP'])"
    module = f"<script type=module>{source}; import('{campaign.script_url}')</script>"
    report = verify(trk_site.page("/module", page(module, trigger="")), "--expect", "VIP", *SHORT)
    assert report.codes("problem") == ["expected"]
    assert "A likely mistake: a script in the page" in report.said("array_hidden")
    assert report.status == 1


def test_an_error_of_the_page_that_stops_the_trigger_is_told(
    verify_once: Verify, campaign: Campaign, trk_site: Site
) -> None:
    html = page(tag(campaign), trigger="prepare(); Gleam.push(['VIP'])")
    report = verify_once(trk_site.page("/", html), *SHORT)
    assert "prepare is not defined" in report.said("page_error")
    assert report.codes("problem") == []


# ---- Answers on their way


@pytest.fixture
def faults(trk_own_backend: Backend) -> Iterator[Faults]:
    """A proxy in front of a server that knows itself by the proxy's address."""
    with Faults(trk_own_backend) as started:
        trk_own_backend.stop()
        trk_own_backend.start({"TRK_PUBLIC_URL": started.url})
        yield started


def test_a_server_that_fails_for_a_moment_is_waited_for(
    verify_once: Verify,
    faults: Faults,
    trk_campaign: CampaignFactory,
    trk_own_backend: Backend,
    trk_site: Site,
) -> None:
    own = trk_campaign("VIP", on=trk_own_backend)
    faults.next(answer(503))
    url = trk_site.page("/", page(snippet.async_tag(own.key, faults.url)))
    report = verify_once(url, host=faults.url, key=own.key)
    assert report.codes("problem") == []
    assert report.pushes() == [("VIP", "myValue", "waiting", True)]
    assert len(faults.beacons) > 1


@pytest.mark.parametrize("fault", ["hang", "proxy"])
def test_a_beacon_without_an_answer_of_the_server_s_is_told(
    fault: str,
    verify_once: Verify,
    faults: Faults,
    trk_campaign: CampaignFactory,
    trk_own_backend: Backend,
    trk_site: Site,
) -> None:
    own = trk_campaign("VIP", on=trk_own_backend)
    faults.always(hang() if fault == "hang" else answer(403, "<h1>Forbidden</h1>"))
    url = trk_site.page("/", page(snippet.async_tag(own.key, faults.url)))
    report = verify_once(url, *SHORT, host=faults.url, key=own.key)
    code = "beacon_slow" if fault == "hang" else "beacon_status"
    assert report.codes("problem") == ["unanswered", code]
    assert report.status == 1


# ---- What can't be opened, and https


def test_a_page_that_can_t_be_opened_is_told_with_status_2(
    campaign: Campaign, trk_site: Site, trk_own_backend: Backend, trk_browser_name: str
) -> None:
    trk_own_backend.stop()
    given = ("--key", campaign.key, "--browser", trk_browser_name)
    for url, why in (
        (f"{trk_own_backend.url}/shop", "the connection was refused"),
        (f"{trk_site.url}/nosuch", "it answered 404; expected a page"),
    ):
        done = trk_verify(url, *given)
        assert done.returncode == 2
        assert f"{url} can't be opened: {why}" in done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr


def test_a_page_whose_script_never_ends_is_told_with_status_2(
    campaign: Campaign, trk_site: Site, trk_browser_name: str
) -> None:
    url = trk_site.page("/", page(trigger="for (;;);"))
    given = ("--key", campaign.key, "--browser", trk_browser_name, "--wait", "0.1")
    done = trk_verify(url, *given)
    assert done.returncode == 2
    assert f"{url} can't be looked at: it is busy" in done.stderr
    assert "Traceback" not in done.stderr


CERTIFICATE = Path(__file__).with_name("self_signed.pem")
"""One that nobody has signed."""


def test_an_http_script_on_an_https_page_is_told_as_mixed_content(verify: Verify) -> None:
    html = page(snippet.async_tag("y2sB7", "http://track.example"))
    with Site("localhost", CERTIFICATE) as site:
        report = verify(
            site.page("/", html), "--insecure", *SHORT, host="http://track.example", key="y2sB7"
        )
    assert report.codes("problem") == ["mixed_content", "unread"]
    assert "Write https://track.example/y2sB7/trk.js" in report.said("mixed_content")
    assert report.status == 1


def test_a_certificate_that_is_not_valid_is_told_with_the_option_that_accepts_it(
    trk_browser_name: str,
) -> None:
    with Site("localhost", CERTIFICATE) as site:
        done = trk_verify(site.page("/", page()), "--key", "y2sB7", "--browser", trk_browser_name)
    assert done.returncode == 2
    assert "certificate" in done.stderr
    assert "--insecure" in done.stderr


# ---- How it is said


def test_it_prints_sentences_a_picture_is_written_and_nothing_of_the_page_steers_the_terminal(
    campaign: Campaign, trk_site: Site, tmp_path: Path, trk_browser_name: str
) -> None:
    nasty = "Gleam.push(['\\x1b[31m\\u202e']); throw Error('\\x1b]0;owned\\x07')"
    url = trk_site.page("/", page(tag(campaign), trigger=f"{TRIGGER} {nasty}"))
    picture = tmp_path / "page.png"
    done = trk_verify(
        *(url, "--key", campaign.key, "--host", campaign.address, "--screenshot", str(picture)),
        *("--browser", trk_browser_name),
    )
    assert done.returncode == 0, done.stderr
    assert f"ok       {campaign.script_url} was loaded." in done.stdout
    assert "All is well: 2 pushes acknowledged." in done.stdout
    assert f"… opening {url} in {trk_browser_name}" in done.stderr
    assert "2 of 2 pushes acknowledged" in done.stderr
    assert all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [picture]

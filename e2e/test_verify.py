"""`trk verify` as somebody runs it: what was pushed, what became of it, and how that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.pages import TRIGGER
from e2e.verifying import SHORT, Verify, page, tag, trk_verify
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


@pytest.fixture
def campaign(trk_campaign: CampaignFactory) -> Campaign:
    return trk_campaign("VIP")


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


# ---- Consent


@pytest.mark.parametrize("early", [True, False])
def test_a_page_that_gives_consent_and_pushes_is_fine(
    early: bool, verify_once: Verify, trk_campaign: CampaignFactory, trk_site: Site
) -> None:
    asking = trk_campaign("VIP", ask_consent=True)
    agreed = "Gleam.push(['consent', true]);"
    if not early:
        agreed = f"setTimeout(function () {{ {agreed} }}, 500);"
    html = page(tag(asking), trigger=f"{TRIGGER} {agreed}")
    report = verify_once(trk_site.page("/", html), "--expect", "VIP", key=asking.key)
    assert report.codes("problem") == []
    assert report.pushes() == [("VIP", "myValue", "waiting", True)]
    assert report.status == 0


def test_a_page_that_refuses_consent_is_told_that_its_push_was_not_sent(
    verify_once: Verify, trk_campaign: CampaignFactory, trk_site: Site
) -> None:
    asking = trk_campaign("VIP", ask_consent=True)
    html = page(tag(asking), trigger=f"{TRIGGER} Gleam.push(['consent', false]);")
    report = verify_once(trk_site.page("/", html), *SHORT, key=asking.key)
    assert report.codes("problem") == ["unsent"]
    assert report.status == 1


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


@pytest.mark.once
def test_an_array_that_is_declared_after_the_script_is_read(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    late = "const Gleam = []; Gleam.push(['VIP'])"
    html = page(f"<script src={campaign.script_url}></script>", trigger=late)
    report = verify(trk_site.page("/declared", html))
    assert report.codes("problem") == []
    assert [outcome for _, _, outcome, _ in report.pushes()] == ["waiting"]


@pytest.mark.once
def test_an_array_that_only_the_page_knows_is_told(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    late = "const Gleam = Object.freeze([['VIP']])"
    html = page(f"<script src={campaign.script_url}></script>", trigger=late)
    report = verify(trk_site.page("/declared", html), *SHORT)
    assert report.codes("problem") == ["unread", "array_apart"]
    assert "window.Gleam = window.Gleam || []" in report.said("array_apart")
    source = "const Gleam = window.Gleam || []; Gleam.push(['VIP'])"
    module = f"<script type=module>{source}; import('{campaign.script_url}')</script>"
    report = verify(trk_site.page("/module", page(module, trigger="")), "--expect", "VIP", *SHORT)
    assert report.codes("problem") == ["expected"]
    assert "Probably a mistake: a script in the page" in report.said("array_hidden")
    assert report.status == 1


@pytest.mark.once
@pytest.mark.parametrize(
    "trigger",
    [
        "window.Gleam = []; Gleam.push(['VIP', '1'])",
        "[].push.apply(window.Gleam, [['VIP', '1']])",
    ],
)
def test_what_reaches_the_global_in_another_way_is_no_problem(
    trigger: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    html = page(f"<script src={campaign.script_url}></script>", trigger=trigger)
    report = verify(trk_site.page("/", html), *SHORT)
    assert report.codes("problem") == []
    campaign.expect_trackings(("VIP", "1"))


@pytest.mark.once
def test_a_new_array_that_the_script_can_not_hear_of_is_told_with_the_reason(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    # After the script's own look at what the page has become.
    late = "setTimeout(function () { Gleam = []; Gleam.push(['VIP', '1']) }, 300)"
    declared = f"<script>var Gleam = [];</script><script src={campaign.script_url}></script>"
    html = page(declared, trigger=f"addEventListener('load', function () {{ {late} }})")
    report = verify(trk_site.page("/", html), *SHORT)
    assert report.codes("problem") == ["unread"]
    assert "gave window.Gleam a new value after" in report.said("unread")
    assert report.status == 1


# ---- Errors


STOPPED = {
    "prepare is not defined": ("inline", "prepare(); Gleam.push(['VIP'])"),
    "SyntaxError: ": ("inline", "Gleam.push(['VIP')"),
    "SyntaxError": ("127.0.0.1", "Gleam.push(['VIP')"),
    "gift is not defined": (
        "inline",
        "onerror = function () { return true }; gift(); Gleam.push(['VIP'])",
    ),
    "offer is not defined": ("localhost", "offer(); Gleam.push(['VIP'])"),
    "Error: sold out": (
        "127.0.0.1",
        "Promise.reject(Error('sold out')).then(() => Gleam.push(['VIP']))",
    ),
}
"""What is said of a trigger that fails, in the page or in a file from this host."""


@pytest.mark.sampled(2)
@pytest.mark.once
@pytest.mark.parametrize("said", STOPPED)
def test_an_error_that_stops_the_trigger_is_a_problem_with_its_place(
    said: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    where, trigger = STOPPED[said]
    file = trk_site.script("/shop.js", trigger).replace("127.0.0.1", where)
    if where == "inline":
        html = page(tag(campaign), trigger=trigger)
    else:
        html = page(tag(campaign), f"<script src={file}></script>", trigger="")
    report = verify(trk_site.page("/", html), *SHORT)
    assert report.codes("problem") == ["page_error"]
    assert said in report.said("page_error")
    place = f"{trk_site.url}/" if where == "inline" else file
    assert f"The page has an error at {place}:1: " in report.said("page_error")
    assert report.status == 1


@pytest.mark.once
def test_an_error_of_another_site_s_script_is_a_note(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    chat = trk_site.script("/chat.js", "openChat()").replace("127.0.0.1", "localhost")
    theirs = f"<script src={chat}></script>"
    silent = verify(trk_site.page("/silent", page(tag(campaign), theirs, trigger="")), *SHORT)
    assert silent.codes("note") == ["nothing_pushed", "page_error"]
    assert f"{chat}:1: " in silent.said("page_error")
    pushing = verify(trk_site.page("/pushing", page(tag(campaign), theirs)))
    assert pushing.codes("note") == ["page_error"]
    assert (silent.status, pushing.status) == (0, 0)


@pytest.mark.once
def test_a_library_that_stops_the_tracking_script_is_blamed_and_consent_is_not(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    library = trk_site.script("/library.js", "function bind() { throw new TypeError('not mine') }")
    # Stands for trk.js, which does without whatever a library has been seen to replace.
    script = (
        """console.warn('trk.js:', 'pushed [["VIP"]]'); window.Gleam.push = function () {};"""
        "try { bind() } catch (error) { console.warn('trk.js:', error) }"
    )
    own = trk_site.script(f"/{campaign.key}/trk.js", script)
    scripts = f"<script src={library}></script><script src={own}></script>"
    html = page(f"<script>{TRIGGER}</script>", scripts, trigger="")
    report = verify(trk_site.page("/", html), *SHORT, host=trk_site.url)
    assert report.codes("problem") == ["unsent", "script_failed"]
    assert f'trk.js says at {library}:1: "TypeError: not mine".' in report.said("script_failed")
    assert "consent" not in report.said("unsent")
    assert report.status == 1


# ---- How it is said


@pytest.mark.once
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
    assert "Everything works: 2 pushes acknowledged." in done.stdout
    assert f"… opening {url} in {trk_browser_name}" in done.stderr
    assert "2 of 2 pushes acknowledged" in done.stderr
    assert all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [picture]

"""`trk verify` on pages that replace, flood, ask, print and leave: what arrived is what counts."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from e2e.pages import TRIGGER
from e2e.verifying import SHORT, Verify, command, page, tag, trk_verify
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


@pytest.fixture
def campaign(trk_campaign: CampaignFactory) -> Campaign:
    return trk_campaign("VIP")


def later(script: str) -> str:
    return f"addEventListener('load', () => setTimeout(() => {{ {script} }}, 500))"


REPLACED = {
    "no eval": "window.eval = undefined",
    "an eval that throws": "window.eval = () => { throw Error('theirs') }",
    "a slice that gives nothing": "Array.prototype.slice = () => ''",
    "a slice that throws later": later("Array.prototype.slice = () => { throw Error('theirs') }"),
    "a document written anew": later("document.write('<p>new</p>'); document.close()"),
}
"""What a page's library may do to what belongs to the browser."""


@pytest.mark.sampled(2)
@pytest.mark.once
@pytest.mark.parametrize("what", REPLACED)
def test_what_a_page_replaces_changes_no_verdict(
    what: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    html = page(f"<script>{REPLACED[what]}</script>", tag(campaign))
    report = verify(trk_site.page("/", html))
    assert report.codes("problem") == []
    assert [outcome for _, _, outcome, _ in report.pushes()] == ["waiting"]
    assert report.status == 0


@pytest.mark.once
def test_a_page_whose_eval_is_replaced_is_looked_at_all_the_same(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    late = "window.eval = undefined; const Gleam = Object.freeze([['VIP']])"
    html = page(f"<script src={campaign.script_url}></script>", trigger=late)
    report = verify(trk_site.page("/", html), *SHORT)
    assert report.codes("problem") == ["unread", "array_apart"]
    assert report.status == 1


@pytest.mark.once
def test_a_global_that_can_t_be_read_is_a_note_with_the_error_if_all_arrived(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    getter = (
        "var theirs = [], broken; Object.defineProperty(window, 'Gleam', { get: () => {"
        "if (broken) throw Error('not now'); return theirs }, set: (next) => { theirs = next } });"
    )
    html = page(f"<script>{getter}{later('broken = true')}</script>", tag(campaign))
    report = verify(trk_site.page("/", html))
    assert report.codes("problem") == []
    assert '"Error: not now"' in report.said("global_unreadable")
    assert report.status == 0


FLOODS = {
    "words and errors": (
        "console.log('x'.repeat(100)); setTimeout(() => { throw Error(Math.random()) });"
        "Promise.reject(Error(Math.random()))"
    ),
    "words as if from trk.js": "console.warn('trk.js: ' + Math.random())",
}
"""What a page may do without end."""


def flood(script: str) -> str:
    return f"setInterval(() => {{ for (let i = 0; i < 20; i++) {{ {script} }} }}, 10)"


@pytest.mark.sampled
@pytest.mark.parametrize("what", FLOODS)
def test_a_page_that_never_comes_to_rest_is_judged_by_its_pushes(
    what: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    html = page(tag(campaign), f"<script>{flood(FLOODS[what])}</script>")
    report = verify(trk_site.page("/", html), *SHORT)
    # What says that it is trk.js is believed.
    assert set(report.codes("problem")) <= {"script_failed"}
    assert [outcome for _, _, outcome, _ in report.pushes()] == ["waiting"]


@pytest.mark.once
def test_a_page_that_asks_its_server_without_end_is_judged_or_told_to_be_busy(
    campaign: Campaign, trk_site: Site, trk_browser_name: str
) -> None:
    trk_site.page("/other", page(trigger=""))
    asking = flood("fetch('/other?' + Math.random()).catch(() => 0)")
    url = trk_site.page("/", page(tag(campaign), f"<script>{asking}</script>"))
    given = ("--key", campaign.key, "--host", campaign.address, "--browser", trk_browser_name)
    done = trk_verify(url, *given, *SHORT)
    # The page's own requests may leave the beacon no room.
    judged = done.returncode < 2 and done.stdout
    assert judged or f"{url} can't be checked: it" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.once
def test_a_visit_of_which_nothing_is_heard_any_more_is_ended_with_status_2(
    campaign: Campaign, trk_site: Site, trk_browser_name: str
) -> None:
    url = trk_site.page("/", page(tag(campaign)))
    given = ("--key", campaign.key, "--host", campaign.address, "--browser", trk_browser_name)
    with subprocess.Popen(
        command("verify", url, *given, "--wait", "60", "--expect", "never"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stderr is not None
        while "1 of 1 pushes" not in run.stderr.readline():
            assert run.poll() is None
        # What stands between the command and the browser is as deaf as behind a flood of events.
        [visit] = children(run.pid)
        [driver] = children(visit)
        os.kill(driver, signal.SIGSTOP)
        try:
            run.wait(timeout=120)
        finally:
            os.kill(driver, signal.SIGCONT)
        # The driver has the same stderr, which ends with it.
        out, err = run.communicate(timeout=60)
    assert run.returncode == 2
    assert f"{url} can't be checked: it keeps the browser so busy" in err
    assert out == ""
    assert "Traceback" not in err


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


ASKING = {
    "dialogs without end": (
        "alert(1); confirm(2); prompt(3); onbeforeunload = () => 'stay';"
        "setInterval(() => alert('again'), 50)"
    ),
    "printing": later(
        "var frame = document.createElement('iframe'); document.body.append(frame);"
        "frame.contentWindow.print(); print()"
    ),
}
"""What stops a page, or what is behind it, until a person answers."""


@pytest.mark.sampled
@pytest.mark.parametrize("what", ASKING)
def test_a_page_that_waits_for_a_person_is_judged_by_its_pushes(
    what: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    html = page(tag(campaign), f"<script>{ASKING[what]}</script>")
    report = verify(trk_site.page("/", html), *SHORT)
    assert report.codes("problem") == []
    assert [outcome for _, _, outcome, _ in report.pushes()] == ["waiting"]
    assert report.status == 0


@pytest.mark.once
@pytest.mark.parametrize("sandbox", ["", "sandbox=allow-scripts"])
def test_a_script_that_tracks_in_a_frame_of_the_page_is_not_called_idle(
    sandbox: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    trk_site.page("/framed", page(tag(campaign)))
    report = verify(
        trk_site.page("/", page(f"<iframe {sandbox} src=/framed></iframe>", trigger=""))
    )
    assert report.codes("problem") == []
    assert "in a frame of it" in report.said("installed")
    assert [outcome for _, _, outcome, _ in report.pushes()] == ["waiting"]
    assert report.status == 0
    # Nothing pushed: the look into the frame finds it.
    trk_site.page("/framed", page(tag(campaign), trigger=""))
    report = verify(trk_site.url + "/", *SHORT)
    assert report.codes("problem") == []
    assert report.status == 0


LEAVING = {
    "for another page": later("location.href = '/other'"),
    "for nothing": later("location.href = 'about:blank'"),
    "for good": later("open('', '_self'); close()"),
}


@pytest.mark.sampled(2)
@pytest.mark.once
@pytest.mark.parametrize("where", LEAVING)
def test_a_page_that_leaves_after_its_push_is_judged_by_it(
    where: str, verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    trk_site.page("/other", page(trigger=""))
    html = page(tag(campaign), f"<script>{LEAVING[where]}</script>", trigger=TRIGGER)
    report = verify(trk_site.page("/", html), *SHORT)
    assert report.codes("problem") == []
    assert [outcome for _, _, outcome, _ in report.pushes()] == ["waiting"]
    assert report.status == 0


@pytest.mark.once
def test_a_fetch_of_the_page_that_sends_nothing_is_blamed_and_consent_is_not(
    verify: Verify, campaign: Campaign, trk_site: Site
) -> None:
    library = "<script>fetch = function () { return new Promise(function () {}) }</script>"
    report = verify(trk_site.page("/", page(library, tag(campaign))), *SHORT)
    assert report.codes("problem") == ["unsent"]
    assert "fetch" in report.said("unsent")
    assert "consent" not in report.said("unsent")

"""`make walkthrough`: the eight uses, the widgets and two more languages in a real browser, as a
report in pictures."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Error, FrameLocator, Page, expect

from e2e.framed import type_into
from e2e.stage import Stage, stage
from e2e.walkthrough_languages import DESK, speak
from e2e.walkthrough_report import Report, Scene, Step
from trk_sdk.testkit.browsers import BrowserMissing, advice
from trk_sdk.testkit.truth import WAIT_SECONDS
from trk_shop.uses import USES, VISIT_GUIDE

STORIES = {
    "Purchase": "Ann puts a brass bell into her cart, says where it should go, and buys it.",
    "AddToCart": "Ann puts the daylight front light into her cart.",
    "Signup": "Ann opens an account with her name and e-mail address.",
    "VisitGuide": "Ann opens the winter guide. Being there is all it takes.",
    "Survey": "Ann answers three questions and sends the form.",
    "Level3": "Ann plays a game of pairs until she reaches its third level.",
    "ReferFriend": "Ann writes an invitation for her friend Ben.",
    "GiftFinder": "Ann answers the gift finder’s questions and gets three ideas.",
}


def walk(on: Stage, report: Report) -> None:
    """Do what each action asks, in the campaign's order; stops at the first that fails."""
    campaign_page = on.entrant.page
    report.browser = on.browser
    report.start = report.picture(campaign_page, "0-campaign")
    for number, use in enumerate(USES, 1):
        step = Step(use, STORIES[use.tracking_name])
        report.steps.append(step)
        print(f"  {number}. {use.title}", flush=True)
        try:
            page = on.do(use.tracking_name, use.title)
            step.code = page.locator(".pushes pre").first.text_content() or ""
            step.pictures["shop"] = report.picture(page, f"{number}-shop")
            page.close()
            campaign_page.bring_to_front()
            on.entrant.expect_done(use.title)
            # The count moves for a moment.
            earned = sum(each.worth for each in USES[:number])
            expect(campaign_page.locator("#entries")).to_have_text(str(earned))
            row = campaign_page.get_by_role("heading", name=use.title, exact=True)
            row.evaluate("element => element.scrollIntoView({block: 'center'})")
            step.pictures["campaign"] = report.picture(campaign_page, f"{number}-campaign")
            tracking = on.campaign.expect_tracking(use.tracking_name, outcome="unlocked")
            step.details, step.outcome = tracking.value, tracking.outcome
        except (AssertionError, Error) as problem:
            step.failure = str(problem)
            return


def show(on: Stage, report: Report) -> None:
    """Ben, in a browser of his own: the campaign over the shop's page, and the club within one."""
    browser = on.context.browser
    assert browser is not None
    page = browser.new_context(viewport=DESK).new_page()
    print("  Over and within the shop's pages", flush=True)
    for scene in (_over, _within):
        try:
            scene(on, report, page)
        except (AssertionError, Error) as problem:
            report.widgets[-1].failure = str(problem)


def _over(on: Stage, report: Report, page: Page) -> None:
    over = Scene(
        "The campaign over the shop’s page",
        "Ben has read the guide before he has heard of the campaign. He opens the tab at the "
        "page’s edge and enters there: what he did before counts at once.",
    )
    report.widgets.append(over)
    page.goto(f"{on.shop}/journal/winter")
    expect(page.locator("#noted p")).to_be_visible()
    over.pictures["The tab at the edge"] = report.picture(page, "9-tab")
    page.get_by_role("button", name="Win a bike").click()
    bike = page.get_by_role("dialog").locator("iframe").content_frame
    _enter(bike, "Ben Example")
    read = bike.get_by_role("listitem").filter(has_text=VISIT_GUIDE.title)
    expect(read.get_by_text("Done")).to_be_visible(timeout=WAIT_SECONDS * 1000)
    read.evaluate("item => item.scrollIntoView({ block: 'center' })")
    over.pictures["Entered, and the guide is ticked off"] = report.picture(page, "9-overlay")


def _within(on: Stage, report: Report, page: Page) -> None:
    within = Scene(
        "A reward within the shop’s page",
        "The riders’ club is embedded in a page of its own, and any two of its actions earn a "
        "code. One of them Ben has done; he answers a question, and the code is his. He could also "
        "have brought a friend: that is done when somebody enters by his link.",
    )
    report.widgets.append(within)
    page.goto(f"{on.shop}/club")
    club = page.locator("[data-gleam-embed] iframe").content_frame
    _enter(club, "Ben Example")
    expect(club.get_by_text("1 of 2")).to_be_visible(timeout=WAIT_SECONDS * 1000)
    within.pictures["One of two"] = report.picture(page, "10-club")
    club.get_by_role("heading", name="Answer a question").click()
    club.get_by_label("What eats chains").fill("Salt")
    club.get_by_role("button", name="Send answer").click()
    expect(club.get_by_text("RIDE10")).to_be_visible()
    within.pictures["The code"] = report.picture(page, "10-code")
    club.get_by_role("heading", name="Bring a friend").click()
    link = club.get_by_label("Your link")
    expect(link).to_be_visible()
    link.evaluate("field => field.scrollIntoView({ block: 'center' })")
    within.pictures["The link for a friend"] = report.picture(page, "10-friend")


def _enter(frame: FrameLocator, name: str) -> None:
    type_into(frame.get_by_label("Name"), name)
    frame.get_by_label("E-mail").fill("ben@example.org")
    frame.get_by_role("button", name="Enter").click()
    expect(frame.get_by_role("heading", name=f"You’re in, {name}")).to_be_visible(
        timeout=WAIT_SECONDS * 1000
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if all actions were unlocked."""
    parser = argparse.ArgumentParser(prog="python -m e2e.walkthrough", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("artifacts/walkthrough"), metavar="DIR")
    parser.add_argument("--browser", choices=["chromium", "firefox"], default="chromium")
    parser.add_argument("--headed", action="store_true", help="show the browser")
    given = parser.parse_args(arguments)
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.mkdir(parents=True)
    report = Report(given.out)
    print(f"Walking through {len(USES)} uses in {given.browser}.", flush=True)
    try:
        with stage(given.browser, headed=given.headed, viewport=DESK) as on:
            walk(on, report)
            show(on, report)
            speak(on, report)
    except BrowserMissing as missing:
        print(
            f"{given.browser} can't be started: {missing}. {advice(given.browser)}", file=sys.stderr
        )
        return 2
    file = report.write()
    failed = [(step.use.title, step.failure) for step in report.steps if step.failure]
    done = len(report.steps) - len(failed)
    failed += [(scene.title, scene.failure) for scene in report.scenes if scene.failure]
    for title, failure in failed:
        print(f"{title}: {failure}", file=sys.stderr)
    print(f"{done} of {len(USES)} actions unlocked. The report: {file}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

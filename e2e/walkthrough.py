"""`make walkthrough`: the eight uses in a real browser, as a report with pictures of both sides."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Error, Page

from demo_site.campaign import NAME
from demo_site.uses import USES, Use
from e2e.stage import JPEG, Stage, stage

VIEWPORT = {"width": 1100, "height": 760}

STORIES = {
    "Purchase": "Ann puts a brass bell into her cart, says where it should go, and buys it.",
    "AddToCart": "Ann puts the front light into her cart.",
    "Signup": "Ann opens an account with her name and e-mail address.",
    "VisitGuide": "Ann opens the winter guide. Being there is all it takes.",
    "Survey": "Ann answers three questions and sends the form.",
    "Level3": "Ann plays a game of pairs until she reaches its third level.",
    "ReferFriend": "Ann writes an invitation for her friend Ben.",
    "GiftFinder": "Ann answers the gift finder’s questions and gets three ideas.",
}


@dataclass(slots=True)
class Step:
    """One use as it went: its pictures (file names), what was stored, or why it failed."""

    use: Use
    story: str
    pictures: dict[str, str] = field(default_factory=dict)
    details: str | None = None
    outcome: str = ""
    code: str = ""
    failure: str = ""


@dataclass(slots=True)
class Report:
    """A walk through all uses, written as HTML into a folder with its pictures."""

    folder: Path
    browser: str = ""
    start: str = ""
    """The picture of the campaign before the first use."""
    steps: list[Step] = field(default_factory=list)

    def picture(self, page: Page, name: str) -> str:
        """Take a picture of `page`; its file's name."""
        page.screenshot(path=self.folder / f"{name}.jpg", **JPEG)
        return f"{name}.jpg"

    def write(self) -> Path:
        """Write the report; its file."""
        loader = FileSystemLoader(Path(__file__).parent)
        template = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined
        ).get_template("walkthrough.html")
        done = [step for step in self.steps if not step.failure]
        file = self.folder / "index.html"
        html = template.render(
            campaign=NAME,
            report=self,
            uses=USES,
            done=done,
            entries=sum(step.use.worth for step in done),
            when=datetime.now(UTC),
        )
        file.write_text(html, encoding="utf-8")
        return file


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
            row = campaign_page.get_by_role("heading", name=use.title, exact=True)
            row.evaluate("element => element.scrollIntoView({block: 'center'})")
            step.pictures["campaign"] = report.picture(campaign_page, f"{number}-campaign")
            tracking = on.campaign.expect_tracking(use.tracking_name, outcome="unlocked")
            step.details, step.outcome = tracking.value, tracking.outcome
        except (AssertionError, Error) as problem:
            step.failure = str(problem)
            return


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
    with stage(given.browser, headed=given.headed, viewport=VIEWPORT) as on:
        walk(on, report)
    file = report.write()
    failures = [step for step in report.steps if step.failure]
    for step in failures:
        print(f"{step.use.title}: {step.failure}", file=sys.stderr)
    done = len(report.steps) - len(failures)
    print(f"{done} of {len(USES)} actions unlocked. The report: {file}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

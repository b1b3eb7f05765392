"""Runs `trk verify` as somebody does, on pages of a customer, and reads what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser

from e2e.pages import TRIGGER
from trk.cli import main
from trk_sdk import snippet
from trk_sdk.testkit.truth import Campaign
from trk_sdk.verify import watch
from trk_sdk.verify.observations import Observations
from trk_sdk.verify.options import VisitOptions
from trk_sdk.verify.visit import Tell, Visit

SHORT = ("--wait", "4")
"""For what does not come: it is waited for until the end."""
SILENT_SECONDS = 10.0
"""How long the visits of commands may say nothing here: they pass what a page may take to answer
that comes to rest."""


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
    """Run `trk verify` as a command."""
    return subprocess.run(
        command("verify", *arguments),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def command(*arguments: str) -> Sequence[str]:
    """The command `trk` with these arguments, which gives a silent visit up sooner than it does for
    others: what keeps a browser busy takes a processor for so long."""
    source = (
        f"from trk_sdk.verify import watch; watch.SILENT_SECONDS = {SILENT_SECONDS};"
        "from trk.cli import main; main(prog_name='trk')"
    )
    return (sys.executable, "-c", source, *arguments)


def run_in(browser: Browser, *arguments: str) -> Result:
    """Run `trk verify` with these arguments in this process, where it visits in the `browser`.

    A process and a browser of its own, as trk_verify() gives it, take longer than most visits.
    """

    def visited(options: VisitOptions, tell: Tell) -> Observations:
        try:
            return Visit(options, browser).observe(tell)
        finally:
            for context in browser.contexts:
                context.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "watch", visited)
        done = CliRunner().invoke(main, ("verify", *arguments), prog_name="trk")
    if not isinstance(done.exception, SystemExit | None):
        raise done.exception
    return done


def verify_in(browser: Browser, campaign: Campaign) -> Verify:
    """Runs `trk verify` in the `browser` and reads the JSON that it prints."""

    def run(url: str, *arguments: str, host: str = "", key: str = "") -> Report:
        given = ("--host", host or campaign.address, "--key", key or campaign.key)
        named = ("--browser", browser.browser_type.name, "--json")
        done = run_in(browser, url, *given, *named, *arguments)
        assert done.stdout, done.stderr
        report = Report(done.exit_code, json.loads(done.stdout))
        assert report.printed["status"] == report.status
        return report

    return run


def tag(campaign: Campaign) -> str:
    return snippet.async_tag(campaign.key, campaign.address)


def page(*head: str, trigger: str = TRIGGER) -> str:
    script = f"<script>{trigger}</script>" if trigger else ""
    icon = "<link rel=icon href=data:,>"
    return f"<!doctype html><meta charset=utf-8><head>{icon}{''.join(head)}{script}</head>"

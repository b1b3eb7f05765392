"""Runs `trk verify` as somebody does, on pages of a customer, and reads what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner
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
        [sys.executable, "-m", "trk", "verify", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _report(status: int, printed: str, otherwise: str) -> Report:
    assert printed, otherwise
    report = Report(status, json.loads(printed))
    assert report.printed["status"] == report.status
    return report


def _arguments(campaign: Campaign, browser: str, host: str, key: str) -> tuple[str, ...]:
    given = ("--host", host or campaign.address, "--key", key or campaign.key)
    return (*given, "--browser", browser, "--json")


def verify_in(browser: str, campaign: Campaign) -> Verify:
    """In processes and a browser of its own, which a page may keep busy or end."""

    def run(url: str, *arguments: str, host: str = "", key: str = "") -> Report:
        done = trk_verify(url, *_arguments(campaign, browser, host, key), *arguments)
        return _report(done.returncode, done.stdout, done.stderr)

    return run


def verify_with(browser: Browser, campaign: Campaign, patch: pytest.MonkeyPatch) -> Verify:
    """The same command in a browser that is there: to start it, and the processes between, is most
    of the work. For pages that leave the browser alone."""

    def visit(options: VisitOptions, tell: Tell) -> Observations:
        try:
            return Visit(options, browser).observe(tell)
        finally:
            browser.contexts[-1].close()

    def run(url: str, *arguments: str, host: str = "", key: str = "") -> Report:
        given = _arguments(campaign, browser.browser_type.name, host, key)
        patch.setattr(watch, "watch", visit)
        done = CliRunner().invoke(main, ["verify", url, *given, *arguments])
        return _report(done.exit_code, done.stdout, done.stderr)

    return run


def tag(campaign: Campaign) -> str:
    return snippet.async_tag(campaign.key, campaign.address)


def page(*head: str, trigger: str = TRIGGER) -> str:
    script = f"<script>{trigger}</script>" if trigger else ""
    icon = "<link rel=icon href=data:,>"
    return f"<!doctype html><meta charset=utf-8><head>{icon}{''.join(head)}{script}</head>"

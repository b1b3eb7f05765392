"""Runs `trk verify` as somebody does, on pages of a customer, and reads what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from e2e.pages import TRIGGER
from trk_sdk import snippet
from trk_sdk.testkit.truth import Campaign

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

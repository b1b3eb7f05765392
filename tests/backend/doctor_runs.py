"""`trk doctor` as an operator runs it, and what its findings are held to."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from trk.doctor.finding import Finding


def doctor(database: str, public_url: str, **settings: str) -> tuple[int, dict[str, Finding]]:
    """The exit status of `trk doctor --json`, and its findings by check."""
    done = trk(database, public_url, "doctor", "--json", **settings)
    found = json.loads(done.stdout)
    assert found["ok"] is (done.returncode == 0)
    return done.returncode, {each["check"]: Finding(**each) for each in found["checks"]}


def trk(
    database: str, public_url: str, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRK_")}
    ours = {"TRK_DATABASE": database, "TRK_PUBLIC_URL": public_url, **settings}
    command = [sys.executable, "-m", "trk", *arguments]
    return subprocess.run(
        command, env={**kept, **ours}, capture_output=True, text=True, check=False
    )


def is_failed(finding: Finding, found: str, todo: str) -> None:
    assert finding.status == "failed", finding
    assert found in finding.found
    assert todo in finding.todo


def is_warning(finding: Finding, found: str, todo: str) -> None:
    assert finding.status == "warning", finding
    assert found in finding.found
    assert todo in finding.todo

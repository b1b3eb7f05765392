"""`trk doctor` as an operator runs it, and what its findings are held to."""

from __future__ import annotations

import json
import os

from click.testing import CliRunner, Result

from trk.cli import main
from trk.doctor.finding import Finding


def doctor(database: str, public_url: str, **settings: str) -> tuple[int, dict[str, Finding]]:
    """The exit status of `trk doctor --json`, and its findings by check."""
    done = trk(database, public_url, "doctor", "--json", **settings)
    found = json.loads(done.stdout)
    assert found["ok"] is (done.exit_code == 0)
    return done.exit_code, {each["check"]: Finding(**each) for each in found["checks"]}


def trk(database: str, public_url: str, *arguments: str, **settings: str) -> Result:
    """Run the command line with these settings alone."""
    others = {name: None for name in os.environ if name.startswith("TRK_")}
    ours = {"TRK_DATABASE": database, "TRK_PUBLIC_URL": public_url, **settings}
    result = CliRunner(env={**others, **ours}).invoke(main, arguments, prog_name="trk")
    assert result.exit_code == 0 or isinstance(result.exception, SystemExit), result.exception
    return result


def is_failed(finding: Finding, found: str, todo: str) -> None:
    assert finding.status == "failed", finding
    assert found in finding.found
    assert todo in finding.todo


def is_warning(finding: Finding, found: str, todo: str) -> None:
    assert finding.status == "warning", finding
    assert found in finding.found
    assert todo in finding.todo

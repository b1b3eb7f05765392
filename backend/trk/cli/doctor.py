"""`trk doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from trk.cli.say import say
from trk.cli.work import run
from trk.core.printable import printable
from trk.doctor.examination import examine
from trk.doctor.finding import Finding
from trk.settings import Settings

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_obj
def doctor(settings: Settings, as_json: bool) -> None:
    """Check what the server needs, and say what to do.

    Run it on the server's machine with the server's settings in the environment. It changes nothing
    and sends no e-mail. It prints one line per check: ok, warning or failed. The exit status is 1
    if something failed.
    """
    findings: list[Finding] = run(examine(settings))
    well = all(finding.status != "failed" for finding in findings)
    if as_json:
        say(json.dumps({"ok": well, "checks": [asdict(each) for each in findings]}))
    else:
        for finding in findings:
            status = click.style(f"{finding.status:<8}", fg=_COLOURS[finding.status])
            todo = f". {finding.todo}" if finding.todo else ""
            said = printable(f"{finding.check:<15} {finding.found}{todo}", "\n")
            click.echo(f"{status} {said}")
    if not well:
        raise SystemExit(1)

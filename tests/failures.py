"""`--failures=FILE`: the names of the tests that failed, each with why, for the end of `make test`.

pytest itself tells them at the end of its run, after which thousands of lines of the next may come.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_LINES = 6
"""Of what a failure says: enough to know it by."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The command line's option."""
    parser.addoption(
        "--failures",
        type=Path,
        metavar="FILE",
        help="write into it the names of the tests that failed, each with why",
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write them down."""
    file: Path | None = config.getoption("--failures")
    if file is None:
        return
    told = [
        line
        for kind in ("failed", "error")
        for report in terminalreporter.getreports(kind)
        for line in (report.nodeid, *_why(report))
    ]
    file.write_text("".join(f"{line}\n" for line in told), encoding="utf-8")


def _why(report: pytest.TestReport) -> list[str]:
    """The first lines of the exception's, or the last of what was said instead of one."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        lines = report.longreprtext.splitlines()[-_LINES:]
    else:
        lines = f"{crash.path}:{crash.lineno}: {crash.message}".splitlines()[:_LINES]
    return [f"  {line}" for line in lines if line.strip()]

"""What tests of the command line look at: what a command has said, and its exit status."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]


def ok(result: Result) -> str:
    """What a command has said that went well."""
    assert result.exit_code == 0, result.output
    return result.output


def refused(result: Result, said: str) -> None:
    """It failed with one sentence that has `said` in it, not with a traceback."""
    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit)
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output

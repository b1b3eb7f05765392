"""`python -m tests.parts lint unit e2e`: the parts of `make test`, whatever becomes of the others.

The end says what failed, with the tests' names, and what did not run; the exit status is 0 only if
everything passed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from trk_sdk.testkit.browsers import NAMES

Command = Sequence[str]


class Ready(NamedTuple):
    """What a part's preparation came to: further arguments, and what is missing, in words.

    With None for the arguments the part can't run at all.
    """

    arguments: Command | None = ()
    missing: tuple[str, ...] = ()


class Part(NamedTuple):
    """Something that passes or fails, and what has to be there for it."""

    name: str
    command: Command
    prepare: Callable[[], Ready] = Ready
    failures: Path | None = None
    """The file in which its command tells what failed (tests/failures.py)."""


def module(*arguments: str) -> Command:
    """A command that runs a module with this Python."""
    return (sys.executable, "-m", *arguments)


def worked(command: Command) -> bool:
    """Run a command, whose output is seen; did it end well?"""
    return subprocess.run(command, check=False).returncode == 0


def _npm() -> Ready:
    return Ready() if worked(module("tests.sdk.node")) else Ready(None, ("npm's packages",))


def _programs() -> Ready:
    worked(module("tests.tools"))  # says itself which tests are skipped for want of what
    return Ready(missing=_npm().missing)  # the tests that need them fail


def _browsers() -> Ready:
    npm = _programs().missing
    if worked(module("tests.browsers")):
        return Ready(missing=npm)
    starting = [name for name in NAMES if worked(module("tests.browsers", name))]
    missing = (*npm, *(name for name in NAMES if name not in starting))
    chosen = [f"--trk-browser={name}" for name in starting]
    return Ready(chosen if starting else None, missing)


def groups(options: Command, folder: Path) -> dict[str, list[Part]]:
    """The parts by what `make` calls them; `options` are pytest's, and the `folder` is for what
    they tell."""

    def tests(name: str, where: str, prepare: Callable[[], Ready]) -> Part:
        failures = folder / where
        command = module("pytest", *options, f"--failures={failures}", where)
        return Part(name, command, prepare, failures)

    return {
        "lint": [
            Part("ruff check", module("ruff", "check", ".")),
            Part("ruff format", module("ruff", "format", "--check", ".")),
            Part("mypy", module("mypy")),
            Part("JavaScript (tsc and eslint)", module("tests.sdk.javascript"), _npm),
        ],
        # Two runs: synchronous Playwright leaves a running event loop behind.
        "unit": [tests("tests without a browser", "tests", _programs)],
        "e2e": [tests("tests in browsers", "e2e", _browsers)],
    }


def run(parts: Iterable[Part]) -> list[str]:
    """Run all parts; lines for each that failed, and one for each that did not run."""
    wrong = []
    for part in parts:
        print(f"== {part.name}", flush=True)
        ready = part.prepare()
        runs = ready.arguments is not None
        passed = ready.arguments is not None and worked([*part.command, *ready.arguments])
        if ready.missing:
            how = "ran without" if runs else "did not run, for want of"
            wrong.append(f"{part.name}: {how} {' and '.join(ready.missing)}")
        if runs and not passed:
            wrong.append(f"{part.name}: failed")
            if part.failures is not None and part.failures.exists():
                told = part.failures.read_text(encoding="utf-8").splitlines()
                wrong += [f"  {line}" for line in told]
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Run the groups that are named, with pytest's options behind them."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        known = groups((), Path(folder))
        named = groups([each for each in arguments if each not in known], Path(folder))
        try:
            wrong = run(part for name in arguments if name in named for part in named[name])
        except KeyboardInterrupt:
            print("\nStopped.")
            return 130
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    took = f"in {minutes} minutes and {seconds} seconds"
    if not wrong:
        print(f"All passed, {took}.")
        return 0
    print(f"\nNot everything passed, {took}:", *wrong, sep="\n  ")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.parts lint unit e2e`: the parts of `make test`, whatever becomes of the others.

What keeps one processor busy runs beside the first tests. The end says what failed, with the tests'
names, and what did not run; the exit status is 0 only if everything passed.
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
    beside: bool = False
    """Does it run beside the next that doesn't?"""


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
            Part("mypy", module("mypy"), beside=True),
            Part("JavaScript (tsc and eslint)", module("tests.sdk.javascript"), _npm, beside=True),
        ],
        # Two runs: synchronous Playwright leaves a running event loop behind.
        "unit": [tests("tests without a browser", "tests", _programs)],
        "e2e": [tests("tests in browsers", "e2e", _browsers)],
    }


class Beside:
    """A command that runs beside another, and whose output is seen when it has ended."""

    def __init__(self, command: Command) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  # closed when its end is awaited
        self._process = subprocess.Popen(command, stdout=self._output, stderr=subprocess.STDOUT)

    def worked(self) -> bool:
        """Wait for it, and show its output; did it end well?"""
        status = self._process.wait()
        with self._output:
            self._output.seek(0)
            print(self._output.read().decode(errors="replace"), end="", flush=True)
        return status == 0


def run(parts: Iterable[Part]) -> list[str]:
    """Run all parts; lines for each that failed, and one for each that did not run."""
    wrong: list[str] = []
    beside: list[tuple[Part, Ready, Beside]] = []
    for part in parts:
        if not part.beside:
            print(f"== {part.name}", flush=True)
        ready = part.prepare()
        command = [*part.command, *(ready.arguments or ())]
        if ready.arguments is None:
            wrong += _wrong(part, ready, passed=False)
        elif part.beside:
            beside.append((part, ready, Beside(command)))
        else:
            wrong += _wrong(part, ready, worked(command))
            wrong += _ended(beside)
    return wrong + _ended(beside)


def _ended(beside: list[tuple[Part, Ready, Beside]]) -> list[str]:
    wrong = []
    for part, ready, running in beside:
        print(f"== {part.name}", flush=True)
        wrong += _wrong(part, ready, running.worked())
    beside.clear()
    return wrong


def _wrong(part: Part, ready: Ready, passed: bool) -> list[str]:
    """What is to be told of a part at the end."""
    wrong = []
    runs = ready.arguments is not None
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

"""Which tests a run has: `make test` is short, `make test-all` (`--everything`) has all in all.

Four marks, of a test or (by `pytestmark`) of its file, say what the short run leaves out:

- `once`: a test would run on both databases or in both browsers though its outcome hangs on
  neither: the short run has it on SQLite and in Chromium only.
- `sampled`: a test's cases differ in what goes in, and go the same way: the short run has as few of
  them as show each value of each parameter; with a number, `sampled(5)`, so many of them, at
  equal distances.
- `by_turns`: what a file's tests show may hang on the database or the browser, but on no more than
  the statements or scripts that all of them use: the short run has each on one of them, by turns.
- `thorough`: what a test, or one case of it (by pytest.param), shows is shown by others that cost
  less: the short run has those only.

What is left is not collected as skipped: it is counted, and told at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

LEFT = {"database_url": "postgresql", "trk_browser_name": "firefox"}
"""What the short run leaves out of tests that are marked `once`, by the parameter that says so."""

_MARKS = (
    "once: without --everything on SQLite and in Chromium only",
    "sampled(cases): without --everything only some of the cases, or as many as are said",
    "by_turns: without --everything on one database or in one browser, by turns in a file",
    "thorough: only with --everything, since other tests show the same",
)
_COUNT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The command line's option."""
    parser.addoption(
        "--everything",
        action="store_true",
        help="also what `make test` leaves to `make test-all`: see tests/selection.py",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marks."""
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)
    config.stash[_COUNT] = 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `--everything` has."""
    if config.getoption("--everything"):
        return
    kept = set(_kept(items))
    left = [item for item in items if item not in kept]
    if left:
        config.stash[_COUNT] = len(left)
        items[:] = [item for item in items if item in kept]
        config.hook.pytest_deselected(items=left)


def _kept(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """What the short run has."""
    turns: Counter[Path] = Counter()
    ordered = sorted(items, key=_test)
    for _, same in groupby(ordered, key=_test):
        cases = [item for item in same if not _is_left(item)]
        if not cases:
            continue
        if cases[0].get_closest_marker("by_turns"):
            cases = _by_turns(cases, turns)
        sampled = cases[0].get_closest_marker("sampled")
        if sampled is None:
            yield from cases
        elif sampled.args:
            yield from _spread(cases, *sampled.args)
        else:
            yield from _covering(cases)


def _test(item: pytest.Item) -> str:
    """The test of which an item is a case."""
    return item.nodeid.partition("[")[0]


def _is_left(item: pytest.Item) -> bool:
    if item.get_closest_marker("thorough"):
        return True
    if item.get_closest_marker("once") is None:
        return False
    return any(_given(item).get(name) == value for name, value in LEFT.items())


def _by_turns(cases: Sequence[pytest.Item], turns: Counter[Path]) -> list[pytest.Item]:
    """Of the cases that differ only in the database or the browser, one each; `turns` counts those
    of each file."""
    alike: dict[tuple[object, ...], list[pytest.Item]] = {}
    for case in cases:
        alike.setdefault(_but_where(case), []).append(case)
    chosen = []
    for same in alike.values():
        chosen.append(same[turns[same[0].path] % len(same)])
        turns[same[0].path] += len(same) > 1
    return chosen


def _spread(cases: Sequence[pytest.Item], number: int) -> list[pytest.Item]:
    """So many of the cases, at equal distances."""
    return (
        [cases[n * len(cases) // number] for n in range(number)]
        if number < len(cases)
        else [*cases]
    )


def _covering(cases: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Few cases that together have each value of each parameter: always next the one with most
    that is new, and of these the one with least of what was had often."""
    values = {case: set(enumerate(_values(case))) for case in cases}
    missing = set().union(*values.values())
    had: Counter[tuple[int, str]] = Counter()
    chosen = []
    while missing:
        best = max(
            cases,
            key=lambda case: (
                len(values[case] & missing),
                -sum(had[each] for each in values[case]),
            ),
        )
        chosen.append(best)
        missing -= values[best]
        had.update(values[best])
    return chosen


def _but_where(case: pytest.Item) -> tuple[object, ...]:
    """The values of a case but the database and the browser."""
    where = {str(_given(case)[name]) for name in LEFT if name in _given(case)}
    return tuple(each for each in _values(case) if each not in where)


def _given(case: pytest.Item) -> Mapping[str, object]:
    callspec: Any = getattr(case, "callspec", None)
    return callspec.params if callspec else {}


def _values(case: pytest.Item) -> tuple[str, ...]:
    """The value of each parameter, by its name in the brackets. Only so pytest knows them apart:
    what it tells everybody is the brackets' whole text, and numbers that count cases."""
    callspec: Any = getattr(case, "callspec", None)
    return tuple(callspec._idlist) if callspec else ("",)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that distributes tests (pytest-xdist) what its worker has left."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = session.config.stash[_COUNT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take that from a worker: all have collected the same."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]
    config.stash[_COUNT] = getattr(node, "workeroutput", {}).get("left", config.stash[_COUNT])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """How many were left out."""
    if left := config.stash[_COUNT]:
        terminalreporter.write_line(
            f"{left} more (other databases, browsers and inputs) are left to `make test-all`."
        )

"""Which tests a run has: `make test` is short, `make test-all` (`--everything`) has all in all.

Where a test would run on both databases or in both browsers though its outcome hangs on neither,
it (or its file, by `pytestmark`) has the mark `once`, and the short run has it on SQLite and in
Chromium only. What is left is not collected as skipped: it is counted, and told at the end.
"""

from __future__ import annotations

import pytest

LEFT = {"database_url": "postgresql", "trk_browser_name": "firefox"}
"""What the short run leaves out of tests that are marked, by the parameter that says so."""

_COUNT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The command line's option."""
    parser.addoption(
        "--everything",
        action="store_true",
        help="also what `make test` leaves to `make test-all`: see the mark `once`",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marks."""
    config.addinivalue_line("markers", "once: without --everything on SQLite and in Chromium only")
    config.stash[_COUNT] = 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `--everything` has."""
    if config.getoption("--everything"):
        return
    left = [item for item in items if _is_left(item)]
    if left:
        config.stash[_COUNT] = len(left)
        items[:] = [item for item in items if item not in set(left)]
        config.hook.pytest_deselected(items=left)


def _is_left(item: pytest.Item) -> bool:
    if item.get_closest_marker("once") is None or not isinstance(item, pytest.Function):
        return False
    given = item.callspec.params if hasattr(item, "callspec") else {}
    return any(given.get(name) == value for name, value in LEFT.items())


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
            f"{left} more (the other database or browser) are left to `make test-all`."
        )

"""Fixtures: WebKit, with a fresh profile for each test that asks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.webkit import launching
from e2e.webkit.browser import Browser
from tests import browsers, debian


@pytest.fixture(scope="session")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where WebKit draws; where there is no WebKit, the tests that need it are skipped.

    In continuous integration they fail where it can be installed: there, a skipped test would pass
    for a green one.
    """
    if problem := browsers.webkit_problem():
        if os.environ.get("CI") and debian.can_install():
            pytest.fail(problem)
        pytest.skip(problem)
    with launching.display(tmp_path_factory.mktemp("xvfb") / "log") as name:
        yield name


@pytest.fixture
def webkit(screen: str, tmp_path: Path) -> Iterator[Browser]:
    """WebKit, started for this test."""
    with launching.browser(screen, tmp_path / "webkit.log") as started:
        yield started

"""What a failed test leaves of its browsers: a trace and pictures, in a folder of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error


def folder_of(request: pytest.FixtureRequest) -> Path:
    """Where this test's artifacts go, under --trk-artifacts."""
    name = re.sub(r"[^\w.-]+", "-", request.node.nodeid).strip("-")
    return Path(request.config.rootpath, request.config.getoption("--trk-artifacts"), name[-150:])


def keep(context: BrowserContext, folder: Path) -> None:
    """Leave a context's trace and a screenshot of each of its pages in `folder`."""
    try:
        for number, page in enumerate(context.pages):
            page.screenshot(path=folder / f"page-{number}.png", timeout=5000)
        context.tracing.stop(path=folder / "trace.zip")
    except Error as error:
        # The test has failed already; a browser that is gone must not hide why.
        print(f"no trace could be kept in {folder}: {error.message}")

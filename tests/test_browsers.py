"""What is said where a browser for the tests is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browsers import webkit_problem

ROOT = Path(__file__).parents[1]


def test_a_machine_without_webkit_is_told_what_is_missing_and_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Xvfb").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert webkit_problem() == (
        "WebKitWebDriver is missing; "
        "Debian: sudo apt-get install --no-install-recommends webkit2gtk-driver xvfb"
    )
    (tmp_path / "WebKitWebDriver").touch(mode=0o755)
    assert webkit_problem() is None


@pytest.mark.parametrize(
    "command",
    [
        ("trk_sdk.testkit.browsers",),
        ("trk", "verify", "http://127.0.0.1:9/", "--key", "y2sB7"),
        ("e2e.walkthrough", "--out", "OUT"),
    ],
    ids=lambda command: command[0],
)
def test_a_missing_browser_is_told_without_the_noise_of_python(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    nothing = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", *(str(tmp_path / "o") if a == "OUT" else a for a in command)],
        env={**os.environ, **nothing, "HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (1, 2), done.stderr
    assert "chromium can't be started: no chromium was found on this machine" in done.stderr
    assert "playwright install --with-deps chromium" in done.stderr
    for noise in ("Task was destroyed", "never retrieved", "Traceback"):
        assert noise not in done.stderr

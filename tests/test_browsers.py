"""What is said where a browser for the tests is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browsers import webkit_problem


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

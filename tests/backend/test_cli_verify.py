"""`trk verify` where no browser is needed: its arguments, and what is missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trk.cli import main

Run = Callable[..., Result]
URL = "https://shop.example/thanks"


@pytest.fixture
def verify(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `trk verify` with these arguments, on a machine that has no Playwright."""
    for name in [name for name in os.environ if name.startswith("TRK_")]:
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "trk_sdk.testkit.browsers", raising=False)
    monkeypatch.delitem(sys.modules, "trk_sdk.verify.visit", raising=False)
    monkeypatch.delitem(sys.modules, "trk_sdk.verify.watch", raising=False)
    monkeypatch.setitem(sys.modules, "playwright", None)
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ("verify", *arguments), prog_name="trk")

    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument 'URL'"),
        ((URL,), "Missing option '--key'"),
        (("shop.example", "--key", "y2sB7"), "URL is 'shop.example'; expected the address of a"),
        (("file:///etc/passwd", "--key", "y2sB7"), "URL is 'file:///etc/passwd'; expected"),
        (("https://", "--key", "y2sB7"), "URL is 'https://'; expected"),
        (("https://[::1", "--key", "y2sB7"), "URL is 'https://[::1'; expected"),
        (("https://h:99999/", "--key", "y2sB7"), "URL is 'https://h:99999/'; expected"),
        ((URL, "--key", "y2"), "--key is 'y2'; expected 5 to 40 of A-Z, a-z, 0-9"),
        ((URL, "--key", "../etc"), "--key is '../etc'; expected"),
        ((URL, "--key", "y2sB7", "--host", "track"), "--host is 'track'; expected an address"),
        ((URL, "--key", "y2sB7", "--host", "https://h/x"), "--host is 'https://h/x'; expected"),
        ((URL, "--key", "y2sB7", "--wait", "0"), "0.0 is not in the range"),
        ((URL, "--key", "y2sB7", "--wait", "long"), "'long' is not a valid float"),
        ((URL, "--key", "y2sB7", "--browser", "lynx"), "'lynx' is not one of"),
        ((URL, "--key", "y2sB7", "--screenshot", "a.gif"), "'a.gif'; expected a file that ends"),
        (
            (URL, "--key", "y2sB7", "--screenshot", "no/such/a.png"),
            "--screenshot is 'no/such/a.png'; expected a file in a folder that exists",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_argument_is_told_in_a_sentence_with_status_2(
    verify: Run, arguments: tuple[str, ...], said: str
) -> None:
    result = verify(*arguments)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_without_playwright_it_says_how_to_install_it(verify: Run) -> None:
    result = verify(URL, "--key", "y2sB7")
    assert result.exit_code == 2
    assert '.venv/bin/pip install -e ".[testkit]"' in result.stderr
    assert 'make wheel, then: pip install "FILE.whl[testkit]"' in result.stderr
    assert "python -m trk_sdk.testkit.browsers" in result.stderr
    assert "Traceback" not in result.output


def test_the_help_says_that_it_is_a_real_visit_and_needs_no_database(
    verify: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = verify("--help")
    assert result.exit_code == 0
    assert "This is a real visit" in result.output
    assert "Exit status:" in result.output
    assert list(tmp_path.iterdir()) == []

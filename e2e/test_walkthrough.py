"""The walkthrough's report: all eight uses and two more languages, in one folder to hand on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from trk_shop.uses import USES

pytestmark = pytest.mark.once


def test_the_walkthrough_unlocks_all_and_its_report_stands_alone(
    trk_browser_name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    # In a process of its own: two synchronous Playwrights can't live in one.
    done = subprocess.run(
        [
            *(sys.executable, "-m", "e2e.walkthrough"),
            *("--out", str(folder), "--browser", trk_browser_name),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"8 of 8 actions unlocked. The report: {folder}/index.html" in done.stdout
    html = (folder / "index.html").read_text(encoding="utf-8")
    for use in USES:
        assert f"<dd>{use.tracking_name}</dd>" in html
    assert html.count("✓ Unlocked") == len(USES)
    linked = set(re.findall(r'(?:src|href)="([^"#]+)"', html))
    pictures = {file.name for file in folder.glob("*.jpg")}
    assert len(pictures) == 1 + 2 * len(USES) + 5 + 11
    assert linked == pictures
    # Lena's e-mail is in German, as the page was for her.
    [letter] = re.findall(r'<div class="letter" lang="de">(.*?)</div>', html, re.S)
    assert "„Gewinne ein Tourenrad“" in letter
    assert "Hallo Lena Beispiel," in letter

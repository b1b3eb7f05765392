"""The test kit in a team's own run: the README's test as it stands, and what a failure leaves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_readmes_test_passes_as_it_stands(tmp_path: Path) -> None:
    readme = (ROOT / "sdk/trk_sdk/testkit/README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(code[code.index("def ") :].splitlines()) == 10
    done = _pytest(tmp_path, code)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_failed_test_leaves_a_trace_and_a_screenshot(tmp_path: Path) -> None:
    code = """
def test_it(trk_campaign, trk_site, trk_page):
    campaign = trk_campaign("VIP")
    trk_page.goto(trk_site.page("/shop", campaign.loader + "<h1>Shop</h1>"))
    trk_page.evaluate("window.Gleam = window.Gleam || []; Gleam.push(['VIP', 'silver'])")
    campaign.expect_tracking("VIP", "silver")
    campaign.expect_tracking("VIP", "gold", timeout=0)

def test_that_passes(trk_page):
    trk_page.goto("about:blank")
"""
    done = _pytest(tmp_path, code, "--trk-browser", "chromium")
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "'VIP', 'silver' (waiting) of visitor" in done.stdout
    left = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("artifacts/*/*/*"))
    folder = Path("artifacts/test_team.py-test_it-chromium/context-0")
    assert left == [folder / "page-0.png", folder / "trace.zip"]


def _pytest(folder: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `code` as a team would: a file in a folder of its own, the plugin installed."""
    (folder / "test_team.py").write_text(code, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_team.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PY_COLORS": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )

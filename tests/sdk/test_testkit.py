"""The test kit as the plugin that a front-end team installs, run by a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from trk_sdk.testkit import plugin

ROOT = Path(__file__).parents[2]

FILES = {
    "pushing.py": """
import json
import urllib.request

def push(campaign, *pairs, n=0):
    beacon = {"id": f"0193e5b4-6f3a-7c1e-9d2a-{n:012x}", "visitor": "a" * 32, "pairs": pairs}
    body = json.dumps(beacon).encode()
    request = urllib.request.Request(f"{campaign.url}/beacon", body, {"Content-Type": "text/plain"})
    urllib.request.urlopen(request, timeout=30).close()
""",
    "test_expected.py": """
from pushing import push

def test_tracking(trk_campaign):
    campaign = trk_campaign("VIP")
    push(campaign, ["VIP", "silver"], ["vpi"])
    campaign.expect_tracking("VIP", "gold", timeout=0.1)

def test_order(trk_campaign):
    campaign = trk_campaign("VIP")
    push(campaign, ["b", "2"], ["a", "1"])
    campaign.expect_trackings(("a", "1"), ("b", "2"))

def test_unlocked(trk_campaign):
    campaign = trk_campaign("VIP")
    push(campaign, ["VIP", "silver"])
    campaign.expect_unlocked("VIP", email="ann@example.org", timeout=0.1)

def test_nothing(trk_campaign):
    trk_campaign("VIP").expect_tracking("VIP", timeout=0.1)
""",
    "test_shared.py": """
from pushing import push

def test_two(trk_campaign, trk_backend):
    first, second = trk_campaign("VIP"), trk_campaign("VIP", timezone="Europe/Berlin")
    push(first, ["VIP", "1"])
    push(second, ["VIP", "2"])
    assert first.expect_tracking("VIP").value == "1"
    second.expect_trackings(("VIP", "2"))
    assert first.url.startswith(trk_backend.url) and first.key != second.key
""",
    "test_own.py": """
import urllib.error
import pytest
from pushing import push

def test_outage(trk_campaign, trk_own_backend):
    campaign = trk_campaign("VIP", key="y2sB7", on=trk_own_backend)
    push(campaign, ["VIP", "1"], n=1)
    for end in (trk_own_backend.stop, trk_own_backend.kill):
        end()
        with pytest.raises(urllib.error.URLError):
            push(campaign, ["VIP", "lost"], n=2)
        trk_own_backend.start()
    push(campaign, ["VIP", "3"], n=3)
    campaign.expect_trackings(("VIP", "1"), ("VIP", "3"))
""",
    "test_refused.py": "def test_it(trk_campaign): trk_campaign('VIP', key='no')",
    # Without browsers, nothing of theirs is loaded either.
    "test_z_light.py": "import sys\ndef test_it(): assert 'playwright' not in sys.modules",
}
"""A project's tests: each file is of one test here."""

# Those of whoever runs the tests, which must not reach the server.
SETTINGS = {
    "TRK_DATABASE": "postgresql://nobody@nowhere.invalid/none",
    "TRK_PUBLIC_URL": "nonsense",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What pytest prints of FILES, run once in a folder in which this project's packages are
    installed: each run starts a server of its own."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--rootdir", folder],
        cwd=folder,
        # A failing test is written without colours, whatever the terminal of this run is.
        env={**os.environ, "PYTHONPATH": str(ROOT), "PY_COLORS": "0", **SETTINGS},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()


def outcomes(said: list[str], file: str) -> list[str]:
    """How each test of a file ended, in their order."""
    found = (re.match(rf"{file}::\S+ +(\w+) +\[", line) for line in said)
    return [each[1] for each in found if each]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A pytest run in an empty folder, in which this project's packages are installed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return pytester


def test_an_expectation_that_fails_says_what_did_arrive(said: list[str]) -> None:
    assert outcomes(said, "test_expected.py") == ["FAILED"] * 4
    visitor = "a" * 32
    pytest.LineMatcher(said).fnmatch_lines(
        [
            "*expected the tracking 'VIP' with value 'gold' in campaign * within *.",
            "*Unlocked: nothing.",
            "*Stored:",
            f"*'VIP', 'silver' (waiting) of visitor {visitor}",
            f"*'vpi', None (unmatched) of visitor {visitor}",
            "*log of http://localhost:*",
            "*[[]('b', '2'), ('a', '1')[]] == [[]('a', '1'), ('b', '2')[]]",
            "*expected the action 'VIP' unlocked with email 'ann@example.org' in campaign *",
            f"*'VIP', 'silver' (waiting) of visitor {visitor}",
            "*expected the tracking 'VIP' in campaign * within 0.1 s.",
            "*Unlocked: nothing.",
            "*Stored: nothing.",
        ]
    )


def test_campaigns_of_one_run_share_a_server_and_nothing_else(said: list[str]) -> None:
    assert outcomes(said, "test_shared.py") == ["PASSED"]


def test_a_server_of_the_tests_own_comes_back_with_its_address_and_database(
    said: list[str],
) -> None:
    assert outcomes(said, "test_own.py") == ["PASSED"]


def test_a_campaign_that_cannot_be_made_says_why(said: list[str]) -> None:
    assert outcomes(said, "test_refused.py") == ["FAILED"]
    pytest.LineMatcher(said).fnmatch_lines(
        ["*APIError: POST /campaigns: 400 *key is 'no'; expected 5 to 40 of *"]
    )


def test_a_run_without_a_page_loads_no_playwright(said: list[str]) -> None:
    assert outcomes(said, "test_z_light.py") == ["PASSED"]


def test_a_test_with_a_page_runs_once_in_each_browser_that_is_asked_for(
    run: pytest.Pytester,
) -> None:
    run.makepyfile("def test_it(trk_page): pass")
    collect = ("--collect-only", "-q")
    both = run.runpytest_subprocess(*collect)
    both.stdout.fnmatch_lines(["*::test_it[[]chromium]", "*::test_it[[]firefox]"])
    one = run.runpytest_subprocess(*collect, "--trk-browser", "firefox")
    assert "chromium" not in one.stdout.str()
    one.stdout.fnmatch_lines(["*::test_it[[]firefox]"])


def test_its_page_names_every_fixture_and_option() -> None:
    page = (ROOT / "sdk/trk_sdk/testkit/README.md").read_text(encoding="utf-8")
    source = Path(plugin.__file__).read_text(encoding="utf-8")
    fixtures = re.findall(r"^def (trk_\w+)", source, re.MULTILINE)
    options = re.findall(r'"(--trk-[a-z]+)"', source)
    assert len(fixtures) >= 9
    assert len(options) >= 3
    assert [name for name in [*fixtures, *options] if f"`{name}" not in page] == []

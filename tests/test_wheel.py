"""What is installed from the built wheel, without this checkout, is a whole product."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from trk_sdk.testkit.process import Server

ROOT = Path(__file__).parents[1]
CREATE = ("campaign", "create", "Win a bike", "--key", "y2sB7")
FOLDERS = {"backend/trk", "sdk/trk_sdk"}

THEIRS = ("backend", "sdk", "tests")
"""Folders that a customer's project has, and this checkout too."""
OWN_TEST = """
import {name}
import {name}.test_own


def test_it_is_the_projects_own():
    assert {name}.OWNER == "the customer"
    assert {name}.test_own.__file__ == __file__
"""
KIT_TEST = """
import json
import urllib.request


def test_a_beacon_is_stored(trk_campaign, trk_site):
    campaign = trk_campaign("Purchase", url=trk_site.page("/shop", "<title>Shop</title>"))
    beacon = {
        "id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab",
        "visitor": "a" * 32,
        "pairs": [["Purchase", "order-17"]],
    }
    request = urllib.request.Request(
        f"{campaign.url}/beacon", json.dumps(beacon).encode(), {"Content-Type": "text/plain"}
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
    campaign.expect_tracking("Purchase", "order-17", outcome="waiting")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*command, str(folder)], cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder)
    found = folder / "bin"
    install = ["-m", "pip", "--python", str(found / "python"), "install", "--quiet"]
    subprocess.run(
        [sys.executable, *install, "--no-deps", "--no-index", str(wheel)],
        check=True,
        capture_output=True,
    )
    return found


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """In which the wheel finds the packages that it needs, but neither this checkout nor settings,
    nor what this run of pytest tells its own processes.

    Python does not follow the .pth files of a folder in PYTHONPATH: this project, which is
    installed by one, stays out.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TRK_", "PYTEST_"))
    }
    return {
        **kept,
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "TRK_DATABASE": f"sqlite:///{tmp_path / 'trk.db'}",
    }


def ran(environment: Mapping[str, str], folder: Path, *command: str | Path) -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def client(
    programs: Path,
    environment: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[httpx.Client]:
    """A client of a server that was installed from the wheel and has a new database."""
    monkeypatch.chdir(tmp_path)
    server = Server([str(programs / "trk"), "serve"], tmp_path / "log")
    try:
        server.start({**environment, "TRK_PUBLIC_URL": server.url})
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as made:
            yield made
    finally:
        server.close()


def test_the_wheel_has_every_file_of_the_product_and_nothing_else(wheel: Path) -> None:
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *sorted(FOLDERS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip("this is no checkout of git: which files are the product's is not known")
    expected = {
        name.partition("/")[2] for name in done.stdout.splitlines() if (ROOT / name).is_file()
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == expected


def test_what_runs_is_what_was_installed(
    programs: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    where = "import trk, trk_sdk; print(trk.__file__, trk_sdk.__file__)"
    said = ran(environment, tmp_path, programs / "python", "-c", where)
    assert all(each.startswith(str(programs.parent)) for each in said.split())


def test_it_serves_its_pages_its_script_and_its_files_and_stores_a_beacon(
    client: httpx.Client, programs: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    ran(environment, tmp_path, programs / "trk", *CREATE)
    for path, text in {
        "/": "owner",
        "/api": "openapi.json",
        "/api/v1/openapi.json": "3.1",
        "/y2sB7": "Win a bike",
        "/y2sB7/trk.js": "y2sB7",
        "/y2sB7/ol.js": "y2sB7",
        "/y2sB7/embed.js": "y2sB7",
    }.items():
        answer = client.get(path, follow_redirects=True)
        assert (answer.status_code, text in answer.text) == (200, True), (path, answer.text)
    page = client.get("/api").text
    assert page.count("/static/")
    for part in page.split('"/static/')[1:]:
        file = part.partition('"')[0]
        assert client.get(f"/static/{file}").status_code == 200, file
    beacon = {
        "id": "0193e5b4-6f3a-7c1e-9d2a-0123456789ab",
        "visitor": "a" * 32,
        "pairs": [["VIP"]],
    }
    assert client.post("/y2sB7/beacon", json=beacon).json()["pairs"] == ["unmatched"]


def test_the_script_and_the_package_can_be_built(
    programs: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    assert "trk.js" in ran(environment, tmp_path, programs / "python", "-m", "trk_sdk", "build")
    ran(environment, tmp_path, programs / "python", "-m", "trk_sdk", "npm", "--out", "package")
    assert (tmp_path / "package" / "package.json").is_file()


def test_the_test_kit_works_in_a_project_that_has_folders_of_the_same_names(
    programs: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for name in THEIRS:
        folder = project / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text('OWNER = "the customer"\n', encoding="utf-8")
        (folder / "test_own.py").write_text(OWN_TEST.format(name=name), encoding="utf-8")
    (project / "tests" / "test_shop.py").write_text(KIT_TEST, encoding="utf-8")
    said = ran(environment, project, programs / "python", "-m", "pytest", "-p", "no:cacheprovider")
    assert f"{len(THEIRS) + 1} passed" in said

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
    """In which the wheel finds the packages that it needs, but neither this checkout nor settings.

    Python does not follow the .pth files of a folder in PYTHONPATH: this project, which is
    installed by one, stays out.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRK_")}
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


def test_it_serves_its_pages_its_script_and_its_files(
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


def test_a_beacon_is_stored(
    client: httpx.Client, programs: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    ran(environment, tmp_path, programs / "trk", *CREATE)
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

"""What `make` says on a machine that lacks something: a sentence and a remedy, and nothing made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "environment"
LOCK = ROOT / "requirements.lock"
SERVERS_LOCK = ROOT / "backend" / "trk" / "operating" / "requirements.lock"

OLD = '[ "$1" = --version ] && echo "Python 3.9.2" && exit 0; exit 1'
WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac'


@pytest.mark.parametrize(
    ("python", "said", "remedy"),
    [
        (None, "Python 3.11 or newer is needed; found: no python3.", "apt-get install python3"),
        (OLD, "Python 3.11 or newer is needed; found: Python 3.9.2.", "make … PYTHON3="),
        (WITHOUT_VENV, "its venv package is missing", "apt-get install python3.11-venv"),
    ],
    ids=["no python", "old python", "no venv"],
)
def test_a_python_that_is_missing_old_or_incomplete_is_told_with_a_remedy(
    tmp_path: Path, python: str | None, said: str, remedy: str
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    shell = shutil.which("sh")
    assert shell is not None
    if python is not None:
        (programs / "python3").write_text(f"#!{shell}\n{python}\n")
        (programs / "python3").chmod(0o755)
    done = subprocess.run(
        [shell, SCRIPT, tmp_path / "venv"],
        env={"PATH": str(programs)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert remedy in done.stderr
    assert not (tmp_path / "venv").exists()


def pinned(lock: Path) -> dict[str, str]:
    """The version of each package that a lock pins."""
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", lock.read_text(), re.MULTILINE))


def test_the_servers_lock_has_all_that_a_server_needs_as_the_whole_lock_pins_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[^\w.-]", each)[0].lower() for each in project["dependencies"]}
    servers, whole = pinned(SERVERS_LOCK), pinned(LOCK)
    # The packages' names are written as the index does.
    assert {name.replace(".", "-") for name in needed} <= set(servers)
    assert {name: whole.get(name) for name in servers} == servers


def test_patroni_s_lock_has_the_version_that_is_asked_for_and_a_hash_of_each_package() -> None:
    lock = SERVERS_LOCK.with_name("patroni.lock")
    asked = (ROOT / "tests" / "cluster" / "requirements.in").read_text("utf-8")
    [version] = re.findall(r"^patroni\[etcd3\]==(\S+)$", asked, re.M)
    assert pinned(lock)["patroni"] == version
    text = lock.read_text("utf-8")
    assert len(
        re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==.* \\\n    --hash=sha256:", text, re.M)
    ) == len(pinned(lock))
    assert "://" not in text


@pytest.mark.sampled(1)
@pytest.mark.parametrize("which", ["demo", ""])
def test_without_a_network_there_is_one_sentence_and_what_pip_said_is_kept(
    tmp_path: Path, which: str
) -> None:
    for lock in (LOCK, SERVERS_LOCK):
        copy = tmp_path / lock.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(lock, copy)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PIP_")}
    nowhere = {
        **{"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"},
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",  # where nothing listens
    }
    done = subprocess.run(
        ["sh", SCRIPT, "venv", *([which] if which else [])],
        env={**kept, **nowhere, "PYTHON3": sys.executable},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    [said] = done.stderr.splitlines()
    assert "can't be installed. Is there a network" in said
    assert "venv/pip.log has what pip said" in said
    assert "No matching distribution" in (tmp_path / "venv" / "pip.log").read_text()
    assert not list((tmp_path / "venv").glob(".ready*"))

"""What `make` says on a machine that lacks something: a sentence and a remedy, and nothing made."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "environment"

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

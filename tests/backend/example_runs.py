"""Runs examples of the API as they stand: in a shell, in Python and in Node."""

from __future__ import annotations

import io
import subprocess
from contextlib import redirect_stdout
from pathlib import Path
from urllib.error import HTTPError

from tests.sdk.node import node


def run_curl(codes: list[str], folder: Path) -> list[str]:
    """The status and the body of each answer, after a blank."""
    said, file = [], folder / "answer"
    for code in codes:
        file.write_text("")
        # Behind the example, which stays as it is shown.
        told = ["sh", "-c", f"{code} -s -o {file} -w '%{{http_code}}'"]
        made = subprocess.run(told, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        said.append(f"{made.stdout} {file.read_text()}")
    return said


def run_python(codes: list[str], folder: Path) -> list[str]:
    """The same; in this process, because to start another takes longer than the call."""
    said = []
    for code in codes:
        with redirect_stdout(io.StringIO()) as printed:
            try:
                exec(compile(code, "example.py", "exec"), {})
            except HTTPError as problem:
                with problem:
                    print(problem.status, problem.read().decode())
        said.append(printed.getvalue())
    return said


def run_node(codes: list[str], folder: Path) -> list[str]:
    """The same; all in one process, for the same reason."""
    for n, code in enumerate(codes):
        (folder / f"{n}.mjs").write_text(code)
    every = f"for (let n = 0; n < {len(codes)}; n += 1)"
    (folder / "all.mjs").write_text(every + " { await import(`./${n}.mjs`); console.log('\\0') }")
    made = node("all.mjs", cwd=folder)
    assert made.returncode == 0, made.stderr
    return made.stdout.split("\0\n")[:-1]


RUN = {"curl": run_curl, "python": run_python, "javascript": run_node}

"""What `make lint` checks of JavaScript is all of it, and a mistake is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.sdk import node
from tests.sdk.javascript.__main__ import FOLDERS, HERE, PROJECTS, ROOT
from trk_sdk import builder


def files_of(project: Path) -> set[Path]:
    program = node.tools() / node.COMPILERS["TypeScript 5"] / "bin" / "tsc"
    listed = node.node(program, "--project", project, "--listFilesOnly", cwd=HERE)
    return {Path(line) for line in listed.stdout.splitlines() if line.endswith(".js")}


def test_every_script_has_its_types_checked() -> None:
    scripts = {file for folder in FOLDERS for file in (ROOT / folder).rglob("*.js")}
    assert len(scripts) > 10
    assert set().union(*map(files_of, PROJECTS)) == scripts


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("say(SENTENCE.PUSHED + jsno(1));", "Cannot find name 'jsno'"),
        ("outbox[0].boby = 1;", "'boby' does not exist"),
        ("send(7);", "type 'number'"),
        ("new Map();", "Cannot find name 'Map'"),
    ],
)
def test_a_mistake_in_trk_js_is_found(mistake: str, said: str, tmp_path: Path) -> None:
    strict = json.loads((HERE / "strict.json").read_text("utf-8"))
    strict["files"] = ["words.d.ts", *(path.name for path in builder.SOURCES)]
    (tmp_path / "tsconfig.json").write_text(json.dumps(strict), encoding="utf-8")
    shutil.copy(HERE / "words.d.ts", tmp_path)
    for path in builder.SOURCES:
        shutil.copy(path, tmp_path)
    with (tmp_path / "start.js").open("a", encoding="utf-8") as last:
        last.write(f"{mistake}\n")
    assert said in node.check_types(tmp_path / "tsconfig.json")


@pytest.mark.parametrize(
    "mistake", ["let a = 1;", "if (a = 1) a();", "// eslint-disable-line no-var"]
)
def test_eslint_reads_scripts_as_es5(mistake: str, tmp_path: Path) -> None:
    (tmp_path / "script.js").write_text(f"var a;\n{mistake}\n", encoding="utf-8")
    assert "script.js" in node.lint(HERE / "eslint.config.mjs", ".", cwd=tmp_path)

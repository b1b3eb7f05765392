"""The types of the page's global, as real compilers read them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import trk_sdk
from tests.sdk import node

SDK = Path(trk_sdk.__file__).parent
EXAMPLES = Path(__file__).parent / "types"
CASES = json.loads((SDK / "vectors.json").read_text("utf-8"))["cases"]

IGNORED = {"rubbish is ignored, the rest is sent"}
"""The vectors of which trk.js warns: a compiler says so earlier."""

pytestmark = pytest.mark.parametrize("compiler", node.COMPILERS)


def test_every_call_shape_compiles(compiler: str, tmp_path: Path) -> None:
    accepted = (EXAMPLES / "accepted.ts").read_text("utf-8")
    assert errors(compiler, accepted, tmp_path) == {}


def test_every_line_that_is_a_mistake_is_refused(compiler: str, tmp_path: Path) -> None:
    refused = (EXAMPLES / "refused.ts").read_text("utf-8")
    found = errors(compiler, refused, tmp_path)
    lines = dict(enumerate(refused.splitlines(), 1))
    assert [line for n, line in lines.items() if n not in found] == [lines[1], ""]


def test_the_vectors_compile_unless_they_are_ignored(compiler: str, tmp_path: Path) -> None:
    head = "declare function F(): void; declare const G: Gleam.Queue;"
    # A line for each case: its number names the case.
    script = "\n".join([head, *(f"{{ {case['call']} }}" for case in CASES)])
    found = errors(compiler, script, tmp_path)
    assert {CASES[line - 2]["name"] for line in found} == IGNORED


def test_each_thing_of_an_ignored_vector_is_refused_by_itself(
    compiler: str, tmp_path: Path
) -> None:
    (call,) = (case["call"] for case in CASES if case["name"] in IGNORED)
    # What stands between top-level commas; no text in there has one.
    items = re.findall(r"\[(?:\[\]|[^\[\]]*)\]|[^\s,]+", call.removeprefix("Gleam.push(")[:-1])
    assert ", ".join(items) == call.removeprefix("Gleam.push(")[:-1]
    found = errors(compiler, "\n".join(f"Gleam.push({item});" for item in items), tmp_path)
    accepted = [item for n, item in enumerate(items, 1) if n not in found]
    assert accepted == ["['ok', '1']"]


def errors(compiler: str, script: str, folder: Path) -> dict[int, str]:
    """What the compiler says of a page's script, line number to the first message."""
    (folder / "page.ts").write_text(script, encoding="utf-8")
    options = {
        "strict": True,
        "exactOptionalPropertyTypes": True,
        "noEmit": True,
        "target": "es2017",
        "module": "esnext",
        "moduleResolution": "bundler",
        "types": [],
    }
    project = {"compilerOptions": options, "files": [str(SDK / "trk.d.ts"), "page.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(project), encoding="utf-8")
    done = node.tsc(compiler, folder)
    found: dict[int, str] = {}
    for text in done.stdout.splitlines():
        if text.startswith(" "):
            continue  # goes on with the message above
        place = re.fullmatch(r"page\.ts\((\d+),\d+\): (error TS\d+: .*)", text)
        assert place, f"expected errors of page.ts only:\n{done.stdout}{done.stderr}"
        found.setdefault(int(place[1]), place[2])
    assert bool(found) == bool(done.returncode), done.stdout + done.stderr
    return found

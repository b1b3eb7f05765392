"""The npm package: what is in it, that it does nothing on a server, and what bundlers leave out."""

from __future__ import annotations

import json
import re
import tarfile
import tomllib
from pathlib import Path

import pytest

from tests.sdk import node, packed
from trk_sdk import builder, npm
from trk_sdk.__main__ import main

ROOT = Path(__file__).parents[2]
HOST = "https://track.example.org"

FILES = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "index.cjs",
    "index.d.cts",
    "index.d.ts",
    "index.mjs",
    "package.json",
    "trk.d.ts",
}

USE = """
load('y2sB7', 'https://track.example.org', { nonce: 'abc' }).then(() => {});
push('VIP', ['VIP', 1], ['callback', (answer) => answer.unlocked]);
window.Gleam = window.Gleam || [];
Gleam.push(['VIP']);
"""
MISTAKES = """
push(5);
load('y2sB7');
load('y2sB7', 'https://track.example.org', { nonsense: 'abc' });
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which the packed package is installed; tests add files of their own."""
    return packed.project(tmp_path_factory.mktemp("npm"))


def test_the_command_writes_the_same_files_every_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [tmp_path / "one", tmp_path / "deep" / "two"]
    for folder in folders:
        assert main(["npm", "--out", str(folder)]) == 0
    assert capsys.readouterr().out.count(f"custom-action-tracking {builder.VERSION} is in") == 2
    one, two = ({path.name: path.read_bytes() for path in f.iterdir()} for f in folders)
    assert one == two
    assert set(one) == FILES


def test_a_folder_that_is_a_file_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert main(["npm", "--out", str(file)]) == 1
    assert f"{file} is a file; expected a folder" in capsys.readouterr().err


def test_without_its_licence_no_package_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npm, "NAME", "not-installed")
    assert main(["npm", "--out", str(tmp_path / "out")]) == 1
    assert "the LICENSE of not-installed was not found" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_npm_packs_just_these_files(tmp_path: Path) -> None:
    tarball = packed.pack(tmp_path)
    with tarfile.open(tarball) as opened:
        assert set(opened.getnames()) == {f"package/{name}" for name in FILES}
    assert tarball.name == f"custom-action-tracking-{builder.VERSION}.tgz"


def test_the_package_is_named_and_licensed_as_the_project() -> None:
    files = npm.files()
    described = json.loads(files["package.json"])
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert described["name"] == declared["name"]
    assert described["license"] == declared["license"]
    assert described["version"] == builder.VERSION
    assert files["LICENSE"] == (ROOT / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize(
    "line",
    [
        "import a from 'b';",
        "export const a = 1;",
        "export default 1;",
        "export async function a(){}",
    ],
)
def test_a_source_that_both_kinds_of_module_can_t_have_is_refused(line: str) -> None:
    with pytest.raises(npm.PackageError, match=re.escape(line)):
        npm.common_js(f"export function f() {{}}\n{line}\n")


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("server.mjs", "import * as ours from 'custom-action-tracking';"),
        ("server.cjs", "const ours = require('custom-action-tracking');"),
        # Node finds the names in a CommonJS module by reading it.
        (
            "named.mjs",
            "import { load, push } from './node_modules/custom-action-tracking/index.cjs';"
            "const ours = { load, push };",
        ),
    ],
)
def test_on_a_server_a_module_of_either_kind_does_nothing(
    name: str, begin: str, project: Path
) -> None:
    code = """
    const before = Object.getOwnPropertyNames(globalThis).join();
    console.log(Object.keys(ours).sort().join());
    console.log(ours.push(['VIP'], 'Signup'));
    const loads = [ours.load('y2sB7', 'https://track.example.org'), ours.load(undefined)];
    Promise.all(loads).then(([value]) => {
      console.log(value, before === Object.getOwnPropertyNames(globalThis).join());
    });
    """
    assert run(begin + code, project / name) == "load,push\nundefined\nundefined true\n"


MEANT = (
    ("'y2s', HOST", 'key is "y2s"; expected at least 5 of A-Z, a-z, 0-9'),
    ("'y2sB7/../', HOST", 'key is "y2sB7/../"; expected at least 5 of A-Z, a-z, 0-9'),
    ("undefined, HOST", "key is undefined; expected at least 5 of A-Z, a-z, 0-9"),
    ("12345, HOST", "key is 12345; expected at least 5 of A-Z, a-z, 0-9"),
    ("'y2sB7'", f"host is undefined; expected one such as {HOST}"),
    (
        "'y2sB7', 'track.example.org'",
        f'host is "track.example.org"; expected one such as {HOST}',
    ),
    ("'y2sB7', HOST + '/'", f'host is "{HOST}/"; expected one such as {HOST}'),
    (
        "'y2sB7', HOST, { release: '../x' }",
        'release is "../x"; expected one such as 0.2.0-0123456789abcdef',
    ),
    (
        "'y2sB7', HOST, { release: '0.2.0-1', integrity: 'md5-1' }",
        'integrity is "md5-1"; expected one such as sha384-…',
    ),
    (
        "'y2sB7', HOST, { integrity: 'sha384-1' }",
        'integrity is "sha384-1" without a release; expected both, since only the script of a '
        "release keeps its hash",
    ),
)
"""What `load` is given, and what it says of it."""


def test_load_rejects_what_can_t_be_meant_with_a_sentence(project: Path) -> None:
    tried = "".join(
        f"await load({arguments}).catch((error) => said.push(error.name + ': ' + error.message));"
        for arguments, _ in MEANT
    )
    code = (
        "import { load } from 'custom-action-tracking';"
        # Where there is a document, that is: on a server it does nothing at all.
        f"globalThis.window = globalThis.document = {{}}; const HOST = '{HOST}', said = [];"
        f"{tried} console.log(JSON.stringify(said));"
    )
    said = json.loads(run(code, project / "mistake.mjs"))
    begin = "TypeError: custom-action-tracking: "
    assert said == [f"{begin}{sentence}" for _, sentence in MEANT]


def test_a_bundle_that_only_pushes_has_nothing_of_load(tmp_path: Path) -> None:
    made = packed.project(tmp_path)
    pushing = bundle(made, "import { push } from 'custom-action-tracking'; push(['VIP']);")
    loading = bundle(
        made, f"import {{ load }} from 'custom-action-tracking'; load('y2sB7', '{HOST}');"
    )
    words = ["custom-action-tracking:", "trk.js", "new Map"]
    assert "Gleam" in pushing
    assert [word in pushing for word in words] == [False, False, False]
    assert [word in loading for word in words] == [True, True, True]


def test_the_modules_are_es2017(project: Path) -> None:
    """A compiler that is asked for ES2017 has nothing to rewrite."""
    source = project / "node_modules" / npm.NAME / "index.mjs"
    written = {}
    for target in ("es2017", "esnext"):
        folder = project / f"for-{target}"
        folder.mkdir()
        (folder / "index.mjs").write_bytes(source.read_bytes())
        options: dict[str, object] = {"allowJs": True, "module": "esnext", "outDir": "out"}
        compile_with("TypeScript 7", folder, ["index.mjs"], {**options, "target": target})
        written[target] = (folder / "out" / "index.mjs").read_text("utf-8")
    assert written["es2017"] == written["esnext"]


@pytest.mark.sampled
@pytest.mark.parametrize("compiler", node.COMPILERS)
@pytest.mark.parametrize(
    ("resolution", "name"),
    [("bundler", "page.ts"), ("node16", "page.mts"), ("node16", "page.cts")],
)
def test_the_types_are_found_from_either_kind_of_module(
    resolution: str, name: str, compiler: str, project: Path
) -> None:
    module = "node16" if resolution == "node16" else "esnext"
    options = {"strict": True, "noEmit": True, "module": module, "moduleResolution": resolution}
    begin = "import { load, push, type Answer } from 'custom-action-tracking';"
    mistaken = f"mistaken-{name}"
    (project / name).write_text(begin + USE, encoding="utf-8")
    (project / mistaken).write_text(begin + MISTAKES, encoding="utf-8")
    found = compile_with(compiler, project, [name, mistaken], options)
    assert found == [(mistaken, 2), (mistaken, 3), (mistaken, 4)]


@pytest.mark.parametrize("compiler", node.COMPILERS)
def test_one_line_makes_the_global_known_to_a_project_that_imports_nothing(
    compiler: str, project: Path
) -> None:
    options = {"strict": True, "noEmit": True, "module": "esnext", "moduleResolution": "bundler"}
    line = '/// <reference types="custom-action-tracking" />'
    script = project / "script.ts"
    script.write_text(f"{line}\nGleam.push(['VIP']);\nGleam.push(5);\n", encoding="utf-8")
    assert compile_with(compiler, project, ["script.ts"], options) == [("script.ts", 3)]
    script.write_text("Gleam.push(['VIP']);\n", encoding="utf-8")
    assert compile_with(compiler, project, ["script.ts"], options) == [("script.ts", 1)]


def run(code: str, file: Path) -> str:
    """What Node prints for `code`, kept in `file`; it must not complain."""
    file.write_text(code, encoding="utf-8")
    done = node.node(file, cwd=file.parent)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def bundle(project: Path, code: str) -> str:
    """The script that Vite builds of a page with this module."""
    (project / "index.html").write_text("<script type=module src=main.js></script>", "utf-8")
    (project / "main.js").write_text(code, encoding="utf-8")
    node.vite_build(project)
    (script,) = (project / "dist" / "assets").glob("*.js")
    return script.read_text("utf-8")


def compile_with(
    compiler: str, folder: Path, names: list[str], options: dict[str, object]
) -> list[tuple[str, int]]:
    """In which lines of which of the files `names` the compiler finds errors."""
    settings = {"compilerOptions": options, "files": names}
    (folder / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    done = node.tsc(compiler, folder)
    places = re.findall(r"^(\S+)\((\d+),\d+\): error", done.stdout, re.MULTILINE)
    assert {name for name, _ in places} <= set(names), done.stdout
    assert bool(places) == bool(done.returncode), done.stdout + done.stderr
    return [(name, int(line)) for name, line in places]

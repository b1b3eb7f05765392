"""Makes the npm package: both kinds of module from one source, their types, and package.json."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from trk_sdk import builder

NAME = "custom-action-tracking"
_FOLDER = Path(__file__).parent
_SOURCES = _FOLDER / "src" / "npm"


class PackageError(RuntimeError):
    """The package can't be made; the message says what is missing."""


def files() -> dict[str, str]:
    """The package's files, name to text; the same on every call.

    Raises PackageError if this project is not installed: the licence is read from its metadata.
    """
    source, types = _text(_SOURCES / "index.js"), _text(_SOURCES / "index.d.ts")
    contents = {
        "CHANGELOG.md": _text(_SOURCES / "CHANGELOG.md"),
        "LICENSE": _license(),
        "README.md": _text(_SOURCES / "README.md"),
        "index.cjs": common_js(source),
        # The same types twice: a compiler infers the kind of module from the file's name.
        "index.d.cts": types,
        "index.d.ts": types,
        "index.mjs": source,
        "trk.d.ts": _text(_FOLDER / "trk.d.ts"),
    }
    return {"package.json": _package_json(sorted(contents)), **contents}


def write(folder: Path) -> None:
    """Write the package's files into `folder`, creating it if necessary.

    Raises PackageError, also if `folder` is a file; and OSError.
    """
    if folder.exists() and not folder.is_dir():
        raise PackageError(f"{folder} is a file; expected a folder, or an unused name")
    contents = files()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def common_js(source: str) -> str:
    """The CommonJS module that does the same as the ECMAScript module `source`.

    Raises PackageError if `source` imports anything, or exports anything but function declarations.
    """
    names = re.findall(r"^export function (\w+)", source, re.MULTILINE)
    body = re.sub(r"^export (?=function )", "", source, flags=re.MULTILINE)
    if other := re.search(r"^(?:import|export)\b.*", body, re.MULTILINE):
        raise PackageError(f"the source has {other[0]!r}; expected only 'export function'")
    exports = "".join(f"exports.{name} = {name};\n" for name in names)
    return f"'use strict';\n\n{body}\n{exports}"


def _package_json(names: list[str]) -> str:
    module = {"types": "./index.d.ts", "default": "./index.mjs"}
    common = {"types": "./index.d.cts", "default": "./index.cjs"}
    package = {
        "name": NAME,
        "version": builder.VERSION,
        "description": "Puts the script of a Custom Action Tracking campaign into a page.",
        "license": "MIT",
        "type": "module",
        "exports": {".": {"import": module, "require": common}, "./package.json": "./package.json"},
        # For compilers and bundlers that do not support `exports`.
        "main": "./index.cjs",
        "module": "./index.mjs",
        "types": "./index.d.ts",
        "sideEffects": False,
        "files": names,
    }
    return json.dumps(package, indent=2) + "\n"


def _license() -> str:
    try:
        text = distribution(NAME).read_text("licenses/LICENSE")
    except PackageNotFoundError:
        text = None
    if text is None:
        raise PackageError(f"the LICENSE of {NAME} was not found; expected it to be installed")
    return text


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")

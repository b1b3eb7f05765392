"""The npm package as a front-end team has it: packed by npm, and installed from that file."""

from __future__ import annotations

import json
from pathlib import Path

from tests.sdk import node
from trk_sdk import npm


def pack(folder: Path) -> Path:
    """Make the package and let npm pack it, in `folder`; the tarball."""
    npm.write(folder / "package")
    done = node.npm("pack", "--pack-destination", folder, cwd=folder / "package")
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.strip()


def project(folder: Path) -> Path:
    """A project in `folder`, an ECMAScript one, in which the packed package is installed."""
    tarball = pack(folder)
    made = folder / "project"
    made.mkdir()
    description = {"private": True, "type": "module"}
    (made / "package.json").write_text(json.dumps(description), encoding="utf-8")
    done = node.npm("install", "--offline", "--no-audit", tarball, cwd=made)
    assert done.returncode == 0, done.stderr
    return made

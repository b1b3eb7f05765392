"""A script is minified once, however many processes serve it, and anew once anything is another."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from trk_sdk import minified
from trk_sdk.minified import minified_once

SOURCE = "(function () { var first = 1; return first; })();"
SHORT = "(function(){var A=1;return A})()"


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been minified, in a place of this test's own."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    sources: list[str] = []
    real = minified.minified

    def minify(source: str) -> str:
        sources.append(source)
        return real(source)

    monkeypatch.setattr(minified, "minified", minify)
    return sources


def kept_in(folder: Path) -> list[Path]:
    # Python's own files are there, too.
    return [each for each in folder.rglob("*") if each.is_file() and ".pyc" not in each.name]


def test_a_script_is_minified_once_and_found_afterwards(tmp_path: Path, made: list[str]) -> None:
    first, second = minified_once("trk", SOURCE), minified_once("trk", SOURCE)
    assert first == second == SHORT
    assert made == [SOURCE]
    assert [each.name for each in kept_in(tmp_path)] == ["trk.minified"]


def test_another_source_is_minified_and_takes_the_place(tmp_path: Path, made: list[str]) -> None:
    other = SOURCE.replace("1", "2")
    minified_once("trk", SOURCE)
    assert minified_once("trk", other) == SHORT.replace("1", "2")
    assert made == [SOURCE, other]
    assert len(kept_in(tmp_path)) == 1
    minified_once("ol", other)
    assert len(kept_in(tmp_path)) == 2


def test_another_program_minifies_anew(
    tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    minified_once("trk", SOURCE)
    changed = tmp_path / "minify.py"
    changed.write_text(f"{minified.PROGRAM.read_text('utf-8')}# changed\n")
    monkeypatch.setattr(minified, "PROGRAM", changed)
    minified_once("trk", SOURCE)
    assert made == [SOURCE, SOURCE]


@pytest.mark.parametrize("spoil", [b"", b"x", b"\xff\n", None], ids=["empty", "x", "bytes", "cut"])
def test_a_file_that_is_not_whole_is_made_anew(
    tmp_path: Path, made: list[str], spoil: bytes | None
) -> None:
    minified_once("trk", SOURCE)
    [file] = kept_in(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] if spoil is None else spoil)
    assert minified_once("trk", SOURCE) == SHORT
    assert made == [SOURCE, SOURCE]
    assert file.read_bytes() == whole


def test_where_nothing_can_be_written_nothing_is_kept(
    tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "file"))
    assert [minified_once("trk", SOURCE) for _ in range(2)] == [SHORT, SHORT]
    assert made == [SOURCE, SOURCE]


def test_a_write_that_fails_leaves_no_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", no_room)
    assert minified_once("trk", SOURCE) == SHORT
    assert kept_in(tmp_path) == []


def test_who_wants_no_compiled_files_gets_none(
    tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    minified_once("trk", SOURCE)
    assert kept_in(tmp_path) == []


def test_what_is_no_script_is_told_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the source is not ES5"):
        minified_once("trk", "let a = 1;")
    assert kept_in(tmp_path) == []

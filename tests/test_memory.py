"""Tests keep their files in memory only where they can do there what they do on a disk."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from tests.memory import ROOM, folder


@pytest.mark.parametrize(
    ("flag", "room", "free", "taken"),
    [
        (0, ROOM, ROOM, True),
        (os.ST_NOEXEC, ROOM, ROOM, False),
        (0, ROOM - 4096, ROOM, False),
        (0, ROOM, ROOM - 1, False),
    ],
    ids=["as a disk", "without programs", "small", "of a machine that has little"],
)
def test_a_folder_in_memory_is_taken_only_if_it_is_as_good_as_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: int, room: int, free: int, taken: bool
) -> None:
    def statvfs(_: Any) -> Any:
        return SimpleNamespace(f_flag=flag, f_bavail=room // 4096, f_frsize=4096)

    monkeypatch.setattr(os, "statvfs", statvfs)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free))
    assert folder(tmp_path) == (tmp_path if taken else None)


def test_where_there_is_none_there_is_none(tmp_path: Path) -> None:
    assert folder(tmp_path / "none") is None

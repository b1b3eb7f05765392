"""`trk doctor` looks at the machine: its clock, versions, disk and file system."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from tests.backend.doctor_runs import is_failed, is_warning
from trk.doctor import machine
from trk.doctor.machine import MIB, ClockReading


def test_a_clock_that_jumps_while_it_is_looked_at_is_a_warning() -> None:
    first = ClockReading(1_790_000_000, 500)
    assert machine.steady_clock(first, ClockReading(1_790_000_003, 503.2)).status == "ok"
    jumped = machine.steady_clock(first, ClockReading(1_789_996_403, 503))
    is_warning(jumped, "it jumped by -3600.0 s", "one service")
    assert machine.steady_clock(ClockReading.now(), ClockReading.now()).status == "ok"


def test_old_versions_fail() -> None:
    is_failed(machine.versions((3, 10, 1), "3.45.1", used=True), "Python 3.10.1", "3.11")
    is_failed(machine.versions((3, 12, 1), "3.37.2", used=True), "SQLite 3.37.2", "3.38")
    assert machine.versions((3, 12, 1), "3.37.2", used=False).status == "ok"
    assert machine.versions(machine.python_here(), sqlite3.sqlite_version, used=True).status == "ok"


def test_a_disk_without_room_for_a_backup_is_a_warning_and_a_full_one_fails(tmp_path: Path) -> None:
    is_warning(machine.disk_space(tmp_path, 2**60), "MiB free", "a backup of the same size")
    is_warning(machine.disk_space(tmp_path, 0, 500 * MIB), "500 MiB free", "Free up space")
    is_failed(machine.disk_space(tmp_path, 0, 99 * MIB), "99 MiB free", "Free up space now")
    assert machine.disk_space(tmp_path, 2000 * MIB, 2000 * MIB).status == "ok"


MOUNTS = r"""
22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /srv rw shared:2 - nfs4 nas:/export rw,vers=4.2
24 22 0:22 / /srv/local rw - xfs /dev/sdb1 rw
25 22 0:23 / /mnt/my\040share rw - cifs //nas/share rw
26 22 0:24 / /over rw - ext4 /dev/sdc1 rw
27 26 0:25 / /over rw - fuse.sshfs me@nas:/x rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/srv/trk", "nfs4"), ("/mnt/my share/x", "cifs"), ("/over", "fuse.sshfs")],
)
def test_sqlite_on_a_network_file_system_fails(folder: str, kind: str) -> None:
    found = machine.file_system(Path(folder), MOUNTS)
    is_failed(found, f"is on {kind}, a network file system", "local disk, or use PostgreSQL")


@pytest.mark.parametrize("folder", ["/", "/srvx", "/srv/local/trk", "/home/me"])
def test_sqlite_on_a_local_disk_is_well(folder: str) -> None:
    assert machine.file_system(Path(folder), MOUNTS).status == "ok"


def test_the_file_system_of_this_machine_is_found(tmp_path: Path) -> None:
    found = machine.file_system(tmp_path).found
    if sys.platform != "linux":
        assert "only Linux reports it" in found
    elif machine.file_system(Path("/")).found.startswith("unknown"):
        # A chroot, whose root is not where anything is mounted.
        assert "only Linux reports it" not in found
    else:
        assert f"{tmp_path} is on " in found


def test_an_unknown_file_system_is_told_by_its_reason() -> None:
    below = "36 25 8:1 / /srv rw - ext4 /dev/sda1 rw"
    for mounts, reason in (("", "only Linux reports it"), (below, "no mount for /home")):
        found = machine.file_system(Path("/home"), mounts)
        assert found.status == "ok"
        assert found.found.startswith("unknown: ")
        assert reason in found.found

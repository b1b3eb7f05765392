"""Checks of the machine: versions, disk space, the file system and the clock."""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path
from typing import NamedTuple

from trk.doctor.finding import Finding, failed, ok, warning

MIB = 1_048_576
_PYTHON = (3, 11)
_SQLITE = (3, 38, 0)
"""The first version with `->>`."""
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|lustre|gpfs|(fuse\.)?glusterfs|fuse\.(sshfs|s3fs|gcsfuse)"
)
_LEAST = 100 * MIB
_COMFORTABLE = 1024 * MIB
_JUMP = 1.0
_AHEAD_MS = 5_000


def versions(python: tuple[int, ...], sqlite: str, *, used: bool) -> Finding:
    """Are Python and SQLite (if `used`) recent enough?"""
    found = f"Python {'.'.join(map(str, python[:3]))}, SQLite {sqlite}"
    if python[:2] < _PYTHON:
        return failed("versions", found, "Use Python 3.11 or newer.")
    if used and tuple(map(int, sqlite.split("."))) < _SQLITE:
        return failed("versions", found, "Use a Python that comes with SQLite 3.38 or newer.")
    return ok("versions", found)


def disk_space(folder: Path, database_bytes: int, free: int | None = None) -> Finding:
    """Is there room for the database to grow, and for a backup next to it? In bytes."""
    free = shutil.disk_usage(folder).free if free is None else free
    found = (
        f"{free // MIB:,} MiB free in {folder}, the database takes {database_bytes // MIB:,} MiB"
    )
    if free < _LEAST:
        return failed(
            "disk space", found, "Free up space now: no beacon can be stored on a full disk."
        )
    if free < max(_COMFORTABLE, database_bytes):
        return warning(
            "disk space", found, "Free up space, including for a backup of the same size."
        )
    return ok("disk space", found)


def file_system(folder: Path, mounts: str | None = None) -> Finding:
    """Is the folder on a local disk? `mounts` is the content of /proc/self/mountinfo."""
    mounts = _mountinfo() if mounts is None else mounts
    if not mounts:
        return ok("file system", "unknown: only Linux reports it")
    kind = _kind_of(folder.resolve(), mounts)
    if kind is None:
        # In a chroot Linux names only what is mounted below its root.
        return ok("file system", f"unknown: this system reports no mount for {folder}")
    if _NETWORK.fullmatch(kind):
        return failed(
            "file system",
            f"{folder} is on {kind}, a network file system, where SQLite can be damaged",
            "Move the database to a local disk, or use PostgreSQL.",
        )
    return ok("file system", f"{folder} is on {kind}")


def _mountinfo() -> str:
    path = Path("/proc/self/mountinfo")
    return path.read_text("utf-8", "replace") if path.exists() else ""


def _kind_of(folder: Path, mounts: str) -> str | None:
    """The type of the file system that holds `folder`: that of the longest mount point above it."""
    best, kind = -1, None
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4])
        if (folder == Path(point) or Path(point) in folder.parents) and len(point) >= best:
            best, kind = len(point), after.split(" ")[0]
    return kind


class ClockReading(NamedTuple):
    """The wall clock and the monotonic clock at one instant, in seconds."""

    wall: float
    steady: float

    @classmethod
    def now(cls) -> ClockReading:
        return cls(time.time(), time.monotonic())


def steady_clock(first: ClockReading, last: ClockReading) -> Finding:
    """Did the wall clock run evenly between two readings?"""
    jump = (last.wall - first.wall) - (last.steady - first.steady)
    if abs(jump) > _JUMP:
        return warning(
            "clock",
            f"it jumped by {jump:+.1f} s during this check",
            "Make sure that only one service sets it.",
        )
    return ok("clock", f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(last.wall))} UTC, steady")


def clock_against_beacons(newest: int | None, now: int) -> Finding:
    """Is the newest stored beacon in the past? Both times are in ms since 1970."""
    if newest is None:
        return ok("newest beacon", "none yet")
    if newest > now + _AHEAD_MS:
        return failed(
            "newest beacon",
            f"it is {(newest - now) / 1000:,.0f} s in the future: the clock was set back",
            "Set the clock (timedatectl set-ntp true); until then campaigns start and end at the "
            "wrong time.",
        )
    return ok("newest beacon", f"{max(now - newest, 0) / 1000:,.0f} s ago")


def clock_against_database(database_now: int, before: int, after: int) -> Finding:
    """Does the database's clock agree with ours `before` and `after` asking it? In ms."""
    apart = max(before - database_now, database_now - after, 0) / 1000
    found = f"{apart:,.1f} s from the database's" if apart else "the same as the database's"
    if apart > 60:
        return failed("database clock", found, "Set both clocks (timedatectl set-ntp true).")
    if apart > 2:
        return warning("database clock", found, "Set both clocks (timedatectl set-ntp true).")
    return ok("database clock", found)


def python_here() -> tuple[int, ...]:
    """The version of the running Python."""
    return tuple(sys.version_info[:3])

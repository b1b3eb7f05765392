"""The programs of a cluster, from Debian's packages: `make cluster` installs what is missing."""

from __future__ import annotations

from pathlib import Path

from tests import debian
from tests.tools import found

PACKAGES = {
    "etcd": ("etcd-server",),
    "haproxy": ("haproxy",),
    "patroni": ("patroni", "python3-etcd", "python3-psycopg2"),
    "patronictl": ("patroni",),
    "setpriv": ("util-linux",),
    "ip": ("iproute2",),
}
"""Each program, and Debian's packages for it."""
_POSTGRES = Path("/usr/lib/postgresql")


class Missing(RuntimeError):
    """A cluster can't be had on this machine; the message says why, and what to do."""


def postgres() -> Path | None:
    """The folder with the programs of the newest PostgreSQL that Debian has installed, or None."""
    folders = [each.parent for each in _POSTGRES.glob("*/bin/initdb")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


def missing() -> list[str]:
    """Debian's packages that are lacking."""
    lacking = [name for program, names in PACKAGES.items() if not found(program) for name in names]
    return lacking if postgres() else [*lacking, "postgresql"]


def ensure() -> None:
    """Install what is lacking. Raises Missing."""
    packages = missing()
    if packages and debian.can_install():
        print(f"Installing {' '.join(packages)} with apt-get, for the cluster (once).", flush=True)
        debian.installed(packages)
    if packages := missing():
        raise Missing(
            f"{' '.join(packages)}: missing. Debian: sudo apt-get install "
            f"--no-install-recommends {' '.join(packages)}"
        )


def program(name: str) -> str:
    """Where a program of PACKAGES is. Raises Missing."""
    path = found(name)
    if path is None:
        raise Missing(f"{name} is missing; Debian: {' '.join(PACKAGES[name])}")
    return path

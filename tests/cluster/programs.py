"""The programs of a cluster: `make cluster` installs what is missing, from Debian's packages, and
Patroni from what its lock pins."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests import debian
from tests.tools import found

PACKAGES = {
    "etcd": "etcd-server",
    "haproxy": "haproxy",
    "setpriv": "util-linux",
    "ip": "iproute2",
}
"""Each program, and Debian's package of it."""
_POSTGRES = Path("/usr/lib/postgresql")
_ROOT = Path(__file__).parents[2]
_LOCK = _ROOT / "backend" / "trk" / "operating" / "patroni.lock"
# Where whoever runs PostgreSQL can read it, as docs/operating.md has it.
_PATRONI = Path("/opt/trk-patroni") if os.geteuid() == 0 else _ROOT / ".venv" / "patroni"
_PYTHON = "/usr/bin/python3"


class Missing(RuntimeError):
    """A cluster can't be had on this machine; the message says why, and what to do."""


def postgres() -> Path | None:
    """The folder with the programs of the newest PostgreSQL that Debian has installed, or None."""
    folders = [each.parent for each in _POSTGRES.glob("*/bin/initdb")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


def missing() -> list[str]:
    """Debian's packages that are lacking."""
    lacking = [package for program, package in PACKAGES.items() if not found(program)]
    if not _ran(_PYTHON, "-c", "import ensurepip"):
        lacking.append("python3-venv")
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
    # A copy of the lock, once all in it is there.
    done = _PATRONI / _LOCK.name
    if done.exists() and done.read_bytes() == _LOCK.read_bytes():
        return
    print(f"Installing Patroni into {_PATRONI} (once).", flush=True)
    pip = [f"{_PATRONI}/bin/pip", "install", "--quiet", "--require-hashes", "-r", str(_LOCK)]
    if not (_ran(_PYTHON, "-m", "venv", "--clear", str(_PATRONI)) and _ran(*pip)):
        raise Missing(f"Patroni can't be installed into {_PATRONI}: is there a network?")
    done.write_bytes(_LOCK.read_bytes())


def patroni(name: str = "patroni") -> str:
    """Where Patroni, or a program of it, is."""
    return str(_PATRONI / "bin" / name)


def program(name: str) -> str:
    """Where a program of PACKAGES is. Raises Missing."""
    path = found(name)
    if path is None:
        raise Missing(f"{name} is missing; Debian: {PACKAGES[name]}")
    return path


def _ran(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False

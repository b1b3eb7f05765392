"""A program of the cluster: it runs on a machine, can be ended in any way, and is started again as
systemd does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from pwd import struct_passwd

from tests.cluster.network import Machine
from tests.cluster.programs import program


class Process:
    """A command on a machine; `log` takes what it prints."""

    def __init__(
        self,
        machine: Machine,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        account: struct_passwd | None = None,
    ) -> None:
        self.machine = machine
        self.log = log
        as_user = [] if account is None else _as(account)
        self._command = machine.command([*as_user, *command])
        # What whoever starts the cluster has set must not reach it.
        kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
        self._environment = {**kept, "LANG": "C.UTF-8", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.wanted = False
        """Is it to run? Then `keep_running` starts it again."""

    @property
    def pid(self) -> int | None:
        """The process' id, or None while it does not run."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def start(self) -> None:
        """Start it, unless it is running."""
        self.wanted = True
        if self.pid is not None:
            return
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self.log.parent,
                start_new_session=True,  # Ctrl-C is for us, who end it in order
            )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it is running."""
        if self.pid is not None and self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, and leave it so."""
        self.wanted = False
        self.send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def stop(self, seconds: float = 30.0) -> int | None:
        """Ask it to end; its status, or None if it had to be killed or was not running."""
        self.wanted = False
        if self.pid is None or self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def said(self) -> str:
        """The end of what it has printed."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""


def _as(account: struct_passwd) -> list[str]:
    who = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}"]
    return [program("setpriv"), *who, "--clear-groups"]


async def keep_running(processes: Sequence[Process]) -> None:
    """Start again, for as long as it goes on, each that ended and should not have."""
    while True:
        for each in processes:
            if each.wanted:
                each.start()
        await asyncio.sleep(1)

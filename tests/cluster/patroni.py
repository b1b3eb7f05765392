"""Patroni on a machine, and the PostgreSQL that it runs there."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path
from pwd import struct_passwd

import psutil

from tests.cluster import programs
from tests.cluster.files import filled_in
from tests.cluster.network import Machine, Network
from tests.cluster.process import Process
from tests.cluster.programs import Missing, postgres

PORT = 8008
"""Of Patroni's own answers."""
POSTGRES = 5432


class Patroni:
    """Patroni, as a process, and PostgreSQL beside it, which outlives it."""

    def __init__(
        self, network: Network, machine: Machine, folder: Path, account: struct_passwd | None
    ) -> None:
        binaries = postgres()
        if binaries is None:
            raise Missing("PostgreSQL is missing; Debian: postgresql")
        self.machine = machine
        self.file = folder / "patroni.yml"
        self._data = folder / "data"
        text = filled_in(
            "patroni.yml",
            network,
            machine,
            {
                "/var/lib/postgresql/15/trk": str(self._data),
                "/usr/lib/postgresql/15/bin": str(binaries),
                "/var/lib/postgresql/.pgpass-trk": str(folder / "pgpass"),
                "/var/run/postgresql": str(folder),
            },
        )
        self.file.write_text(text)
        command = [programs.patroni(), str(self.file)]
        self.process = Process(machine, command, folder / "patroni.log", account=account)

    def postgres(self) -> list[psutil.Process]:
        """The processes of its PostgreSQL, the first one first; none if it does not run."""
        try:
            first = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
            if Path(first.cwd()) != self._data:  # the number is somebody else's by now
                return []
            return [first, *first.children(recursive=True)]
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return []

    def kill_postgres(self) -> None:
        """End PostgreSQL at once, all of it."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Let Patroni and PostgreSQL hang: both are there, and neither does anything."""
        self.process.send(signal.SIGSTOP)
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on, as if nothing had been."""
        self._signal(signal.SIGCONT)
        self.process.send(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for each in self.postgres():
            with contextlib.suppress(psutil.NoSuchProcess):
                each.send_signal(number)

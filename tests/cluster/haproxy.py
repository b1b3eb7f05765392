"""HAProxy on a machine, or at the front."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.files import filled_in
from tests.cluster.network import Machine, Network
from tests.cluster.process import Process
from tests.cluster.programs import program

VISITORS = 8080
"""The port for visitors."""
DATABASE = 5000
"""The port that leads to the primary."""


def haproxy(network: Network, machine: Machine, folder: Path) -> Process:
    """HAProxy with the operator's settings."""
    file = folder / "haproxy.cfg"
    file.write_text(filled_in("haproxy.cfg", network, machine))
    return Process(machine, [program("haproxy"), "-db", "-f", str(file)], folder / "haproxy.log")

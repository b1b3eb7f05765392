"""etcd on a machine."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.files import filled_in, settings
from tests.cluster.network import Machine, Network
from tests.cluster.process import Process
from tests.cluster.programs import program


def etcd(network: Network, machine: Machine, folder: Path) -> Process:
    """etcd with the operator's settings; `folder` takes its data."""
    data = {"/var/lib/etcd/trk": str(folder / "etcd")}
    environment = settings(filled_in("etcd.env", network, machine, data))
    return Process(machine, [program("etcd")], folder / "etcd.log", environment)

"""A node of ours on a machine: `trk serve`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.files import filled_in, settings
from tests.cluster.network import Machine, Network
from tests.cluster.process import Process

PORT = 8000


def node(network: Network, machine: Machine, folder: Path, more: Mapping[str, str]) -> Process:
    """A node with the operator's settings, and `more` of them."""
    environment = settings(filled_in("node.env", network, machine))
    environment["TRK_TRUSTED_PROXIES"] += f",{network.front.address},127.0.0.1"
    return Process(
        machine,
        [sys.executable, "-m", "trk", "serve"],
        folder / "node.log",
        {**environment, **more, "PYTHONUNBUFFERED": "1"},
    )

"""The operator's files, as they lie in backend/trk/operating, filled in for machines of ours."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.network import Machine, Network

FOLDER = Path(__file__).parents[2] / "backend" / "trk" / "operating"
SECRETS = {
    name: secrets.token_hex(16)
    for name in (
        "PASSWORD_OF_POSTGRES",
        "PASSWORD_OF_REPLICATION",
        "PASSWORD_OF_PATRONI",
        "PASSWORD_OF_TRK",
    )
}
"""What stands for a password in the files, and this run's own."""


def filled_in(
    name: str, network: Network, machine: Machine, others: Mapping[str, str] | None = None
) -> str:
    """The file's text with this machine's name and address, the network's addresses, passwords, and
    `others`: what stands in the file, and what is to. Raises ValueError if that is not there."""
    text = (FOLDER / name).read_text("utf-8")
    for old, new in (others or {}).items():
        if old not in text:
            raise ValueError(f"{name} has no {old!r}.")
        text = text.replace(old, new)
    ours = {
        **SECRETS,
        "THIS_MACHINE": machine.name,
        "THIS_ADDRESS": machine.address,
        "10.0.0.0/24": network.whole,
        "10.0.0.": network.prefix,
    }
    for old, new in ours.items():
        text = text.replace(old, new)
    return text


def settings(text: str) -> dict[str, str]:
    """The variables that a file for systemd's EnvironmentFile sets."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)

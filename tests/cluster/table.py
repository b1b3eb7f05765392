"""The live table of `make cluster`: each machine, and what becomes of the beacons."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.cluster.cluster import Cluster, Member


@dataclass(frozen=True, slots=True)
class Seen:
    """How the cluster is at an instant; `rate` is acknowledged beacons a second."""

    members: Sequence[Member]
    ready: dict[str, bool]
    rate: float
    acknowledged: int
    waiting: int
    lost: int
    twice: int


def table(cluster: Cluster, seen: Seen) -> list[str]:
    """Its lines."""
    roles = {member.name: member for member in seen.members}
    lines = [
        f"{'':<10}{'address':<18}{'node':<11}{'PostgreSQL':<26}{'processes: node, PostgreSQL'}"
    ]
    for host in cluster.hosts:
        name = host.machine.name
        member = roles.get(name)
        role = f"{member.role.replace('_', ' ')}, {member.state}" if member else "not there"
        postgres = host.patroni.postgres()
        pids = f"{host.node.pid or '-'}, {postgres[0].pid if postgres else '-'}"
        node = "ready" if seen.ready.get(name) else "not ready"
        lines.append(f"{name:<10}{host.machine.address:<18}{node:<11}{role:<26}{pids}")
    return [
        *lines,
        "",
        f"beacons: {seen.rate:.0f} a second, {seen.acknowledged:,} acknowledged, "
        f"{seen.waiting} in outboxes, {seen.lost} lost, {seen.twice} twice",
    ]


class Screen:
    """Shows a table in the place of the one before; where there is no terminal, below it."""

    def __init__(self) -> None:
        self._shown = 0

    def show(self, lines: Sequence[str]) -> None:
        """Show these lines."""
        if sys.stdout.isatty():
            if self._shown:
                print(f"\033[{self._shown}A", end="")
            print("\n".join(f"\033[K{line}" for line in lines), flush=True)
            self._shown = len(lines)
        else:
            print("\n".join([*lines, ""]), flush=True)

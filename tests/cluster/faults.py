"""What is done to a cluster, and what it takes afterwards until all is there again."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.cluster import programs
from tests.cluster.cluster import Cluster, Host

HUNG_SECONDS = 16.0
"""How long something hangs or is cut off."""


class Wrong(RuntimeError):
    """A fault could not be made, or went otherwise than it has to."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens: `make` does it, and mends it where somebody would have to."""

    name: str
    make: Callable[[Cluster, random.Random], Awaitable[str]]
    """Returns what it happened to."""
    cuts: bool = True
    """Is a node killed, or its connection to the database cut, in the middle of its work?"""
    namespaces: bool = False
    """Does it need network namespaces?"""


def _any(cluster: Cluster, choose: random.Random) -> Host:
    return choose.choice(cluster.hosts)


async def kill_node(cluster: Cluster, choose: random.Random) -> str:
    """End a node of ours; systemd starts it again a while later."""
    host = _any(cluster, choose)
    host.node.kill()
    await asyncio.sleep(5)
    host.node.start()
    return host.machine.name


async def kill_leader(cluster: Cluster, choose: random.Random) -> str:
    """End the primary's PostgreSQL; Patroni starts it again, as a standby."""
    host = await cluster.leader()
    host.patroni.kill_postgres()
    await asyncio.sleep(5)
    return host.machine.name


async def power_cut(cluster: Cluster, choose: random.Random) -> str:
    """End all that runs on the primary's machine; it starts again a while later."""
    host = await cluster.leader()
    running = [host.node, *host.supporting]
    for each in running:
        each.wanted = False
        each.send(signal.SIGKILL)
    host.patroni.kill_postgres()
    await asyncio.sleep(HUNG_SECONDS)
    for each in running:
        each.start()
    return host.machine.name


async def hang_leader(cluster: Cluster, choose: random.Random) -> str:
    """Let the primary's PostgreSQL and Patroni hang, and go on as if nothing had been."""
    host = await cluster.leader()
    host.patroni.freeze()
    try:
        await asyncio.sleep(HUNG_SECONDS)
    finally:
        host.patroni.thaw()
    return host.machine.name


async def cut_off(cluster: Cluster, choose: random.Random) -> str:
    """Cut a machine from the network, every other time the primary's."""
    leader = await cluster.leader()
    host = choose.choice([leader, _any(cluster, choose)])
    cluster.network.cut(host.machine)
    try:
        await asyncio.sleep(HUNG_SECONDS)
    finally:
        cluster.network.mend(host.machine)
    return host.machine.name + (", the primary's" if host is leader else "")


async def without_etcd(cluster: Cluster, choose: random.Random) -> str:
    """End etcd on all machines: nobody knows who the primary is, but it reaches both others."""
    for host in cluster.hosts:
        host.etcd.kill()
    await asyncio.sleep(HUNG_SECONDS)
    for host in cluster.hosts:
        host.etcd.start()
    return "all three"


async def switch_over(cluster: Cluster, choose: random.Random) -> str:
    """Let Patroni make another machine the primary, as one does before work on this one."""
    host = await cluster.leader()
    command = [
        programs.patroni("patronictl"),
        "-c",
        str(host.patroni.file),
        "switchover",
        "--force",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    if process.returncode != 0 or b"Successfully switched over" not in said:
        raise Wrong(f"patronictl switchover: {said.decode()}")
    return host.machine.name


async def upgrade(cluster: Cluster, choose: random.Random) -> str:
    """Stop a node in order, and start it anew."""
    host = _any(cluster, choose)
    status = await asyncio.to_thread(host.node.stop, 90.0)
    if status != 0:
        raise Wrong(f"the node on {host.machine.name} ended with {status}:\n{host.node.said()}")
    host.node.start()
    return host.machine.name


FAULTS = (
    Fault("a node is killed", kill_node),
    Fault("the primary is killed", kill_leader),
    Fault("the primary's machine loses its power", power_cut),
    Fault("the primary hangs", hang_leader),
    Fault("a machine is cut off the network", cut_off, namespaces=True),
    Fault("etcd is gone", without_etcd),
    Fault("Patroni switches over", switch_over),
    Fault("a node is upgraded", upgrade, cuts=False),
)

"""Three machines and a front, each with an address: network namespaces on a bridge where that is
allowed, and addresses of loopback where it is not."""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.tools import found

NODES = 3


@dataclass(frozen=True, slots=True)
class Machine:
    """One of them, by its number from 1; `namespace` is empty where it has none of its own."""

    number: int
    address: str
    namespace: str = ""

    @property
    def name(self) -> str:
        """As the operator's files call it."""
        return f"machine{self.number}"

    def command(self, command: Sequence[str]) -> list[str]:
        """A command as it runs on this machine; the process is the command's own."""
        return [*(["ip", "netns", "exec", self.namespace] if self.namespace else []), *command]


class Network:
    """The machines, and the front at which visitors arrive, which is this machine itself."""

    def __init__(self, prefix: str, name: str) -> None:
        """`prefix` is an address without its last number; `name` is that of the bridge, or empty:
        then all is on loopback."""
        self.name = name
        self.prefix = prefix
        self.machines = [
            Machine(n, f"{prefix}{n}", f"{name}n{n}" if name else "") for n in range(1, NODES + 1)
        ]
        self.front = Machine(NODES + 1, f"{prefix}{NODES + 1}")

    @property
    def whole(self) -> str:
        """The network from which its connections come."""
        return f"{self.prefix}0/24" if self.name else "127.0.0.0/8"

    def cut(self, machine: Machine) -> None:
        """From now on nothing gets to this machine or from it, and nobody is told."""
        _ip("link", "set", self._link(machine), "nomaster")

    def mend(self, machine: Machine) -> None:
        """It is there again."""
        _ip("link", "set", self._link(machine), "master", self.name)

    def make(self) -> None:
        """Make the bridge, and the machines on it."""
        _ip("link", "add", self.name, "type", "bridge")
        _ip("addr", "add", f"{self.front.address}/24", "dev", self.name)
        _ip("link", "set", self.name, "up")
        for each in self.machines:
            _ip("netns", "add", each.namespace)
            inside = ["eth0", "netns", each.namespace]
            _ip("link", "add", self._link(each), "type", "veth", "peer", "name", *inside)
            _ip("link", "set", self._link(each), "master", self.name, "up")
            _ip("-n", each.namespace, "link", "set", "lo", "up")
            _ip("-n", each.namespace, "addr", "add", f"{each.address}/24", "dev", "eth0")
            _ip("-n", each.namespace, "link", "set", "eth0", "up")

    def remove(self) -> None:
        """Remove what `make` has made, also if it has not come to an end."""
        for each in self.machines:
            _ip("netns", "delete", each.namespace, check=False)
            _ip("link", "delete", self._link(each), check=False)
        _ip("link", "delete", self.name, check=False)

    def _link(self, machine: Machine) -> str:
        return f"{self.name}v{machine.number}"


def namespaces_allowed() -> bool:
    """May namespaces, and links between them, be made here?"""
    if os.geteuid() != 0 or found("ip") is None:
        return False
    tried = f"trk{os.getpid()}t"
    made = [
        _ip("netns", "add", tried, check=False),
        _ip("link", "add", tried, "type", "bridge", check=False),
    ]
    _ip("link", "delete", tried, check=False)
    _ip("netns", "delete", tried, check=False)
    return all(made)


@contextmanager
def network(*, namespaces: bool) -> Iterator[Network]:
    """The network, until the context ends."""
    if not namespaces:
        yield Network(f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.", "")
        return
    made = Network(_unused(), f"trk{os.getpid()}")
    try:
        made.make()
        yield made
    finally:
        made.remove()


def _unused() -> str:
    """Of a private network that this machine has no route to."""
    routes = subprocess.run(
        ["ip", "-4", "route"], capture_output=True, text=True, check=False
    ).stdout
    taken = set(re.findall(r"10\.(\d+)\.", routes))
    free = [n for n in range(64, 255) if str(n) not in taken]
    return f"10.{random.choice(free)}.{random.randint(0, 255)}."


def _ip(*arguments: str, check: bool = True) -> bool:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.returncode == 0

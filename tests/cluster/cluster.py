"""The whole cluster: on each of three machines etcd, Patroni with PostgreSQL, a node of ours and
HAProxy, and one more HAProxy at the front, which visitors come to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from tests.cluster import haproxy, nodes, patroni
from tests.cluster.etcd import etcd
from tests.cluster.files import SECRETS
from tests.cluster.network import Machine, Network
from tests.cluster.patroni import Patroni
from tests.cluster.process import Process, keep_running
from tests.cluster.programs import Missing

START_SECONDS = 120.0
"""How long all of it may take to start, or to be whole again, on a busy machine."""

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class NotWhole(RuntimeError):
    """Something has not come up in time; the message says what, with the end of its log."""


class Host:
    """What runs on one machine."""

    def __init__(
        self,
        network: Network,
        machine: Machine,
        folder: Path,
        account: pwd.struct_passwd | None,
        more: Mapping[str, str],
    ) -> None:
        self.machine = machine
        self.etcd = etcd(network, machine, folder)
        self.patroni = Patroni(network, machine, folder, account)
        self.node = nodes.node(network, machine, folder, more)
        self.haproxy = haproxy.haproxy(network, machine, folder)

    @property
    def supporting(self) -> list[Process]:
        """What the node needs, in the order in which it starts."""
        return [self.etcd, self.patroni.process, self.haproxy]


@dataclass(frozen=True, slots=True)
class Member:
    """A machine's PostgreSQL as Patroni sees it."""

    name: str
    role: str
    state: str
    timeline: int | None = None


class Cluster:
    """Three hosts and the front. `url` is what visitors open, `database` the primary's address."""

    def __init__(self, network: Network, folder: Path, more: Mapping[str, str]) -> None:
        """`more` has further settings of the nodes."""
        account = _account()
        self.network = network
        self.url = f"http://{network.front.address}:{haproxy.VISITORS}"
        self.hosts = []
        for machine in network.machines:
            own = folder / machine.name
            own.mkdir()
            more = {"TRK_PUBLIC_URL": self.url, **more}
            self.hosts.append(Host(network, machine, own, account, more))
            if account is not None:
                os.chown(own, account.pw_uid, account.pw_gid)
        front = folder / "front"
        front.mkdir()
        self.front = haproxy.haproxy(network, network.front, front)
        self.processes = [
            self.front,
            *(each for host in self.hosts for each in (*host.supporting, host.node)),
        ]
        self.database = self._url("trk", SECRETS["PASSWORD_OF_TRK"], "trk")

    async def start(self) -> None:
        """Start all of it, and return once it is whole. Raises NotWhole."""
        self.front.start()
        for host in self.hosts:
            for each in host.supporting:
                each.start()
        await self._prepared()
        for host in self.hosts:
            host.node.start()
        await self.whole()

    async def _prepared(self) -> None:
        """Make the database, once there is a primary."""
        url = self._url("postgres", SECRETS["PASSWORD_OF_POSTGRES"], "postgres")
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                connection = await asyncpg.connect(url, timeout=2)
                break
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if time.monotonic() > until:
                    said = self.hosts[0].patroni.process.said()
                    raise NotWhole(f"no primary came up: {error}\n{said}") from error
                await asyncio.sleep(0.5)
        try:
            password = SECRETS["PASSWORD_OF_TRK"]
            await connection.execute(f"CREATE ROLE trk LOGIN PASSWORD '{password}'")
            await connection.execute("CREATE DATABASE trk OWNER trk")
        finally:
            await connection.close()

    def _url(self, user: str, password: str, name: str) -> str:
        hosts = ",".join(f"{each.address}:{patroni.POSTGRES}" for each in self.network.machines)
        return f"postgresql://{user}:{password}@{hosts}/{name}?target_session_attrs=read-write"

    async def members(self) -> list[Member]:
        """What Patroni says, asked at whichever machine answers; nothing if none does."""
        asked = [
            asyncio.to_thread(_asked, f"http://{each.address}:{patroni.PORT}/cluster")
            for each in self.network.machines
        ]
        answers = [answer for answer in await asyncio.gather(*asked) if answer]
        # A machine that is cut off tells of yesterday: the newest timeline is right.
        members = [
            [Member(m["name"], m["role"], m["state"], m.get("timeline")) for m in each["members"]]
            for each in answers
        ]
        return max(members, key=_newest, default=[])

    async def ready(self) -> dict[str, bool]:
        """Which nodes are ready, by their machines' names."""
        asked = [
            asyncio.to_thread(_status, f"http://{each.address}:{nodes.PORT}/readyz")
            for each in self.network.machines
        ]
        statuses = await asyncio.gather(*asked)
        return {
            each.name: status == 200
            for each, status in zip(self.network.machines, statuses, strict=True)
        }

    async def leader(self) -> Host:
        """The machine with the primary. Raises NotWhole if there is none."""
        for member in await self.members():
            if member.role == "leader":
                return next(each for each in self.hosts if each.machine.name == member.name)
        raise NotWhole("there is no primary")

    async def whole(self) -> float:
        """Return once all that should be there is: the seconds that took. Raises NotWhole."""
        began = time.monotonic()
        while True:
            lacking = await self.lacking()
            if not lacking:
                return time.monotonic() - began
            if time.monotonic() - began > START_SECONDS:
                raise NotWhole(f"not whole: {', '.join(lacking)}")
            await asyncio.sleep(0.3)

    async def lacking(self) -> list[str]:
        """What is not as it should be, in words."""
        members, ready = await asyncio.gather(self.members(), self.ready())
        lacking = [f"the node on {name}" for name, yes in ready.items() if not yes]
        roles = sorted(member.role for member in members)
        if roles != ["leader", "replica", "sync_standby"]:
            lacking.append(f"a primary and two standbys (there are: {', '.join(roles) or 'none'})")
        lacking += [
            f"PostgreSQL on {member.name} ({member.state})"
            for member in members
            if member.state != ("running" if member.role == "leader" else "streaming")
        ]
        if len({member.timeline for member in members}) > 1:
            lacking.append("one timeline")
        return lacking

    def keep_logs(self, folder: Path) -> None:
        """Copy what all have printed, for whoever wants to know why."""
        for each in self.processes:
            if each.log.exists():
                name = f"{each.machine.name}-{each.log.name}"
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(each.log, folder / name)

    def stop(self) -> None:
        """End everything at once."""
        for process in self.processes:
            process.kill()
        for host in self.hosts:
            host.patroni.kill_postgres()


@asynccontextmanager
async def cluster(
    network: Network, more: Mapping[str, str] | None = None
) -> AsyncIterator[Cluster]:
    """A cluster that is whole, in a folder of its own, until the context ends; nothing is left."""
    folder = _new_folder()
    made = Cluster(network, folder, more or {})
    keeping = asyncio.create_task(keep_running(made.processes))
    try:
        await made.start()
        yield made
    finally:
        keeping.cancel()
        made.stop()
        _end_all_in(folder)
        shutil.rmtree(folder)


def _end_all_in(folder: Path) -> None:
    """End whatever still works in the folder: a PostgreSQL that was starting, for example."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if Path(process.cwd()).is_relative_to(folder):
                process.kill()
                process.wait(10)


def _account() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL and Patroni: it refuses root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise Missing("there is no user postgres; Debian: postgresql") from error


def _new_folder() -> Path:
    """A folder for temporary things that others than root can reach, too."""
    folder = Path(
        tempfile.mkdtemp(prefix="trk-cluster-", dir="/tmp" if os.geteuid() == 0 else None)
    )
    folder.chmod(0o755)
    return folder


def _newest(members: list[Member]) -> tuple[int, int]:
    leaders = [m.timeline or 0 for m in members if m.role == "leader"]
    return max(leaders, default=-1), len(members)


def _asked(url: str) -> Any:
    try:
        with _direct(url, timeout=1.5) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def _status(url: str) -> int:
    try:
        with _direct(url, timeout=3) as answer:
            return int(answer.status)
    except OSError:
        return 0

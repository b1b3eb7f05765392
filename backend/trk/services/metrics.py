"""What the server counts, whether or not somebody reads it; a registry for each application."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from trk.core.rejection import Rejection
from trk.store import vitals
from trk.store.submissions import Reply

_GROUPS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_COMMITS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_REQUESTS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)


class Metrics:
    """The numbers of one application."""

    def __init__(self, queued: Callable[[], int], capacity: int) -> None:
        """`queued` gives how many beacons wait, of `capacity` that may."""
        registry = self.registry = CollectorRegistry()
        self._beacons = Counter(
            "trk_beacons",
            "Beacons answered, by result: stored, duplicate or a code.",
            ["result"],
            registry=registry,
        )
        self._results: dict[str, Counter] = {}
        self._group = Histogram(
            "trk_group_size",
            "Beacons committed in one group.",
            buckets=_GROUPS,
            registry=registry,
        )
        self._commit = Histogram(
            "trk_commit_seconds",
            "Time from a group's start to its commit.",
            buckets=_COMMITS,
            registry=registry,
        )
        self._requests = Counter(
            "trk_requests",
            "Requests except beacons, by route template; status 0: the client disconnected.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "trk_request_seconds",
            "How long these requests took.",
            ["route"],
            buckets=_REQUESTS,
            registry=registry,
        )
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        waiting = Gauge("trk_queue_length", "Beacons waiting to be stored.", registry=registry)
        waiting.set_function(queued)
        most = Gauge("trk_queue_capacity", "How many beacons can wait.", registry=registry)
        most.set(capacity)
        self._mails = Gauge(
            "trk_mails",
            "E-mails not sent: waiting, of these retrying, and given_up.",
            ["state"],
            registry=registry,
        )
        self._size = Gauge(
            "trk_database_bytes", "The database's size, without SQLite's WAL.", registry=registry
        )
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)

    def beacon(self, reply: Reply) -> None:
        """Count a beacon by what it is told."""
        if isinstance(reply, Rejection):
            result = reply.code
        else:
            result = "duplicate" if reply.duplicate else "stored"
        counter = self._results.get(result)
        if counter is None:
            counter = self._results[result] = self._beacons.labels(result)
        counter.inc()

    def committed(self, size: int, seconds: float) -> None:
        """Note a group of beacons that was stored."""
        self._group.observe(size)
        self._commit.observe(seconds)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note a request that was answered."""
        if route == "/{key}/beacon":
            return
        series = self._series.get((method, route, status))
        if series is None:
            # Kept, since finding a series by its labels takes longer than counting.
            series = (
                self._requests.labels(method, route, str(status)),
                self._seconds.labels(route),
            )
            self._series[method, route, status] = series
        series[0].inc()
        series[1].observe(seconds)

    def stored(self, mails: vitals.Mails, size: int) -> None:
        """Note what the database knows."""
        for state, count in mails._asdict().items():
            self._mails.labels(state).set(count)
        self._size.set(size)

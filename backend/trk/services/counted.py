"""What the processes of one server have counted, added up by whichever is asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

import msgspec
from prometheus_client import CollectorRegistry, Metric

from trk.services.place import Place

log = logging.getLogger(__name__)

_PATIENCE = 2.0
"""Seconds that the others may take to tell."""
_EARLIEST = ("process_start_time_seconds",)
_SAME = ("trk_mails", "trk_database_bytes", "process_max_fds", "python_info")
"""What is not each process' own: the largest is taken, not the sum."""


class _Sample(msgspec.Struct, array_like=True):
    name: str
    labels: dict[str, str]
    value: float


class _Family(msgspec.Struct, array_like=True):
    name: str
    documentation: str
    kind: str
    samples: list[_Sample]


class Counted:
    """Tells the others what this process has counted, and asks them."""

    def __init__(self, place: Place, registry: CollectorRegistry) -> None:
        self._place = place
        self._registry = registry
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Tell whoever asks, until closed."""
        own = self._place.metrics(self._place.number)
        try:
            own.unlink(missing_ok=True)  # of the process whose place this one takes
            self._server = await asyncio.start_unix_server(self._told, own)
        except OSError as error:  # no reason to serve nobody
            log.warning("what this process counts can't be asked for: %s", error)

    async def close(self) -> None:
        """Tell no more."""
        if self._server is not None:
            self._server.close()

    async def collected(self) -> MetricsTogether | None:
        """What all processes have counted; None if one has not told its part: a sum without it
        would look as if the counters had begun anew."""
        others = [n for n in range(self._place.of) if n != self._place.number]
        told = await asyncio.gather(*map(self._asked, others))
        known = [families for families in told if families]
        if len(known) < len(others):
            return None
        return MetricsTogether([_families(self._registry), *known])

    async def _told(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(msgspec.msgpack.encode(_families(self._registry)))
        writer.close()

    async def _asked(self, number: int) -> list[_Family]:
        try:
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await asyncio.open_unix_connection(self._place.metrics(number))
                try:
                    return _decoder.decode(await reader.read())  # up to its end
                finally:
                    writer.close()
        except (OSError, TimeoutError, msgspec.DecodeError) as error:
            log.warning("worker %d has not told its metrics: %r", number, error)
            return []


class MetricsTogether:
    """Several processes' metrics as those of one, for prometheus_client to write."""

    def __init__(self, counted: Sequence[list[_Family]]) -> None:
        self._counted = counted

    def collect(self) -> Iterable[Metric]:
        """Each family of metrics once."""
        families: dict[str, _Family] = {}
        values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], list[float]]] = {}
        for family in (each for counted in self._counted for each in counted):
            families.setdefault(family.name, family)
            for sample in family.samples:
                labels = tuple(sample.labels.items())
                seen = values.setdefault(family.name, {}).setdefault((sample.name, labels), [])
                seen.append(sample.value)
        for name, family in families.items():
            metric = Metric(name, family.documentation, family.kind)
            for (sample_name, labels), seen in values.get(name, {}).items():
                metric.add_sample(sample_name, dict(labels), _added(name, sample_name, seen))
            yield metric
        workers = Metric("trk_workers", "Processes that serve, and have told their part.", "gauge")
        workers.add_sample("trk_workers", {}, len(self._counted))
        yield workers


def _added(family: str, sample: str, seen: Sequence[float]) -> float:
    if family in _EARLIEST or sample.endswith("_created"):
        return min(seen)
    return max(seen) if family in _SAME else sum(seen)


def _families(registry: CollectorRegistry) -> list[_Family]:
    return [
        _Family(
            metric.name,
            metric.documentation,
            metric.type,
            [_Sample(each.name, dict(each.labels), each.value) for each in metric.samples],
        )
        for metric in registry.collect()
    ]


_decoder = msgspec.msgpack.Decoder(list[_Family])

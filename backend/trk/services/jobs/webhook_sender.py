"""The webhook sender: sends events to webhooks' endpoints, and tries again after a failure.

An endpoint that hangs or fails does not hold up the others: each has a few tries of its own.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import ssl
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from trk.clock import now_ms
from trk.core.webhook import retry_at
from trk.services.jobs.periodic import Periodic
from trk.store import deliveries, webhooks
from trk.store.database import Database
from trk.store.deliveries import DueDelivery
from trk.store.errors import DatabaseError
from trk.store.program import Transaction
from trk.store.webhooks import Endpoint

if TYPE_CHECKING:
    from trk.services.jobs.webhook_client import Resolve, WebhookClient

P = ParamSpec("P")

log = logging.getLogger(__name__)

_EVERY = 1.0
"""Seconds between two rounds; looking for what is due is one read by an index."""
_AT_ONCE = 4
"""The most tries at one endpoint at the same time."""
_ENDPOINTS = 32
"""Endpoints that are served at the same time; the others wait for their turn."""


class WebhookSender(Periodic):
    """Delivers what is due, as a task of the server; several servers may share the work."""

    def __init__(
        self,
        database: Database,
        *,
        private: bool,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`private`: may it send to addresses that are not of the internet?

        `resolve` finds hosts, and `tls` says whom it trusts: by default the system's.
        """
        super().__init__("sending to webhooks", _EVERY)
        self._database = database
        self._private = private
        # Threads of its own: a name server that hangs must not hold up who else needs one.
        self._finders = ThreadPoolExecutor(_ENDPOINTS, "webhook-hosts")
        self._resolve = resolve or self._resolved
        self._tls = tls or ssl.create_default_context()
        self._slots = asyncio.Semaphore(_ENDPOINTS)
        self._serving: dict[Endpoint, asyncio.Task[None]] = {}
        self._shared: WebhookClient | None = None
        self._stopping = False

    @property
    def hands_over(self) -> bool:
        """Is something being delivered? To end now might send it twice."""
        return bool(self._serving)

    async def run(self) -> None:
        """Deliver until cancelled. What is under way then is finished, and nothing more begun."""
        try:
            await super().run()
        finally:
            self._stopping = True
            await asyncio.gather(*self._serving.values(), return_exceptions=True)
            if self._shared is not None:
                await self._shared.close()

    async def deliver_due(self, now: int) -> None:
        """Try all that is due at `now` (ms) once, and return when that is done."""
        async with self._client() as client:
            due = await self._database.read(deliveries.waiting, now)
            await asyncio.gather(*[self._serve(client, endpoint, now) for endpoint in due])

    async def try_now(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, list[DueDelivery]]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> list[int]:
        """Try at once what this program takes (see webhook_client); the deliveries' ids."""
        taken = await self._database.write(program, *args, **kwargs)
        async with self._client() as client:
            await asyncio.gather(*[self._deliver(client, due, None) for due in taken])
        return [due.id for due in taken]

    def _client(self) -> WebhookClient:
        # The library for it takes a tenth of a server's start, and many have no webhook.
        from trk.services.jobs.webhook_client import WebhookClient  # noqa: PLC0415

        return WebhookClient(self._resolve, self._tls, private=self._private)

    async def work(self) -> None:
        """Serve every endpoint for which something is due and that is not being served."""
        now = await self._database.now()
        for endpoint in await self._database.read(deliveries.waiting, now):
            if endpoint not in self._serving:
                self._shared = self._shared or self._client()
                task = asyncio.create_task(self._serve(self._shared, endpoint))
                self._serving[endpoint] = task
                task.add_done_callback(partial(self._served, endpoint))

    def _served(self, endpoint: Endpoint, task: asyncio.Task[None]) -> None:
        del self._serving[endpoint]
        if task.cancelled():
            return
        problem = task.exception()
        if problem is None:
            self.wake()  # what came at the very end has not been looked for
        elif isinstance(problem, DatabaseError):
            log.warning("webhook %d has to wait: %s", endpoint.webhook_id, problem)
        else:
            log.error("webhook %d has to wait: %s", endpoint.webhook_id, problem, exc_info=problem)

    async def _serve(
        self, client: WebhookClient, endpoint: Endpoint, now: int | None = None
    ) -> None:
        """Try what is due to one endpoint, a few at a time, until nothing is."""
        while True:
            async with self._slots:
                if self._stopping:
                    return
                instant = await self._database.now() if now is None else now
                due = await self._database.write(deliveries.take, endpoint, _AT_ONCE, instant)
                await asyncio.gather(*[self._deliver(client, each, now) for each in due])
            if len(due) < _AT_ONCE:
                return

    async def _deliver(self, client: WebhookClient, due: DueDelivery, now: int | None) -> None:
        outcome = await client.send(due, now_ms() if now is None else now)
        instant = await self._database.now() if now is None else now
        again_at = None
        if outcome.error is not None:
            if not outcome.gone:
                again_at = retry_at(due.attempts, instant, random.random(), outcome.wait)
            log.warning(
                "%s was not delivered to webhook %d (attempt %d, %s): %s",
                due.event.id,
                due.webhook_id,
                due.attempts,
                "given up" if again_at is None else "will be retried",
                outcome.error,
            )
        await self._database.write(deliveries.settle, due, outcome, again_at, instant)
        if outcome.gone:
            why = outcome.error or ""
            await self._database.write(
                webhooks.turn_off, due.campaign_id, due.webhook_id, why, instant
            )

    async def _resolved(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        find = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await loop.run_in_executor(self._finders, find)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

"""The webhook sender: sends events to webhooks' endpoints, and tries again after a failure.

An endpoint that hangs or fails does not hold up the others: each has a few tries of its own.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Concatenate, ParamSpec

import httpx

from trk.clock import now_ms
from trk.core.address import is_public
from trk.core.webhook import Outcome, headers, outcome_of, refused_address, retry_at
from trk.services.jobs.periodic import Periodic
from trk.store import deliveries, webhooks
from trk.store.database import Database
from trk.store.deliveries import DueDelivery
from trk.store.errors import DatabaseError
from trk.store.program import Transaction

P = ParamSpec("P")

log = logging.getLogger(__name__)

_EVERY = 1.0
"""Seconds between two rounds; looking for what is due is one read by an index."""
_AT_ONCE = 4
"""The most tries at one endpoint at the same time."""
_ENDPOINTS = 32
"""Endpoints that are served at the same time; the others wait for their turn, TIMEOUT at most."""
TIMEOUT = 10.0
"""Seconds for a whole try: finding the host, connecting, sending and being answered."""
_CONNECT = 4.0

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host (and port); OSError if there are none."""


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
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._stopping = False

    @property
    def hands_over(self) -> bool:
        """Is something being delivered? To end now might send it twice."""
        return bool(self._serving)

    async def run(self) -> None:
        """Deliver until cancelled. What is under way then is finished, and nothing more begun."""
        async with self._client() as self._shared:
            try:
                await super().run()
            finally:
                self._stopping = True
                await asyncio.gather(*self._serving.values(), return_exceptions=True)

    async def deliver_due(self, now: int) -> None:
        """Try all that is due at `now` (ms) once, and return when that is done."""
        async with self._client() as client:
            due = await self._database.read(deliveries.waiting, now)
            await asyncio.gather(*[self._serve(client, webhook_id, now) for webhook_id in due])

    async def try_now(
        self,
        program: Callable[Concatenate[Transaction, P], Coroutine[Any, Any, list[DueDelivery]]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> list[int]:
        """Try at once what this program takes (within TIMEOUT); the deliveries' ids."""
        taken = await self._database.write(program, *args, **kwargs)
        async with self._client() as client:
            await asyncio.gather(*[self._deliver(client, due, None) for due in taken])
        return [due.id for due in taken]

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._tls,
            timeout=httpx.Timeout(TIMEOUT, connect=_CONNECT),
            follow_redirects=False,
            trust_env=False,  # a proxy would connect to whatever address it finds
            # No connection is used again: it belongs to an address, on which several hosts may be.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def work(self) -> None:
        """Serve every endpoint for which something is due and that is not being served."""
        now = await self._database.now()
        for webhook_id in await self._database.read(deliveries.waiting, now):
            if webhook_id not in self._serving:
                task = asyncio.create_task(self._serve(self._shared, webhook_id))
                self._serving[webhook_id] = task
                task.add_done_callback(partial(self._served, webhook_id))

    def _served(self, webhook_id: int, task: asyncio.Task[None]) -> None:
        del self._serving[webhook_id]
        if task.cancelled():
            return
        problem = task.exception()
        if problem is None:
            self.wake()  # what came at the very end has not been looked for
        elif isinstance(problem, DatabaseError):
            log.warning("webhook %d has to wait: %s", webhook_id, problem)
        else:
            log.error("webhook %d has to wait: %s", webhook_id, problem, exc_info=problem)

    async def _serve(
        self, client: httpx.AsyncClient, webhook_id: int, now: int | None = None
    ) -> None:
        """Try what is due to one endpoint, a few at a time, until nothing is."""
        while True:
            async with self._slots:
                if self._stopping:
                    return
                instant = await self._database.now() if now is None else now
                due = await self._database.write(deliveries.take, webhook_id, _AT_ONCE, instant)
                await asyncio.gather(*[self._deliver(client, each, now) for each in due])
            if len(due) < _AT_ONCE:
                return

    async def _deliver(self, client: httpx.AsyncClient, due: DueDelivery, now: int | None) -> None:
        outcome = await self._send(client, due, now_ms() if now is None else now)
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
            await self._database.write(
                webhooks.turn_off, due.webhook_id, outcome.error or "", instant
            )

    async def _send(self, client: httpx.AsyncClient, due: DueDelivery, now: int) -> Outcome:
        try:
            async with asyncio.timeout(TIMEOUT):
                url = httpx.URL(due.url)
                host = url.raw_host.decode("ascii")
                port = url.port or (443 if url.scheme == "https" else 80)
                addresses = await self._resolve(host, port)
                if not self._private:
                    for address in addresses:
                        if not is_public(address):
                            return Outcome(None, refused_address(host, address))
                return await self._post(client, due, url, addresses, now)
        except TimeoutError:
            return Outcome(None, f"There was no answer within {TIMEOUT:g} s.")
        except (OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return Outcome(None, f"{type(error).__name__}: {error}")

    async def _post(
        self,
        client: httpx.AsyncClient,
        due: DueDelivery,
        url: httpx.URL,
        addresses: list[str],
        now: int,
    ) -> Outcome:
        """Post to the first of the addresses that can be reached: to none but these, whatever the
        host's name leads to by then."""
        body = due.event.body
        given = {
            **headers(due.event, body, due.secret, now),
            "host": url.netloc.decode("ascii"),
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": "trk-webhooks/1",
        }
        for address in addresses[:-1]:
            try:
                return await self._exchange(client, url, address, body, given, now)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._exchange(client, url, addresses[-1], body, given, now)

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        url: httpx.URL,
        address: str,
        body: bytes,
        given: dict[str, str],
        now: int,
    ) -> Outcome:
        async with client.stream(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=given,
            # The certificate must be the host's, not the address'.
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        ) as answer:
            # The status says all. What else comes is not read: it might never end.
            return outcome_of(answer.status_code, answer.headers.get("retry-after"), now)

    async def _resolved(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        find = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await loop.run_in_executor(self._finders, find)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

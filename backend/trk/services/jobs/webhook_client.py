"""Sends an event to a webhook's endpoint, once."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import httpx

from trk.core.address import is_public
from trk.core.webhook import Outcome, headers, outcome_of, refused_address
from trk.store.deliveries import DueDelivery

TIMEOUT = 10.0
"""Seconds for a whole try: finding the host, connecting, sending and being answered."""
_CONNECT = 4.0

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host (and port); OSError if there are none."""


class WebhookClient:
    """What several tries share; to be closed, as by `async with`."""

    def __init__(self, resolve: Resolve, tls: ssl.SSLContext, *, private: bool) -> None:
        """`resolve` finds hosts, `tls` says whom it trusts; `private`: may it send to addresses
        that are not of the internet?"""
        self._resolve = resolve
        self._private = private
        self._http = httpx.AsyncClient(
            verify=tls,
            timeout=httpx.Timeout(TIMEOUT, connect=_CONNECT),
            follow_redirects=False,
            trust_env=False,  # a proxy would connect to whatever address it finds
            # No connection is used again: it belongs to an address, on which several hosts may be.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """End its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> WebhookClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def send(self, due: DueDelivery, now: int) -> Outcome:
        """Send it, within TIMEOUT; what came of that."""
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
                return await self._post(due, url, addresses, now)
        except TimeoutError:
            return Outcome(None, f"There was no answer within {TIMEOUT:g} s.")
        except (OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return Outcome(None, f"{type(error).__name__}: {error}")

    async def _post(
        self, due: DueDelivery, url: httpx.URL, addresses: list[str], now: int
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
                return await self._exchange(url, address, body, given, now)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._exchange(url, addresses[-1], body, given, now)

    async def _exchange(
        self, url: httpx.URL, address: str, body: bytes, given: dict[str, str], now: int
    ) -> Outcome:
        async with self._http.stream(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=given,
            # The certificate must be the host's, not the address'.
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        ) as answer:
            # The status says all. What else comes is not read: it might never end.
            return outcome_of(answer.status_code, answer.headers.get("retry-after"), now)

"""Beacons as they go over the wire, made without any of the server's own code."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from trk_sdk.testkit.truth import Campaign

Pair = Sequence[str | None]
VISITOR = "0123456789abcdef0123456789abcdef"


def beacon_id(number: int) -> str:
    """The idempotency id that has this number in it."""
    return f"0193e5b4-6f3a-7c1e-9d2a-{number:012x}"


def beacon(number: int = 1, *pairs: Pair, **fields: Any) -> bytes:
    """The body of a beacon (by default with the pair VIP, myValue), other `fields` as given.

    A field that is None is left out.
    """
    whole = {"id": beacon_id(number), "visitor": VISITOR, "pairs": pairs or [["VIP", "myValue"]]}
    kept = {name: value for name, value in {**whole, **fields}.items() if value is not None}
    return json.dumps(kept, separators=(",", ":")).encode()


def beacon_url(campaign: Campaign) -> str:
    """Where the campaign's beacons go; by number, since `localhost` may mean ::1 first."""
    return f"{campaign.url}/beacon".replace("localhost", "127.0.0.1")


def raw(campaign: Campaign, body: bytes) -> bytes:
    """A whole request with this body, for a plain socket; the connection ends with the answer."""
    head = (
        f"POST /{campaign.key}/beacon HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def client() -> Iterator[httpx.Client]:
    """A client for plain HTTP that uses no proxy."""
    # To read the system's certificates for it would take longer than what it asks for.
    with httpx.Client(trust_env=False, timeout=30, verify=False) as opened:
        yield opened


def asynchronous_client() -> httpx.AsyncClient:
    """The same for what happens at once."""
    return httpx.AsyncClient(trust_env=False, timeout=60, verify=False)


def post(campaign: Campaign, body: bytes, content_type: str = "text/plain") -> httpx.Response:
    """Send one beacon as trk.js does; the answer."""
    with client() as opened:
        return opened.post(
            beacon_url(campaign), content=body, headers={"Content-Type": content_type}
        )


async def post_all(
    sent: Iterable[tuple[str, bytes]], connections: int = 32
) -> list[httpx.Response]:
    """Send these beacons, each to its address, over so many connections at once."""
    # A pool takes the longer for each request the more of them wait for it.
    waiting, answers = iter(sent), list[httpx.Response]()

    async def shop() -> None:
        async with asynchronous_client() as shop:
            for url, body in waiting:
                answers.append(await shop.post(url, content=body))

    await asyncio.gather(*[shop() for _ in range(connections)])
    return answers


def arrive(browser: httpx.Client, address: str, visitor: str = VISITOR) -> None:
    """Come to the campaign at this address by a click on the site: its beacon, then the page."""
    ticket = secrets.token_hex(16)
    clicked = beacon(int(ticket[:12], 16), visitor=visitor, pairs=[], ticket=ticket)
    assert browser.post(f"{address}/beacon", content=clicked).status_code == 200
    browser.get(address, params={"visitor": ticket}, follow_redirects=True)


def padded(size: int) -> bytes:
    """A good beacon of exactly `size` bytes."""
    return beacon(pad="x" * (size - len(beacon(pad=""))))


def expect_refusal(answer: httpx.Response, status: int, code: str, *says: str) -> None:
    """The answer is this refusal, in the one shape of errors, readable by the customer's page."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json().keys() == {"error"}
    assert answer.json()["error"].keys() == {"code", "message"}
    message = answer.json()["error"]["message"]
    for part in says:
        assert part in message
    assert len(message) < 400, "a sentence quotes no more than the start of what came"
    assert answer.headers["X-Trk-Refusal"] == code
    assert answer.headers["Access-Control-Allow-Origin"] == "*"

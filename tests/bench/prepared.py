"""What the servers that are measured are asked, and the campaign that they need for it."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from typing import Any

from trk.clock import now_ms
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.core.keys import token_hash
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.store import entrants
from trk.store.database import Database
from trk.store.migrate import migrate
from trk.store.program import Transaction

KEY = "bench"
_AT_ONCE = 500
"""How many entrants enter in one transaction, which may take seconds only."""


def key_of(number: int, campaigns: int) -> str:
    """The key of the campaign to which the visitor with this number belongs."""
    return f"{KEY}{number % campaigns or ''}"


async def prepare(url: str, count: int, campaigns: int = 1) -> list[str]:
    """Campaigns with one action each and `count` linked entrants, who belong to each of them in
    turn; their visitor ids."""
    await migrate(url)
    database = Database(url)
    await database.open()
    made = []
    for number in range(campaigns):
        draft = CampaignDraft("Bench", key=key_of(number, campaigns))
        made.append(await database.write(make_campaign, draft))
        await database.write(make_action, made[-1], ActionDraft("Be VIP", "VIP"))
    visitors = [secrets.token_hex(16) for _ in range(count)]

    async def enter_all(tx: Transaction, start: int) -> None:
        for number, visitor in enumerate(visitors[start : start + _AT_ONCE], start):
            await entrants.enter(
                tx,
                made[number % campaigns],
                name="Ann",
                email=f"{visitor}@example.org",
                session_hash=token_hash(visitor),
                visitor=visitor,
                now=time.time_ns() // 1_000_000,
            )

    for start in range(0, count, _AT_ONCE):
        await database.write(enter_all, start)
    await database.close()
    return visitors


def beacon(name: str, visitor: str | None = None) -> dict[str, Any]:
    """What is sent of a push of `name` at this moment, by a new visitor if by none of ours."""
    stamp = f"{now_ms():012x}"
    return {
        "id": f"{stamp[:8]}-{stamp[8:]}-7000-8000-{secrets.token_hex(6)}",
        "visitor": visitor or secrets.token_hex(16),
        "pairs": [[name]],
    }


def beacons(visitors: Sequence[str], campaigns: int = 1) -> list[bytes]:
    """A request with a beacon of each of these visitors, the first of whom is of the first
    campaign."""
    now = time.time_ns() // 1_000_000
    prepared = []
    for n, visitor in enumerate(visitors):
        stamp = f"{now + n // 64:012x}"
        tail = f"8{secrets.token_hex(2)[:3]}-{secrets.token_hex(6)}"
        beacon_id = f"{stamp[:8]}-{stamp[8:]}-7{n % 64:03x}-{tail}"
        body = {"id": beacon_id, "visitor": visitor, "age": 0, "pairs": [["VIP", f"order-{n}"]]}
        content = json.dumps(body).encode()
        head = (
            f"POST /{key_of(n, campaigns)}/beacon HTTP/1.1\r\nHost: localhost\r\nOrigin: https://shop.example\r\n"
            f"Content-Type: text/plain\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        prepared.append(head.encode() + content)
    return prepared


async def poll(port: int, visitor: str) -> bytes:
    """A request for the status that is answered 304."""
    head = f"GET /{KEY}/status HTTP/1.1\r\nHost: localhost\r\nCookie: trk_{KEY}={visitor}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}Connection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    [etag] = [line[6:] for line in answer.split("\r\n") if line.startswith("etag: ")]
    return f"{head}If-None-Match: {etag}\r\n\r\n".encode()

"""`GET /{key}/status`: what the campaign's page polls; unchanged, it costs a 304."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from trk.clock import now_ms
from trk.core.rejection import Reason, Rejection, shown
from trk.core.status import status_of
from trk.store.database import Database
from trk.store.status import Poll, Seen, look
from trk.web.campaign.session import session_hash
from trk.web.http.respond import encode, refused


class StatusReader:
    """Answers the polls that wait together by one read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Poll, asyncio.Future[Seen | None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def see(self, poll: Poll) -> Seen | None:
        """What the database knows for one poll."""
        future: asyncio.Future[Seen | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((poll, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer())
        return await future

    async def _answer(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                seen: Sequence[Seen | None] = await self._database.read(
                    look([poll for poll, _ in group])
                )
            except Exception as error:
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(group, seen, strict=True):
                if not future.done():
                    future.set_result(answer)


async def status(request: Request) -> Response:
    """The entrant's entries and the state of each action; ETag is the hash of the answer."""
    key = request.path_params["key"]
    seen = await request.app.state.status.see(Poll(key, session_hash(request, key)))
    if seen is None:
        return refused(
            Rejection(Reason.UNKNOWN_CAMPAIGN, f"There is no campaign with the key {shown(key)}.")
        )
    now = now_ms()
    body = encode(
        {
            "entered": seen.entrant_id is not None,
            "status": status_of(seen.campaign, seen.actions, seen.completions, now, seen.granted),
        }
    )
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": "private, no-cache", "vary": "Cookie, Authorization"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "application/json")

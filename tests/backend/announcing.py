"""What tests of winners do after a draw: drawing them, and reading what they are written."""

from __future__ import annotations

import re
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.calls import competition, prize
from tests.backend.drawing import end_now
from tests.backend.stored import query
from trk.web.server import server_of

ONE = "/campaigns/y2sB7"
LATER = "2490-12-24T18:00:00Z"
SAME = {"sec-fetch-site": "same-origin"}


async def over(app: Starlette, api: httpx.AsyncClient, people: int = 4, winners: int = 2) -> None:
    """A competition that has just ended."""
    await competition(app, api, people)
    await prize(api, "A bike", winners)
    await end_now(app)


async def draw(api: httpx.AsyncClient) -> Any:
    answer = await api.post(f"{ONE}/draw")
    assert answer.status_code == 201, answer.text
    return answer.json()


async def mails_of(app: Starlette) -> list[dict[str, Any]]:
    rows = await query(
        server_of(app).database,
        "SELECT recipient, subject, body FROM mails WHERE topic LIKE 'winner %' ORDER BY id",
    )
    return [dict(row) for row in rows]


def link_in(body: str) -> str:
    [path] = re.findall(r"http://track.test(/y2sB7/won/[\w-]+)", body)
    return str(path)

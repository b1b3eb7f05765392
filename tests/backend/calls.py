"""What tests of the API do, and what they look at."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.conftest import api_of
from tests.backend.stored import NOW, beacon_id, campaign_in, query_write, visitor
from trk.core.keys import token_hash
from trk.store import entrants
from trk.web.server import server_of

CAMPAIGN = {"name": "Win a bike", "key": "y2sB7"}
ACTION = {"title": "Be VIP", "tracking_name": "VIP", "url": "https://shop.test/vip", "worth": 5}


def mistake(answer: httpx.Response, status: int, code: str) -> str:
    """The message of an error, which must have this status and this one shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["code"] == code
    message: str = body["error"]["message"]
    return message


async def made(api: httpx.AsyncClient, kind: str = "competition", **fields: Any) -> None:
    answer = await api.post(
        "/campaigns", json={"name": "Win", "key": "y2sB7", "kind": kind, **fields}
    )
    assert answer.status_code == 201, answer.text


async def action(api: httpx.AsyncClient, name: str = "Purchase", **fields: Any) -> int:
    answer = await api.post(
        "/campaigns/y2sB7/actions", json={"title": name, "tracking_name": name, **fields}
    )
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


async def gives_codes(api: httpx.AsyncClient) -> None:
    """Make the campaign y2sB7, which gives a code of one's own for a purchase."""
    await made(api, "reward", reward_kind="codes")
    await action(api)


async def entered(app: Starlette, number: int, *, linked: bool = True) -> int:
    database = server_of(app).database
    campaign = await campaign_in(database)
    entrant = await database.write(
        entrants.enter,
        campaign,
        name=f"Entrant {number}",
        email=f"{number}@example.org",
        session_hash=token_hash(f"session {number}"),
        visitor=visitor(number) if linked else None,
        now=NOW,
    )
    assert entrant is not None
    found: int = entrant.id
    return found


def call(number: int, *pairs: list[str | None], **who: Any) -> dict[str, Any]:
    return {"id": beacon_id(number), "pairs": list(pairs), **who}


async def earn(app: Starlette, api: httpx.AsyncClient, *numbers: int) -> None:
    """Let entrants with these numbers enter, and purchase."""
    for number in numbers:
        await entered(app, number)
        body = call(number, ["Purchase"], visitor=visitor(number))
        assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200


async def data(api: httpx.AsyncClient, path: str) -> Any:
    answer = await api.get(f"/campaigns/y2sB7/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def competition(app: Starlette, api: httpx.AsyncClient, people: int) -> None:
    """A competition that is over, with entrants who have 1, 2, 3 … entries."""
    await made(api)
    for number in range(1, people + 1):
        await entered(app, number)
    for number in range(1, people + 1):
        await action(api, f"A{number}")
    for number in range(1, people + 1):
        pairs: list[list[str | None]] = [[f"A{n}"] for n in range(1, number + 1)]
        body = call(number, *pairs, visitor=visitor(number))
        assert (await api.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200


async def prize(api: httpx.AsyncClient, title: str, winners: int) -> int:
    answer = await api.post("/campaigns/y2sB7/prizes", json={"title": title, "winners": winners})
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


async def settle(api: httpx.AsyncClient, kind: str, source: str = "") -> None:
    """Settle what the draw's seed will be made of."""
    answer = await api.put("/campaigns/y2sB7/draw/plan", json={"kind": kind, "source": source})
    assert answer.status_code == 200, answer.text


async def end(app: Starlette) -> None:
    await query_write(server_of(app).database, "UPDATE campaigns SET ends_at = 1")


async def api_with(app: Starlette, *scopes: Any, **token: Any) -> httpx.AsyncClient:
    """A client of the API whose token “robot” has these scopes."""
    return await api_of(app, "robot", scopes=scopes, **token)

"""Text that no database holds, in any field of any call, is no error of the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.calls import action, entered, made, prize
from tests.backend.conftest import client_of
from tests.backend.stored import query
from trk.core.access import ALL
from trk.services.tokens import make_token
from trk.web.api import OPERATIONS
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

HOSTILE = ("a\0b", "\ud800", "\u202e\x85\x01", "\u2028")


def _changed(value: Any, bad: str) -> Iterator[Any]:
    """The value with each of its texts in turn made bad."""
    if isinstance(value, str):
        yield value + bad
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from ([*value[:n], each, *value[n + 1 :]] for each in _changed(item, bad))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from ({**value, name: each} for each in _changed(item, bad))


async def test_no_call_of_the_api_fails_for_a_text_in_its_body(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await made(api, key="y2sB7")
    await action(api)
    await prize(api, "Bike", 1)
    await entered(app, 1)
    token = (await server_of(app).database.write(make_token, "all", scopes=ALL)).token
    api.headers["authorization"] = f"Bearer {token}"
    tried = 0
    for operation in OPERATIONS:
        if operation.example is None or operation.method == "DELETE":
            continue
        path = operation.path.replace("{key}", "y2sB7")
        for name in (
            "action",
            "prize",
            "entrant",
            "completion",
            "webhook",
            "token",
            "win",
            "field",
        ):
            path = path.replace(f"{{{name}}}", "1")
        example = operation.example
        for bad in HOSTILE:
            for body in _changed(example, bad):
                content = (
                    body.encode("utf-8", "surrogatepass")
                    if isinstance(body, str)
                    else json.dumps(body).encode()
                )
                answer = await api.request(operation.method, path, content=content)
                assert answer.status_code < 500, (path, body, answer.text)
                tried += 1
    assert tried > 100


async def test_nobody_enters_with_such_an_address(app: Starlette, api: httpx.AsyncClient) -> None:
    await made(api)
    async with client_of(app) as browser:
        for bad in ("%00", "%c2%85", "%e2%80%a8", "%01", "%7f"):
            form = f"name=Ann&email=ann{bad}%40example.org"
            header = {"content-type": "application/x-www-form-urlencoded"}
            answer = await browser.post("/y2sB7/enter", content=form, headers=header)
            assert answer.status_code == 400, bad


async def test_a_link_is_mailed_for_a_page_whose_address_no_database_holds(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    shop = "https://shop.example"
    await made(api, allowed_origins=[shop])
    form = {"name": "Ann", "email": "ann@example.org", "origin": shop, "page": f"{shop}/a\0b"}
    async with client_of(app) as browser:
        for _ in range(2):  # the second one is mailed, with the page to lead back to
            answer = await browser.post("/y2sB7/enter", data=form)
            assert answer.status_code < 400, answer.text
    [row] = await query(server_of(app).database, "SELECT page FROM confirmations")
    assert row["page"] == f"{shop}/ab"

"""The API's document: it has every route, its examples can be sent, and the server keeps to it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from tests.backend.conftest import client_of
from tests.backend.stored import query_write
from tests.backend.wire import arrive
from trk.core.access import ALL
from trk.core.webhook import WebhookChange, WebhookDraft
from trk.services.tokens import make_token
from trk.store.database import Database
from trk.web.api import OPERATIONS, routes
from trk_sdk.testkit.process import Backend

RULES = Path(__file__).with_name("schemathesis.toml")
CAMPAIGN = {"name": "Win", "key": "y2sB7", "kind": "reward", "reward_kind": "codes"}


@pytest.fixture
async def document(sqlite_app: Starlette) -> Any:
    async with client_of(sqlite_app) as anybody:
        answer = await anybody.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


async def test_the_document_has_every_route_with_its_scope_and_its_errors(document: Any) -> None:
    made = {
        (method, route.path)
        for route in routes()
        for method in route.methods or ()
        if method != "HEAD"
    }
    told = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(told) == made
    assert len({operation["operationId"] for operation in told.values()}) == len(told)
    for (_, path), operation in told.items():
        assert operation["summary"].endswith("."), path
        if path == "/openapi.json":
            continue
        [scope] = operation["security"][0]["token"]
        assert scope in ALL
        assert {"401", "403", "429", "503"} <= set(operation["responses"])
        assert ("404" in operation["responses"]) == ("{" in path or path == "/entrants")


def test_the_example_of_every_body_is_one() -> None:
    with_body = [each for each in OPERATIONS if each.takes is not None]
    assert len(with_body) > 10
    for each in with_body:
        if isinstance(each.takes, str):
            assert isinstance(each.example, str)
            continue
        made = msgspec.convert(each.example, each.takes)
        if isinstance(made, WebhookDraft | WebhookChange):
            made.check(private=False)
        elif hasattr(made, "check"):
            made.check()


async def test_the_document_tells_instants_as_texts_and_no_query_as_a_body(
    document: Any,
) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["Completion"]["properties"]["completed_at"] == {
        "type": "string",
        "format": "date-time",
    }
    assert not [name for name in schemas if name.endswith(("Asked", "Wanted")) or name == "Paging"]


@pytest.mark.once
@pytest.mark.parametrize(
    "phases",
    [
        "examples,fuzzing",
        # With each edge of each schema: most of a thousand calls.
        pytest.param("examples,coverage,fuzzing", marks=pytest.mark.thorough),
    ],
)
def test_calls_that_are_made_up_are_answered_as_the_document_says(
    phases: str, database_url: str, tmp_path: Path
) -> None:
    backend = Backend(tmp_path / "trk", database_url)
    backend.start()
    token = asyncio.run(_token(database_url))
    try:
        server = backend.url.replace("localhost", "127.0.0.1")
        _fill(server, backend.token)
        made = subprocess.run(
            [
                *(sys.executable, "-W", "ignore", "-m", "schemathesis.cli"),
                *("--config-file", str(RULES), "run", f"{server}/api/v1/openapi.json"),
                *("--url", f"{server}/api/v1", "-H", f"Authorization: Bearer {token}"),
                *("--phases", phases, "--checks", "all", "-n", "4"),
                *("--seed", "1", "--no-color", "--warnings", "off"),
            ],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "NO_PROXY": "*"},
            check=False,
        )
    finally:
        backend.close()
    assert made.returncode == 0, made.stdout + made.stderr
    assert f"{len(OPERATIONS) - 1} selected" in made.stdout  # all but the document itself
    assert "Traceback" not in (tmp_path / "trk" / "backend.log").read_text()


async def _token(url: str) -> str:
    """A token that may do everything, with a number that is not hit when some are revoked."""
    database = Database(url)
    await database.open()
    token = (await database.write(make_token, "made up", scopes=ALL)).token
    await query_write(database, "UPDATE api_tokens SET id = 7000000000001 WHERE name = 'made up'")
    await database.close()
    return token


def _fill(server: str, token: str) -> None:
    """An action, an entrant who did it and has the one code, and somebody who is not known."""
    with httpx.Client(base_url=server, trust_env=False) as client:
        client.headers["authorization"] = f"Bearer {token}"
        action = {"title": "Buy", "tracking_name": "Purchase"}
        for path, body in [("", CAMPAIGN), ("/y2sB7/actions", action)]:
            assert client.post(f"/api/v1/campaigns{path}", json=body).status_code == 201
        codes = client.post("/api/v1/campaigns/y2sB7/codes", content="SPRING-1\n")
        assert codes.status_code == 201
        arrive(client, f"{server}/y2sB7", "a" * 32)
        form = {"name": "Ann", "email": "ann@example.org"}
        assert client.post("/y2sB7/enter", data=form).status_code == 303
        for n, visitor in enumerate(["a" * 32, "b" * 32]):
            beacon = {
                "id": f"0193e5b4-6f3a-7c1e-9d2a-{n:012x}",
                "visitor": visitor,
                "pairs": [["Purchase", "order-17"], ["Purchse"]],
            }
            assert client.post("/y2sB7/beacon", json=beacon).status_code == 200

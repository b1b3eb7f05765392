"""What people and programs are told while nothing can be stored."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.conftest import api_of, client_of, running
from tests.backend.connections import held_writes
from trk.settings import Settings
from trk.store.errors import Unavailable
from trk.web.server import server_of

ANN = {"name": "Ann", "email": "ann@example.org"}


async def test_who_enters_gets_a_page_and_can_send_it_again(
    app: Starlette, browser: httpx.AsyncClient, database_url: str
) -> None:
    async with await api_of(app) as owner:
        await owner.post("/campaigns", json={"name": "Win a bike", "key": "y2sB7"})
    browser.headers["sec-fetch-site"] = "same-origin"
    async with held_writes(database_url, "entrants"):
        away = await browser.post("/y2sB7/enter", data=ANN)
        assert (away.status_code, away.headers["retry-after"]) == (503, "2")
        assert away.headers["content-type"].startswith("text/html")
        assert "<h1>One moment, please</h1>" in away.text
        assert "go back and send it again" in away.text
        async with client_of(app, sec_fetch_site="same-origin") as program:
            told = await program.post("/y2sB7/enter", data=ANN)
    assert (told.status_code, told.json()["error"]["code"]) == (503, "storage")
    assert (await browser.post("/y2sB7/enter", data=ANN)).status_code == 303


@pytest.mark.parametrize("path", ["/y2sB7/win-a-bike", "/admin/sign-in"])
async def test_who_looks_at_a_page_is_told_to_load_it_again(
    sqlite_app: Starlette, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> None:
        raise Unavailable("the connection was lost")

    monkeypatch.setattr(server_of(sqlite_app).database, "read", gone)
    async with client_of(sqlite_app, accept="text/html") as browser:
        away = await browser.get(path)
        api = await browser.get("/api/v1/campaigns", headers={"authorization": "Bearer t"})
    assert (away.status_code, "load this page again" in away.text) == (503, True)
    assert (api.status_code, api.json()["error"]["code"]) == (503, "storage")


async def test_a_server_at_a_new_address_starts_though_nothing_can_be_stored(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(Settings(database=sqlite_url)):
        pass
    async with (
        held_writes(sqlite_url),
        running(Settings(database=sqlite_url, public_url="https://track.test")) as app,
        client_of(app) as browser,
    ):
        assert (await browser.get("/healthz")).status_code == 200
        assert (await browser.get("/readyz")).status_code == 503
    assert "The public address could not be noted: OperationalError: database is l" in caplog.text

"""The log: one line a request, as text or JSON, with an id and without anything of the visitor."""

from __future__ import annotations

import io
import json
import logging
import time
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.backend.conftest import PUBLIC_URL, client_of, running
from tests.backend.stored import query_write
from tests.backend.wire import beacon, client
from trk.journal import JSONLines, Lines, configure
from trk.settings import Settings
from trk.store.database import Database
from trk.store.errors import DatabaseError, Duplicate
from trk.web.server import server_of
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend

PERSONAL = (
    "ann@example.org",
    "Ann Onymous",
    "0123456789abcdef0123456789abcdef",  # a visitor
    "203.0.113.9",  # an address
    "secret-token",
    "myValue",
    "utm_source",
    "Firefox",
    "evil.example",
)


def visit(backend: Backend, trk_campaign: CampaignFactory) -> None:
    """What people and attackers do: enter, push, come back, make things up."""
    campaign = trk_campaign("VIP", on=backend)
    key, address = campaign.key, f"http://127.0.0.1:{backend.port}"
    ann = {"name": "Ann Onymous", "email": "ann@example.org"}
    said = {
        "User-Agent": "Firefox",
        "X-Forwarded-For": "203.0.113.9",
        "X-Request-Id": 'ann@example.org {"level":"critical"}',
        "Referer": "https://evil.example/?email=ann@example.org",
    }
    with client() as browser:
        browser.headers.update(said)
        ticket = PERSONAL[2]
        browser.get(f"{address}/{key}?visitor={ticket}&utm_source=x", follow_redirects=True)
        browser.post(f"{address}/{key}/enter", data=ann)
        browser.post(f"{address}/{key}/beacon", content=beacon(1))
        browser.post(f"{address}/{key}/beacon", content=b'{"visitor": "ann@example.org"}')
        browser.get(f"{address}/{key}/status?email=ann@example.org")
        browser.get(f"{address}/{key}/confirm/secret-token")
        browser.get(f"{address}/{key}/%0d%0a%1b[31mann@example.org")
        browser.get(f"{address}/api/v1/ann@example.org", headers={"Authorization": "secret-token"})
        browser.request("PURGE", f"{address}/static/ann@example.org")
    with client() as other:  # a second browser with Ann's e-mail: a mail is queued, and fails
        other.post(f"{address}/{key}/enter", data=ann)


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_of_a_visitor_and_no_forged_line_reaches_the_log(
    form: str, sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    settings = {"TRK_SMTP": "smtp://127.0.0.1:1", "TRK_ACCESS_LOG": "all", "TRK_LOG_FORMAT": form}
    sqlite_backend.start(settings)
    visit(sqlite_backend, trk_campaign)
    until = time.monotonic() + 20
    with client() as anybody:
        while "was not sent" not in sqlite_backend.log():
            assert time.monotonic() < until, "the mail was not tried"
            anybody.get(f"http://127.0.0.1:{sqlite_backend.port}/healthz")
    sqlite_backend.stop()
    log = sqlite_backend.log()
    assert [thing for thing in PERSONAL if thing in log] == []
    assert "\x1b" not in log
    assert "/{key}/confirm/{token}" in log


def test_each_line_of_the_json_log_is_an_object_with_the_request_it_tells_of(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    sqlite_backend.start({"TRK_ACCESS_LOG": "all", "TRK_LOG_FORMAT": "json"})
    visit(sqlite_backend, trk_campaign)
    sqlite_backend.stop()
    entries = [json.loads(line) for line in sqlite_backend.log().splitlines()]
    assert all({"time", "level", "logger", "message"} <= entry.keys() for entry in entries)
    requests = [entry for entry in entries if entry["logger"] == "trk.access"]
    told = {(each["method"], each["route"], each["status"]) for each in requests}
    assert {
        ("POST", "/{key}/enter", 303),
        ("POST", "/{key}/beacon", 200),
        ("POST", "/{key}/beacon", 400),
        ("GET", "/{key}/status", 200),
        ("GET", "/api/v1/{path}", 404),
        ("POST", "/api/v1/campaigns", 201),
        ("other", "/static/{path}", 405),
    } <= told
    assert all(set(each["request_id"]) <= set("0123456789abcdef") for each in requests)
    assert all(0 <= each["ms"] < 60_000 for each in requests)


async def answered(level: str, sqlite_url: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """The routes that have lines in the log, after one request each."""
    settings = Settings(database=sqlite_url, public_url=PUBLIC_URL, access_log=level)
    with caplog.at_level(logging.INFO, "trk.access"):
        async with running(settings) as app, client_of(app) as browser:
            for path in ("/healthz", "/y2sB7/status", "/y2sB7"):
                await browser.get(path)
            await browser.post("/y2sB7/beacon", content=beacon(1))
    return [str(record.__dict__["fields"]["route"]) for record in caplog.records]


@pytest.mark.parametrize(
    ("level", "routes"),
    [
        ("off", []),
        ("on", ["/{key}"]),
        ("all", ["/healthz", "/{key}/status", "/{key}", "/{key}/beacon"]),
    ],
)
async def test_which_requests_have_a_line_is_a_setting(
    level: str, routes: list[str], sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await answered(level, sqlite_url, caplog) == routes


async def test_a_proxy_s_request_id_is_taken_and_answered_and_a_strangers_is_not(
    sqlite_url: str,
) -> None:
    given = {"x-request-id": "edge-7f.1"}
    for trusted, same in (("127.0.0.1", True), ("10.0.0.0/8", False)):
        settings = Settings(database=sqlite_url, public_url=PUBLIC_URL, trusted_proxies=trusted)
        async with running(settings) as app, client_of(app) as proxy:
            answer = await proxy.get("/healthz", headers=given)
        assert (answer.headers["x-request-id"] == "edge-7f.1") is same
        assert answer.headers["x-request-id"]


@pytest.mark.parametrize("bad", ["", "a b", "x" * 65, "a\nb", "ann@example.org", "é"])
async def test_an_id_that_is_none_is_replaced_even_from_a_proxy(
    bad: str, sqlite_app: Starlette
) -> None:
    async with client_of(sqlite_app) as proxy:
        answer = await proxy.get("/healthz", headers=[(b"x-request-id", bad.encode("latin-1"))])
    assert len(answer.headers["x-request-id"]) == 16


async def test_what_is_logged_while_a_request_is_answered_has_its_id(
    sqlite_app: Starlette,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise DatabaseError("the disk is gone")

    stream, before = io.StringIO(), _root()
    configure("json", stream)
    try:
        monkeypatch.setattr(server_of(sqlite_app).database, "read", broken)
        async with client_of(sqlite_app) as browser:
            answer = await browser.get("/y2sB7/confirm/secret-token")
    finally:
        _restore(before)
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    [error] = [entry for entry in entries if entry["level"] == "error"]
    assert error["message"] == "GET /{key}/confirm/{token}: the disk is gone"
    assert {entry["request_id"] for entry in entries} == {answer.headers["x-request-id"]}


async def test_a_database_s_refusal_does_not_quote_the_row(database: Database) -> None:
    row = "INSERT INTO api_tokens (name, token_hash, created_at) VALUES ('n', 'ann@x.test', 1)"
    await query_write(database, row)
    with pytest.raises(Duplicate) as refused:
        await query_write(database, row)
    assert "token_hash" in str(refused.value)
    assert "ann@x.test" not in str(refused.value)


def record(message: str, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("trk", logging.WARNING, __file__, 1, message, (), None)
    made.__dict__.update(more)
    return made


def test_a_message_with_line_feeds_and_colours_can_not_forge_a_line_of_text() -> None:
    forged = "oops\n2026-01-01T00:00:00.000Z CRITICAL trk \x1b[31mall is lost\r"
    first, second = Lines().format(record(forged)).split("\n")
    assert first.endswith("WARNING  trk oops")
    assert second == "    2026-01-01T00:00:00.000Z CRITICAL trk \\u001b[31mall is lost\\u000d"


def test_a_traceback_is_one_field_of_the_json_object() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        made = record("it failed", exc_info=(ValueError, error, error.__traceback__))
    entry = json.loads(JSONLines().format(made))
    assert entry["error"].endswith("ValueError: broken")
    assert "request_id" not in entry


def _root() -> tuple[list[logging.Handler], int]:
    root = logging.getLogger()
    return root.handlers[:], root.level


def _restore(before: tuple[list[logging.Handler], int]) -> None:
    logging.getLogger().handlers[:] = before[0]
    logging.getLogger().setLevel(before[1])

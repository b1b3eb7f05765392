"""/metrics: the numbers of one application, for who has the token."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from tests.backend.conftest import PUBLIC_URL, client_of, running
from tests.backend.stored import query_write
from tests.backend.wire import beacon
from trk.core.drafts import ActionDraft, CampaignDraft
from trk.services.actions import make_action
from trk.services.campaigns import make_campaign
from trk.settings import Settings
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

TOKEN = "a-token-of-prometheus"
Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Starlette]:
    """The application with a token for its numbers; the test runs on both databases."""
    settings = Settings(database=database_url, public_url=PUBLIC_URL, metrics_token=TOKEN)
    async with running(settings) as started:
        campaign = await server_of(started).database.write(
            make_campaign, CampaignDraft("Win", key="y2sB7")
        )
        await server_of(started).database.write(make_action, campaign, ActionDraft("Be VIP", "VIP"))
        yield started


async def read(client: httpx.AsyncClient) -> Numbers:
    """What Prometheus' own parser makes of the page."""
    answer = await client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_beacons_are_counted_by_what_they_were_told(app: Starlette) -> None:
    async with client_of(app) as client:
        for body in (beacon(1), beacon(1), beacon(2), b"{", beacon(1, ["other"])):
            await client.post("/y2sB7/beacon", content=body)
        await client.post("/nosuch/beacon", content=beacon(3))
        numbers = await read(client)
    told = {
        dict(labels)["result"]: value
        for (name, labels), value in numbers.items()
        if name == "trk_beacons_total"
    }
    assert told == {
        "stored": 2,
        "duplicate": 1,
        "not_json": 1,
        "id_reused": 1,
        "unknown_campaign": 1,
    }
    # What is no beacon is in no group.
    assert numbers["trk_group_size_sum", ()] == 5
    assert numbers["trk_group_size_count", ()] == numbers["trk_commit_seconds_count", ()] == 5
    assert numbers["trk_queue_length", ()] == 0
    assert numbers["trk_queue_capacity", ()] == 10_000


async def test_requests_are_counted_by_template_and_status_and_beacons_are_not_among_them(
    app: Starlette,
) -> None:
    async with client_of(app) as client:
        for path in ("/y2sB7/status", "/a1b2C/status", "/a1b2C/x", "/y2sB7/win", "/api/v1/nothing"):
            await client.get(path)
        await client.post("/y2sB7/beacon", content=beacon(1))
        numbers = await read(client)
    assert {
        tuple(dict(labels)[name] for name in ("method", "route", "status")): value
        for (name, labels), value in numbers.items()
        if name == "trk_requests_total"
    } == {
        ("GET", "/{key}/status", "200"): 1,
        ("GET", "/{key}/status", "404"): 1,
        ("GET", "/{key}/{slug}", "404"): 1,
        ("GET", "/{key}/{slug}", "200"): 1,
        ("GET", "/api/v1/{path}", "404"): 1,
    }
    assert numbers["trk_request_seconds_count", (("route", "/{key}/status"),)] == 2


async def test_addresses_and_methods_that_somebody_makes_up_make_no_series(app: Starlette) -> None:
    async with client_of(app) as client:
        for number in range(20):
            await client.get(f"/a/b/c/{number}")
            await client.request(f"M{number}", f"/y2sB7/x{number}")
        numbers = await read(client)
    assert len([name for name, _ in numbers if name == "trk_requests_total"]) <= 3


async def test_mails_that_wait_that_failed_and_that_were_given_up_are_told(app: Starlette) -> None:
    for topic, due, sent, error in (
        ("waits", "1999999999999", "NULL", "NULL"),
        ("failed once", "1999999999999", "NULL", "'refused'"),
        ("given up", "NULL", "NULL", "'refused'"),
        ("shown", "NULL", "NULL", "'No mail server is set (TRK_SMTP)'"),
        ("sent", "NULL", "1", "NULL"),
    ):
        await query_write(
            server_of(app).database,
            "INSERT INTO mails (topic, recipient, subject, body, queued_at, due_at, sent_at, error)"
            f" VALUES ('{topic}', 'ann@example.org', '', '', 1, {due}, {sent}, {error})",
        )
    async with client_of(app) as client:
        numbers = await read(client)
    assert {
        dict(labels)["state"]: value
        for (name, labels), value in numbers.items()
        if name == "trk_mails"
    } == {"waiting": 2, "retrying": 1, "given_up": 1}


async def test_the_database_and_the_process_are_measured(app: Starlette) -> None:
    async with client_of(app) as client:
        numbers = await read(client)
    assert numbers["trk_database_bytes", ()] > 50_000
    assert numbers["process_resident_memory_bytes", ()] > 1_000_000


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer wrong-token-of-prometheus", "Bearer é", f"Basic {TOKEN}"]
)
async def test_without_the_token_nothing_is_shown(app: Starlette, header: str | None) -> None:
    async with client_of(app) as client:
        sent = [(b"authorization", header.encode())] if header else []
        answer = await client.get("/metrics", headers=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert "trk_" not in answer.text


async def test_without_the_setting_there_is_no_such_page(sqlite_app: Starlette) -> None:
    async with client_of(sqlite_app) as client:
        answer = await client.get("/metrics", headers={"authorization": "Bearer "})
    assert answer.status_code == 404


async def test_two_applications_count_for_themselves(app: Starlette, sqlite_url: str) -> None:
    settings = Settings(database=sqlite_url, public_url=PUBLIC_URL, metrics_token=TOKEN)
    async with running(settings) as other:
        async with client_of(app) as client:
            await client.get("/y2sB7/status")
        async with client_of(other) as client:
            numbers = await read(client)
    assert not [name for name, _ in numbers if name == "trk_requests_total"]

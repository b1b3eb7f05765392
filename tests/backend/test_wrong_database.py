"""A server on the wrong database, such as a new one where a disk is not mounted: it says so, and no
browser throws away what it has kept."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.backend.calls import mistake
from tests.backend.campaign_pages import ANN, PAGE
from tests.backend.campaign_pages import make as make_page
from tests.backend.conftest import PUBLIC_URL, api_of, client_of, running
from tests.backend.conftest import beacon as body
from tests.backend.doctor_runs import doctor, is_failed, is_warning
from tests.backend.stored import query, query_write, visitor
from tests.backend.wire import beacon, client, post
from trk.services.campaigns import delete_campaign
from trk.services.jobs.periodic import Periodic
from trk.settings import Settings, SettingsError
from trk.store import campaigns, deletion
from trk.web.server import server_of
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend

ELSEWHERE = "0123456789abcdef0123456789abcdef"
WRONG, MOVED = "http://wrong.test", "http://moved.test"
NEW = "no campaign was ever made in this database"


async def told(app: Starlette, key: str) -> tuple[int, str, bool]:
    """What a beacon for this key is told: the status, the code, and whether to come again."""
    async with client_of(app) as browser:
        answer = await browser.post(f"/{key}/beacon", json=body(["VIP", "1"]))
    error = answer.json().get("error", {"code": "stored"})
    return answer.status_code, error["code"], "retry-after" in answer.headers


async def make(app: Starlette, key: str) -> None:
    async with await api_of(app) as owner:
        assert (await owner.post("/campaigns", json={"name": "A", "key": key})).status_code == 201


async def test_a_database_in_which_no_campaign_was_ever_made_lets_browsers_keep_what_they_have(
    app: Starlette,
) -> None:
    assert await told(app, "y2sB7") == (503, "wrong_database", True)
    async with client_of(app) as browser:
        ready = await browser.get("/readyz")
    # It is ready all the same: every database was new once.
    assert (ready.status_code, ready.text) == (200, f"ready; {NEW}\n")

    await make(app, "other1")
    assert await told(app, "y2sB7") == (404, "unknown_campaign", False)
    async with client_of(app) as browser:
        assert (await browser.get("/readyz")).text == "ready\n"


async def test_a_database_whose_only_campaign_was_erased_is_not_new(app: Starlette) -> None:
    await make(app, "other1")
    database = server_of(app).database
    campaign = await database.read(campaigns.by_key, "other1")
    assert campaign is not None
    await delete_campaign(database, campaign)
    while not await database.write(deletion.erase_campaign_part, campaign.id):
        pass
    assert await told(app, "other1") == (404, "unknown_campaign", False)


async def test_the_database_of_another_instance_is_told_of_and_is_not_ready(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(Settings(database=database_url, public_url=PUBLIC_URL)) as app:
        await make(app, "y2sB7")
        ours = server_of(app).instance
    expecting = Settings(database=database_url, public_url=PUBLIC_URL, instance=ELSEWHERE)
    async with running(expecting) as app, client_of(app) as browser:
        assert await told(app, "nobody7") == (503, "wrong_database", True)
        # What it knows, it takes.
        assert (await told(app, "y2sB7"))[0] == 200
        alive, ready = await browser.get("/healthz"), await browser.get("/readyz")
    said = f"it belongs to instance {ours}, and TRK_INSTANCE is {ELSEWHERE}"
    assert alive.status_code == 200
    assert (ready.status_code, ready.text) == (503, f"the wrong database: {said}\n")
    [line] = [each for each in caplog.records if each.levelno == logging.CRITICAL]
    assert said in line.getMessage()
    assert "its disk is mounted" in line.getMessage()

    expecting = Settings(database=database_url, public_url=PUBLIC_URL, instance=ours)
    async with running(expecting) as app, client_of(app) as browser:
        assert await told(app, "nobody7") == (404, "unknown_campaign", False)
        assert (await browser.get("/readyz")).text == "ready\n"


def elsewhere(database_url: str) -> Settings:
    """A server for which this database is the wrong one."""
    return Settings(database=database_url, public_url=WRONG, instance=ELSEWHERE)


async def test_forms_and_calls_are_refused_and_what_they_would_store_is_not_there(
    app: Starlette, database_url: str
) -> None:
    await make(app, "y2sB7")
    async with await api_of(app) as owner:
        known = owner.headers["authorization"]
    async with (
        running(elsewhere(database_url)) as wrong,
        client_of(wrong, accept="text/html", accept_language="de") as browser,
        client_of(wrong, authorization=known) as caller,
    ):
        forms = ["/y2sB7/enter", "/nobody7/enter", "/y2sB7/answer/1", "/admin/sign-in", "/admin"]
        for path in (*forms, "/y2sB7/confirm", "/y2sB7/go/1", "/nothing/at/all"):
            answer = await browser.post(path, data=ANN)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "60"), path
            assert "Das konnte nicht gespeichert werden" in answer.text or "admin" in path
            assert "content-security-policy" in answer.headers
        for method, path in (
            ("POST", "/campaigns"),
            ("PATCH", "/campaigns/y2sB7"),
            ("DELETE", "/campaigns/y2sB7"),
            ("PUT", "/campaigns/y2sB7/draw/plan"),
            ("POST", "/campaigns/y2sB7/beacons"),
            ("POST", "/campaigns/nobody7/beacons"),
        ):
            answer = await caller.request(method, f"/api/v1{path}", json={"name": "B"})
            said = mistake(answer, 503, "wrong_database")
            assert f"TRK_INSTANCE is {ELSEWHERE}" in said
            assert answer.headers["retry-after"] == "60"
        # Reading goes on.
        assert (await caller.get("/api/v1/campaigns/y2sB7")).json()["name"] == "A"
        assert (await browser.get("/y2sB7/a")).status_code == 200
    for table, number in (("entrants", 0), ("campaigns", 1)):
        rows = await query(server_of(app).database, f"SELECT id FROM {table}")
        assert len(rows) == number


async def test_looking_at_a_campaign_and_following_its_links_stores_nothing(
    app: Starlette, database_url: str
) -> None:
    action = await make_page(app)
    database = server_of(app).database
    async with client_of(app, accept="text/html") as browser:
        await browser.post("/y2sB7/enter", data=ANN)
        session = browser.cookies
        went = await browser.get(f"/y2sB7/go/{action}")
        assert went.headers["location"].count("xref=") == 2
    await query_write(database, "UPDATE entrant_sessions SET used_at = used_at - 172800000")
    before = await query(database, "SELECT used_at FROM entrant_sessions")
    async with (
        running(elsewhere(database_url)) as wrong,
        client_of(wrong, accept="text/html") as browser,
    ):
        browser.cookies = session
        browser.cookies.set("trk_visitor_y2sB7", visitor(1))
        assert "Ann" in (await browser.get(PAGE)).text
        assert (await browser.get("/y2sB7/status")).status_code == 200
        went = await browser.get(f"/y2sB7/go/{action}")
        assert (went.status_code, went.headers["location"].count("xref=")) == (303, 1)
    assert await query(database, "SELECT used_at FROM entrant_sessions") == before
    assert await query(database, "SELECT visitor FROM links") == []
    assert len(await query(database, "SELECT id FROM xrefs")) == 1


async def test_its_jobs_do_not_run_and_its_address_is_not_remembered(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No mail, no event, nothing that is erased, fixed, counted or given."""
    ran: list[str] = []

    async def run(job: Periodic) -> None:
        ran.append(type(job).__name__)

    monkeypatch.setattr(Periodic, "run", run)
    async with running(Settings(database=database_url, public_url=PUBLIC_URL)) as app:
        ours = server_of(app).instance
        await asyncio.sleep(0)
    jobs, ran = sorted(ran), []
    assert {"Mailer", "WebhookSender", "Retention", "Deletion", "RewardGiver"} < set(jobs)

    async with running(elsewhere(database_url)) as app:
        await asyncio.sleep(0)
        assert ran == []
        [row] = await query(server_of(app).database, "SELECT public_url FROM instance")
        assert row["public_url"] == PUBLIC_URL

    right = Settings(database=database_url, public_url=MOVED, instance=ours)
    async with running(right) as app:
        await asyncio.sleep(0)
        assert sorted(ran) == jobs
        [row] = await query(server_of(app).database, "SELECT public_url FROM instance")
        assert row["public_url"] == MOVED


def test_what_no_instance_can_be_called_is_refused() -> None:
    with pytest.raises(SettingsError, match="instance is 'shop'; expected 32 hexadecimal digits"):
        Settings(instance="shop")


def test_a_disk_that_was_not_mounted_loses_nothing(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    sqlite_backend.start()
    campaign = trk_campaign("VIP", on=sqlite_backend)
    sqlite_backend.stop()
    ours = doctor(sqlite_backend.database, sqlite_backend.url)[1]["instance"].found
    ours, _, hint = ours.partition("; ")
    assert hint == f"TRK_INSTANCE={ours} makes sure of it"
    folder = Path(sqlite_backend.database.removeprefix("sqlite:///")).parent
    names = [file.name for file in folder.glob("trk.db*")]
    (folder / "away").mkdir()
    for name in names:
        (folder / name).rename(folder / "away" / name)

    for settings in ({}, {"TRK_INSTANCE": ours}):
        sqlite_backend.start(settings)
        refused = post(campaign, beacon(1))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "wrong_database")
        with client() as balancer:
            ready = balancer.get(f"http://127.0.0.1:{sqlite_backend.port}/readyz")
        status, found = doctor(sqlite_backend.database, sqlite_backend.url, **settings)
        if settings:
            assert (ready.status_code, status) == (503, 1)
            is_failed(found["instance"], f"expected {ours}", "its disk is mounted")
        else:
            assert (ready.status_code, status) == (200, 0)
            is_warning(found["instance"], NEW, "its disk is mounted")
        sqlite_backend.stop()
    assert f"This database is new: {NEW}." in sqlite_backend.log()
    assert "This is the wrong database: it belongs to instance " in sqlite_backend.log()

    for file in folder.glob("trk.db*"):
        file.unlink()
    for name in names:
        (folder / "away" / name).rename(folder / name)
    sqlite_backend.start({"TRK_INSTANCE": ours})
    assert post(campaign, beacon(1)).json()["duplicate"] is False

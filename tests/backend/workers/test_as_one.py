"""A server of several processes is one server to whoever uses it, and to what runs beside it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx

from tests.backend.connections import Connection
from tests.backend.shoppers import Shoppers, number_of
from tests.backend.wire import arrive, beacon, beacon_url, client, post, post_all, raw
from tests.backend.workers.processes import (
    TWO,
    start,
    stored_of,
)
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend, Server


async def test_two_servers_on_one_file_share_it(
    sqlite_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    beside = Server([sys.executable, "-m", "trk", "serve"], tmp_path / "beside.log", "localhost")
    settings = {"TRK_DATABASE": sqlite_backend.database, "TRK_PUBLIC_URL": beside.url, **TWO}
    start(beside, {**os.environ, **settings})
    there = beacon_url(campaign).replace(str(sqlite_backend.port), str(beside.port))
    # In turn, so that both have beacons all the time.
    answers = await post_all(
        (url, beacon(n + more))
        for n in range(200)
        for url, more in ((beacon_url(campaign), 0), (there, 100))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["duplicate"] for answer in answers].count(True) == 100
    assert stored_of(campaign) == set(range(300))
    beside.close()


async def test_beacons_as_large_as_they_may_be_pass_from_process_to_process(
    sqlite_backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    bodies = [beacon(n, *[["VIP", f"{k}{'x' * 9_998}"] for k in range(6)]) for n in range(100)]
    answers = await post_all((beacon_url(campaign), body) for body in bodies)
    assert {answer.status_code for answer in answers} == {200}
    assert stored_of(campaign) == set(range(100))
    assert len(campaign.trackings()) == 600


async def test_clients_that_hang_up_before_their_answer_cost_nobody_else_theirs(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(backend, TWO)
    campaign = trk_campaign("VIP", on=backend)
    waiting = []
    for number in range(100):
        connection = await Connection.open(backend, raw(campaign, beacon(number)))
        if number % 2:
            waiting.append(connection)
        else:
            await connection.hang_up()
    assert {(await connection.answer())[0] for connection in waiting} == {200}
    # Of those that hung up some were stored; they come again, and each counts once.
    assert {post(campaign, beacon(n)).status_code for n in range(0, 100, 2)} == {200}
    assert stored_of(campaign) == set(range(100))
    assert len(campaign.trackings()) == 100


async def test_beside_it_a_backup_is_made_and_nothing_is_restored(
    sqlite_backend: Backend, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    start(sqlite_backend, TWO)
    campaign = trk_campaign("VIP", on=sqlite_backend)
    shoppers, copy = Shoppers(campaign), tmp_path / "copy.db"

    def trk(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "trk", *arguments],
            env={**os.environ, "TRK_DATABASE": sqlite_backend.database},
            capture_output=True,
            text=True,
            check=False,
        )

    ready: list[set[int]] = []

    def back_up() -> None:
        ready.append(set(shoppers.acknowledged))
        done = trk("backup", str(copy))
        assert done.returncode == 0, done.stderr
        refused = trk("restore", "--force", str(copy))
        assert refused.returncode == 1, refused.stdout
        assert "is in use" in refused.stderr
        sqlite_backend.stop()

    await shoppers.send_until_gone(200, back_up)
    with closing(sqlite3.connect(copy)) as made:
        stored = {number_of(row[0]) for row in made.execute("SELECT beacon FROM trackings")}
    assert ready[0] <= stored
    assert trk("restore", "--force", str(copy)).returncode == 0
    start(sqlite_backend, TWO)
    assert stored_of(campaign) == stored


def test_the_metrics_are_those_of_all_processes(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    token = "a-token-for-the-metrics"
    start(backend, {**TWO, "TRK_METRICS_TOKEN": token, "TRK_QUEUE": "1000"})
    campaign = trk_campaign("VIP", on=backend)
    for n in range(40):
        assert post(campaign, beacon(n)).status_code == 200
    for _ in range(4):  # whichever is asked
        with client() as asking:
            told = asking.get(
                f"http://127.0.0.1:{backend.port}/metrics",
                headers={"authorization": f"Bearer {token}"},
            ).text
        values = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
        assert float(values['trk_beacons_total{result="stored"}']) == 40
        assert float(values["trk_queue_capacity"]) == 1000
        assert float(values["trk_workers"]) == 2
        assert float(values["trk_group_size_sum"]) == 40
        assert told.count("# TYPE trk_beacons_total counter") == 1


def test_a_mail_goes_out_at_once_whichever_process_was_asked_for_it(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(backend, TWO)
    campaign = trk_campaign("VIP", on=backend)
    address = campaign.url.replace("localhost", "127.0.0.1")
    for n in range(6):
        # The second browser with an address is mailed a link.
        for visitor in (n, 100 + n):
            with client() as browser:
                arrive(browser, address, visitor=f"{visitor:032x}")
                form = {"name": "Ann", "email": f"ann{n}@example.org"}
                assert browser.post(f"{address}/enter", data=form).is_error is False
        until = time.monotonic() + 10
        while f"ann{n}@example.org" not in backend.log():
            assert time.monotonic() < until, "the mail was not shown in the log"
            time.sleep(0.02)


def test_no_process_tells_an_entrant_that_nothing_has_changed_once_another_has_unlocked(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    start(backend, TWO)
    campaign = trk_campaign("VIP", on=backend)
    campaign.add_action("Daily", frequency="daily")
    address = campaign.url.replace("localhost", "127.0.0.1")
    with client() as browser:
        arrive(browser, address)
        browser.post(f"{address}/enter", data={"name": "Ann", "email": "ann@example.org"})
        cookies = browser.cookies
        etag = ""

        def polled() -> list[httpx.Response]:
            answers = []
            for _ in range(8):  # each on a connection of its own, which either process takes
                with client() as asking:
                    asking.cookies = cookies
                    known = {"if-none-match": etag}
                    answers.append(asking.get(f"{address}/status", headers=known))
            return answers

        for n, (name, done) in enumerate([("VIP", 1), ("Daily", 2)]):
            etag = polled()[0].headers["etag"]
            assert {answer.status_code for answer in polled()} == {304}
            assert post(campaign, beacon(n, [name, "1"])).json()["unlocked"] == [name]
            statuses = [answer.json()["status"] for answer in polled()]
            assert [status["completed"] for status in statuses] == [done] * 8

"""A disk without room: beacons are told to come back, nothing is damaged, and room is enough."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import pytest

from tests.backend.limited_files import limit_files
from tests.backend.shoppers import number_of
from tests.backend.wire import beacon, client, post
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend


@pytest.fixture
def backend(sqlite_backend: Backend) -> Backend:
    """A running server on SQLite."""
    sqlite_backend.start()
    return sqlite_backend


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process' files")
def test_without_room_beacons_are_told_to_come_back_and_with_room_it_goes_on_by_itself(
    backend: Backend, trk_campaign: CampaignFactory
) -> None:
    campaign = trk_campaign("VIP", on=backend)
    assert post(campaign, beacon(1)).status_code == 200
    limit_files(backend.pid, 1)
    for number in range(2, 5):
        answer = post(campaign, beacon(number))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage")
        assert "Retry-After" in answer.headers
    with client() as browser:
        address = f"http://127.0.0.1:{backend.port}"
        assert browser.get(f"{address}/{campaign.key}", follow_redirects=True).status_code == 200
        assert browser.get(f"{address}/healthz").status_code == 200

    limit_files(backend.pid, None)
    for number in range(1, 5):
        answer = post(campaign, beacon(number))
        assert (answer.status_code, answer.json()["duplicate"]) == (200, number == 1)
    assert {number_of(each.beacon) for each in campaign.trackings()} == {1, 2, 3, 4}
    backend.stop()
    path = backend.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

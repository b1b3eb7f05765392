"""A start on a disk on which nothing can be stored: what is only read is served, and with room it
goes on by itself."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.backend.conftest import TokenedBackend
from tests.backend.disks import DISKS, Disk, disk
from tests.backend.shoppers import number_of
from tests.backend.wire import VISITOR, beacon, client, post
from trk_sdk.testkit.api import APIError
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend, ProcessError
from trk_sdk.testkit.truth import Campaign

pytestmark = pytest.mark.sampled

_WHY = {
    "limited": "the disk of the database is full, or fails (disk I/O error)",
    "full": "the disk of the database is full, or fails (disk I/O error)",
    "read-only": "the disk of the database is mounted read-only",
}


@pytest.fixture(params=DISKS)
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def spoiled(kind: str, tmp_path: Path) -> Iterator[Disk]:
    """A disk that is still in order."""
    with disk(kind, tmp_path / "disk") as made:
        yield made


@pytest.fixture
def backend(spoiled: Disk, sqlite_url: str, tmp_path: Path) -> Iterator[Backend]:
    """A server whose database is on that disk."""
    file = shutil.copy(sqlite_url.removeprefix("sqlite:///"), spoiled.folder / "trk.db")
    made = TokenedBackend(tmp_path / "trk", f"sqlite:///{file}")
    yield made
    made.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_is_read_is_served_and_with_room_it_goes_on_by_itself(
    backend: Backend, spoiled: Disk, kind: str, workers: str, trk_campaign: CampaignFactory
) -> None:
    backend.start()
    campaign = trk_campaign("VIP", on=backend)
    assert post(campaign, beacon(1)).status_code == 200
    backend.stop()
    before = backend.log_size()

    spoiled.start(lambda: backend.start({"TRK_WORKERS": workers}))
    _expect_reading(backend, campaign, "trk.js", "ol.js", "embed.js")
    for number in (2, 3):
        answer = post(campaign, beacon(number))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage")
        assert "Retry-After" in answer.headers
    assert _numbers(campaign) == {1}
    ready = _get(backend, "/readyz")
    assert (ready.status_code, ready.text) == (503, f"{_WHY[kind]}\n")
    told = [line for line in backend.log(before).splitlines() if "Nothing can be stored" in line]
    assert len(told) == 1
    assert _WHY[kind] in told[0]
    assert "not stored" not in backend.log(before)

    spoiled.mend(backend)
    _store(backend, campaign, 2)
    # Each process sees it, whichever answers.
    for _ in range(8):
        assert _numbers(campaign) == {1, 2}
    assert post(campaign, beacon(2)).json()["duplicate"] is True
    assert post(campaign, beacon(3)).json()["duplicate"] is False
    _expect_reading(backend, campaign, "trk.js")
    assert _get(backend, "/readyz").status_code == 200
    assert len(campaign.trackings()) == 3
    backend.stop()
    with closing(sqlite3.connect(spoiled.folder / "trk.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_after_a_kill_what_was_stored_last_is_read_as_well(
    tmp_path: Path, sqlite_url: str, trk_campaign: CampaignFactory, workers: str
) -> None:
    with disk("read-only", tmp_path / "disk") as spoiled:
        file = shutil.copy(sqlite_url.removeprefix("sqlite:///"), spoiled.folder / "trk.db")
        with closing(TokenedBackend(tmp_path / "trk", f"sqlite:///{file}")) as backend:
            backend.start()
            campaign = trk_campaign("VIP", on=backend)
            assert post(campaign, beacon(1)).status_code == 200
            backend.kill()
            spoiled.start(lambda: backend.start({"TRK_WORKERS": workers}))
            assert _numbers(campaign) == {1}
            assert post(campaign, beacon(2)).status_code == 503
            spoiled.mend(backend)
            _store(backend, campaign, 2)
            for number in range(8):
                assert _numbers(campaign) == {1, 2}
                _add_action(campaign, f"Action {number}")


# Where nothing can be stored, why it can't has no part in where the sockets are.
@pytest.mark.sampled(1)
def test_without_a_folder_for_the_sockets_of_several_processes_one_serves(
    backend: Backend, spoiled: Disk, trk_campaign: CampaignFactory, tmp_path: Path
) -> None:
    backend.start()
    campaign = trk_campaign("VIP", on=backend)
    backend.stop()
    nowhere = {"TMPDIR": str(tmp_path / ("x" * 100)), "TRK_WORKERS": "2"}
    Path(nowhere["TMPDIR"]).mkdir()
    spoiled.start(lambda: backend.start(nowhere))
    _expect_reading(backend, campaign)
    assert "One process serves: several need a folder" in backend.log()


def test_forms_and_calls_are_told_to_come_back(
    backend: Backend, spoiled: Disk, trk_campaign: CampaignFactory
) -> None:
    backend.start()
    campaign = trk_campaign("VIP", on=backend)
    backend.stop()
    spoiled.start(backend.start)
    address = f"http://127.0.0.1:{backend.port}"
    with client() as browser:
        call = browser.post(
            f"{address}/api/v1/campaigns/{campaign.key}/actions",
            json={"title": "Buy", "tracking_name": "Buy"},
            headers={"Authorization": f"Bearer {backend.token}"},
        )
        assert (call.status_code, call.json()["error"]["code"]) == (503, "storage")
        assert "Retry-After" in call.headers
        form = browser.post(
            f"{address}/{campaign.key}/enter",
            data={"name": "Ada", "email": "ada@example.com"},
            headers={"Accept": "text/html", "Origin": backend.url},
        )
        assert form.status_code == 503
        assert "Retry-After" in form.headers


@pytest.mark.parametrize("revision", ["0001", None])
def test_what_must_be_migrated_first_ends_the_start_with_a_sentence(
    backend: Backend, spoiled: Disk, revision: str | None
) -> None:
    with closing(sqlite3.connect(spoiled.folder / "trk.db", isolation_level=None)) as database:
        if revision is None:
            database.execute("DROP TABLE alembic_version")
        else:
            database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    with pytest.raises(ProcessError):
        spoiled.start(backend.start)
    said = backend.log().strip()
    assert said.startswith("Error: The database sqlite:///"), said
    assert "Traceback" not in said


def _expect_reading(backend: Backend, campaign: Campaign, *scripts: str) -> None:
    """The campaign's page is there, and a visitor's status, and so are these scripts: for each of
    them a process that has just begun takes a third of a second."""
    for path in (*scripts, f"status?visitor={VISITOR}", ""):
        answer = _get(backend, f"/{campaign.key}/{path}".rstrip("/"))
        assert (path, answer.status_code) == (path, 200)
    assert _get(backend, "/healthz").status_code == 200


def _store(backend: Backend, campaign: Campaign, number: int) -> None:
    """Send a beacon once the server says that it can be stored."""
    until = time.monotonic() + 10
    while (ready := _get(backend, "/readyz")).status_code != 200:
        assert (ready.status_code, time.monotonic() < until) == (503, True)
    answer = post(campaign, beacon(number))
    assert (answer.status_code, answer.json()["duplicate"]) == (200, False)


def _add_action(campaign: Campaign, name: str) -> None:
    """Add an action as soon as whichever process answers can store it."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            campaign.add_action(name)
        except APIError as error:
            if ": 503 " not in str(error):
                raise
        else:
            return
    raise AssertionError("nothing can be stored")


def _numbers(campaign: Campaign) -> set[int]:
    return {number_of(each.beacon) for each in campaign.trackings()}


def _get(backend: Backend, path: str) -> httpx.Response:
    with client() as browser:
        return browser.get(f"http://127.0.0.1:{backend.port}{path}", follow_redirects=True)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_starts_beside_a_server_that_had_room_also_where_nobody_owns_it_yet(
    sqlite_url: str, tmp_path: Path, workers: str, trk_campaign: CampaignFactory
) -> None:
    with disk("full", tmp_path / "disk") as spoiled:
        file = shutil.copy(sqlite_url.removeprefix("sqlite:///"), spoiled.folder / "trk.db")
        first = TokenedBackend(tmp_path / "first", f"sqlite:///{file}")
        second = Backend(tmp_path / "second", f"sqlite:///{file}")
        try:
            first.start()
            campaign = trk_campaign("VIP", on=first)
            spoiled.start(lambda: second.start({"TRK_WORKERS": workers}))
            _expect_reading(second, campaign)
            assert "Nothing can be stored: the disk of the database is full" in second.log()
        finally:
            first.close()
            second.close()

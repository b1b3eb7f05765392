"""Nodes whose standby is asked: entrants see what they have done, and trk doctor says how it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, PAGE, arrive, make
from tests.backend.conftest import PUBLIC_URL, beacon, client_of, running
from tests.backend.doctor_runs import doctor
from tests.backend.standbys.servers import SOON, Two, until_asked
from trk.doctor.database import standbys
from trk.settings import Settings
from trk.store.program import Program
from trk.store.standbys import Standbys
from trk.web.server import server_of


@pytest.fixture
async def nodes(two: Two, name: str) -> AsyncIterator[tuple[Starlette, Starlette]]:
    """Two nodes whose standby is asked."""
    settings = Settings(
        database=two[0].url(name), public_url=PUBLIC_URL, database_read=two[1].url(name)
    )
    async with running(settings) as one, running(settings) as other:
        for each in (one, other):
            await until_asked(server_of(each).database)
        yield one, other


async def test_an_entrant_sees_at_once_what_they_have_unlocked_at_another_node(
    two: Two, nodes: tuple[Starlette, Starlette], monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(nodes[0])
    asked: list[str] = []
    ask = Standbys.ask

    async def noted(self: Standbys, program: Program[Any]) -> Any:
        answer = await ask(self, program)
        asked.append("answered")
        return answer

    monkeypatch.setattr(Standbys, "ask", noted)
    one, other = nodes
    for paused, sender, asker in ((False, one, other), (True, other, one)):
        visitor = "ab"[paused] * 32
        async with client_of(asker, accept="text/html") as browser, client_of(sender) as shop:
            await arrive(asker, browser, visitor)
            await browser.post("/y2sB7/enter", data={**ANN, "email": f"{visitor}@example.org"})
            before = await browser.get("/y2sB7/status")
            assert [each["state"] for each in before.json()["status"]["actions"]] == ["open"]
            same = {"if-none-match": before.headers["etag"]}
            assert (await browser.get("/y2sB7/status", headers=same)).status_code == 304
            assert asked, "the standby has answered so far"
            if paused:
                await asyncio.to_thread(two[1].pause)
            try:
                pushed = beacon(["VIP"], visitor=visitor)
                answer = await shop.post("/y2sB7/beacon", json=pushed)
                assert answer.status_code == 200
                began = time.monotonic()
                after = await browser.get("/y2sB7/status", headers=same)
                assert time.monotonic() - began < SOON
                assert [each["state"] for each in after.json()["status"]["actions"]] == ["done"]
                asked.clear()
                assert "Be VIP" in (await browser.get(PAGE)).text
                assert bool(asked) is not paused
            finally:
                await asyncio.to_thread(two[1].resume)


async def test_doctor_says_whether_one_can_be_asked(two: Two, name: str, postgres_url: str) -> None:
    url, standby = two[0].url(name), two[1].url(name)
    for database, read, status, said in (
        (url, standby, "ok", "in step with the primary"),
        (url, url, "warning", "none can be asked: "),
        (url, f"{url}/nowhere", "warning", "none can be asked: "),
        (postgres_url, standby, "warning", "none can be asked: it is a standby of another primary"),
    ):
        _, found = await asyncio.to_thread(
            doctor, database, "http://localhost:1", TRK_DATABASE_READ=read
        )
        assert found["standbys"].status == status, (read, found["standbys"])
        assert said in found["standbys"].found
    assert standbys(2**30, None).status == "warning"
    assert "standbys" not in (await asyncio.to_thread(doctor, url, "http://localhost:1"))[1]

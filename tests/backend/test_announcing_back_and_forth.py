"""Taken back to the version before winners were announced, and forth again: nobody is told twice,
and nobody who is due is left out."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.announcing import LATER, ONE, SAME, draw, link_in, mails_of, over
from tests.backend.conftest import PUBLIC_URL
from tests.backend.drawing import end_now
from tests.backend.migrating import differences, down, on, up
from tests.backend.stored import query, query_write
from trk.clock import now_ms
from trk.services.jobs.end_teller import EndTeller
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

TELL = {"answer_by": LATER}


async def taken_back(url: str, *statements: str) -> None:
    """Take the database back to 0050, do something there, and bring it forth again, twice."""

    def back_and_forth(connection: Any) -> None:
        for time in ("first", "again"):
            down(connection, "0050")
            for statement in statements if time == "first" else ():
                connection.exec_driver_sql(statement)
            up(connection)

    # A loop of its own runs in it.
    await asyncio.to_thread(on, url, back_and_forth)
    assert await asyncio.to_thread(on, url, differences) == []


async def wins(api: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.get(f"{ONE}/draw")).json()["wins"]
    return found


async def told(app: Starlette, kind: str) -> list[str]:
    sql = f"SELECT recipient FROM mails WHERE topic LIKE '{kind} %' ORDER BY id"
    return [row["recipient"] for row in await query(server_of(app).database, sql)]


async def test_winners_stay_told_their_links_work_and_who_has_accepted_has(
    database_url: str, app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api, winners=3)
    await draw(api)
    await api.post(f"{ONE}/draw/tell", json={**TELL, "body": "Mine: {link}"})
    links = [link_in(mail["body"]) for mail in await mails_of(app)]
    assert (await browser.post(links[0], headers=SAME)).status_code == 303
    again = {"n": 2, "reason": "Did not answer."}
    await api.post(f"{ONE}/draw/redraw", json=again)
    before = (await api.get(f"{ONE}/draw")).json()
    await taken_back(database_url)
    # Not announced either: that is still the owner's to do.
    assert (await api.get(f"{ONE}/draw")).json() == before
    assert (await browser.post(links[1], headers=SAME)).status_code == 303
    # Who replaces somebody was not written to yet, and is.
    assert (await api.post(f"{ONE}/draw/tell", json=TELL)).json() == {"told": 1}
    written = [mail["recipient"] for mail in await mails_of(app)]
    assert written == [win["email"] for win in before["wins"]]
    assert "Mine: http" in (await mails_of(app))[3]["body"]


async def test_the_link_of_who_was_erased_in_between_is_gone_too(
    database_url: str, app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api)
    first, _ = (await draw(api))["wins"]
    await api.post(f"{ONE}/draw/tell", json=TELL)
    # As the version before does, which knows of no links.
    erased = f"UPDATE entrants SET erased_at = 1 WHERE id = {first['entrant_id']}"
    await taken_back(database_url, erased)
    kept = await query(server_of(app).database, "SELECT answer_hash FROM winners ORDER BY n")
    assert [row["answer_hash"] is None for row in kept] == [True, False]


async def test_what_was_drawn_in_between_is_announced_as_that_version_did(
    database_url: str, app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api)
    await taken_back(
        database_url,
        "INSERT INTO draws (campaign_id, seed, made_at, concluded_at) VALUES (1, 's', 7, 77)",
    )
    [row] = await query(server_of(app).database, "SELECT announced_at FROM draws")
    assert row["announced_at"] == 77


@pytest.mark.parametrize("lost", ["DROP TABLE kept_winners", "DELETE FROM kept_winners"])
async def test_winners_of_whom_nothing_was_kept_are_not_written_to_twice_and_can_accept(
    database_url: str,
    app: Starlette,
    api: httpx.AsyncClient,
    browser: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    lost: str,
) -> None:
    """An earlier way back kept nothing: only the mails are left."""
    monkeypatch.setattr("trk.services.announcing._AT_ONCE", 1)
    await over(app, api, winners=3)
    await draw(api)
    await api.post(f"{ONE}/draw/tell", json=TELL)
    await query_write(server_of(app).database, "DELETE FROM mails WHERE topic LIKE 'winner % 2'")
    await taken_back(database_url, lost)
    links = [link_in(mail["body"]) for mail in await mails_of(app)]
    assert [win["told_at"] for win in await wins(api)] == [None] * 3
    assert (await api.post(f"{ONE}/draw/tell", json=TELL)).json() == {"told": 1}
    assert len(await told(app, "winner")) == 3
    assert all(win["told_at"] for win in await wins(api))
    assert len(links) == 2
    for link in links:
        assert (await browser.post(link, headers=SAME)).status_code == 303
    assert [win["accepted_at"] is None for win in await wins(api)] == [False, False, True]


async def test_owners_are_told_of_an_end_once_and_of_the_one_that_came_in_between(
    database_url: str, app: Starlette, api: httpx.AsyncClient
) -> None:
    database = server_of(app).database
    await query_write(
        database,
        "INSERT INTO owners (name, email, email_folded, password_hash, created_at) VALUES "
        "('Ann', 'ann@example.org', 'ann@example.org', 'x', 1)",
    )
    teller = EndTeller(database, server_of(app).mailer, PUBLIC_URL)
    for key in ("y2sB7", "again1", "later1", "open01"):
        await api.post("/campaigns", json={"key": key, "name": key})
    await end_now(app)
    await api.post("/campaigns/again1/close")
    await teller.work()
    assert len(await told(app, "ended")) == 2
    await taken_back(
        database_url,
        # Opened again and ended again, and one that ends for the first time.
        f"UPDATE campaigns SET closed_at = {now_ms() + 1} WHERE key = 'again1'",
        "UPDATE campaigns SET ends_at = 5 WHERE key = 'later1'",
    )
    for _ in range(2):
        await teller.work()
    subjects = "SELECT subject FROM mails WHERE topic LIKE 'ended %' ORDER BY campaign_id, id"
    assert [row["subject"] for row in await query(database, subjects)] == [
        "Ended: y2sB7",
        "Closed: again1",
        "Closed: again1",
        "Ended: later1",
    ]

"""Winners who were blocked after the draw: shown as such, not written to, and replaced first."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.announcing import LATER, ONE, SAME, draw, link_in, mails_of, over
from tests.backend.calls import mistake
from tests.backend.stored import campaign_in, query
from trk.clock import now_ms
from trk.core.keys import token_hash
from trk.services.jobs.mailer import Mailer
from trk.services.people import erase
from trk.settings import Settings
from trk.store import mails, vitals, winning
from trk.store.database import Database
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

TELL = {"answer_by": LATER}


async def block(api: httpx.AsyncClient, win: dict[str, Any], how: str = "block") -> None:
    url = f"{ONE}/entrants/{win['entrant_id']}/{how}"
    answer = await api.post(url, json={"reason": "A robot."})
    assert answer.is_success, answer.text


async def redraw(api: httpx.AsyncClient, n: int) -> dict[str, Any]:
    answer = await api.post(f"{ONE}/draw/redraw", json={"n": n, "reason": "Blocked."})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["wins"][-1]
    return found


async def tell(api: httpx.AsyncClient) -> int:
    told: int = (await api.post(f"{ONE}/draw/tell", json=TELL)).json()["told"]
    return told


async def states(api: httpx.AsyncClient) -> list[str]:
    return [win["entrant_state"] for win in (await api.get(f"{ONE}/draw")).json()["wins"]]


async def test_they_are_not_written_to_until_they_are_unblocked(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api)
    first, second = (await draw(api))["wins"]
    await block(api, first)
    assert await tell(api) == 1
    assert [mail["recipient"] for mail in await mails_of(app)] == [second["email"]]
    await block(api, first, "unblock")
    assert await tell(api) == 1
    assert len(await mails_of(app)) == 2


async def test_the_api_and_the_file_say_who_no_longer_takes_part(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, winners=3)
    drawn = await draw(api)
    assert [win["entrant_state"] for win in drawn["wins"]] == ["active"] * 3
    await block(api, drawn["wins"][0])
    await erase(server_of(app).database, drawn["wins"][2]["email"])
    assert await states(api) == ["blocked", "active", "erased"]
    file = (await api.get(f"{ONE}/draw/winners.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [row["entrant_state"] for row in rows] == ["blocked", "active", "erased"]


async def test_they_cannot_accept_by_their_link_and_are_told_why(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api)
    first, second = (await draw(api))["wins"]
    await tell(api)
    links = [link_in(mail["body"]) for mail in await mails_of(app)]
    assert (await browser.post(links[1], headers=SAME)).status_code == 303
    for win in (first, second):
        await block(api, win)
    for link in links:
        page = await browser.get(link)
        assert page.status_code == 200
        assert "You can’t accept this prize" in page.text
        assert "<button>" not in page.text
        refused = await browser.post(link, headers=SAME)
        assert refused.status_code == 409
        assert "The organiser has blocked you here." in refused.text
    accepted = [win["accepted_at"] for win in (await api.get(f"{ONE}/draw")).json()["wins"]]
    assert accepted[0] is None
    await block(api, first, "unblock")
    assert (await browser.post(links[0], headers=SAME)).status_code == 303
    assert "You have accepted your prize" in (await browser.get(links[0])).text


async def test_whoever_is_blocked_between_the_look_and_the_button_does_not_accept(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api, winners=1)
    [win] = (await draw(api))["wins"]
    await tell(api)
    [mail] = await mails_of(app)
    database = server_of(app).database
    hashed = token_hash(link_in(mail["body"]).rpartition("/")[2])
    campaign = await campaign_in(database)
    seen = await database.read(winning.won_by, campaign, hashed)
    assert seen is not None
    assert not seen.blocked
    await block(api, win)
    assert not await database.write(winning.accept, campaign, seen, now_ms())


async def test_announcing_names_all_who_are_to_be_replaced_first(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api, people=5, winners=3)
    drawn = (await draw(api))["wins"]
    await block(api, drawn[0])
    await erase(server_of(app).database, drawn[2]["email"])
    said = mistake(await api.post(f"{ONE}/draw/announce"), 409, "not_drawn")
    assert said == (
        f"Entrant {drawn[0]['entrant_id']}, who has win 0, was blocked; entrant "
        f"{drawn[2]['entrant_id']}, who has win 2, was erased. Redraw their prizes first, so "
        "that others win."
    )
    await redraw(api, 0)
    said = mistake(await api.post(f"{ONE}/draw/announce"), 409, "not_drawn")
    assert said.startswith(f"Entrant {drawn[2]['entrant_id']}, who has win 2, was erased.")
    await redraw(api, 2)
    assert (await api.post(f"{ONE}/draw/announce")).is_success
    page = (await browser.get("/y2sB7/win")).text
    assert "(erased)" not in page


async def test_of_very_many_it_names_some(app: Starlette, api: httpx.AsyncClient) -> None:
    await over(app, api, people=13, winners=12)
    wins = (await draw(api))["wins"]
    ids = [win["entrant_id"] for win in wins]
    answer = await api.post(f"{ONE}/entrants/block", json={"ids": ids, "reason": "Robots."})
    assert answer.is_success, answer.text
    said = mistake(await api.post(f"{ONE}/draw/announce"), 409, "not_drawn")
    assert said.count("was blocked") == 10
    assert "; and 2 more. Redraw" in said


async def test_if_nobody_is_left_the_winners_are_announced_without_whom_is_blocked(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api, people=2, winners=2)
    drawn = (await draw(api))["wins"]
    await block(api, drawn[0])
    assert (await api.post(f"{ONE}/draw/announce")).is_success
    page = (await browser.get("/y2sB7/win")).text
    assert page.count("Entrant ") == 1


async def test_whoever_is_blocked_after_the_announcement_is_no_longer_named(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api, winners=1)
    [win] = (await draw(api))["wins"]
    assert (await api.post(f"{ONE}/draw/announce")).is_success
    assert "Entrant " in (await browser.get("/y2sB7/win")).text
    await block(api, win)
    assert "Entrant " not in (await browser.get("/y2sB7/win")).text
    await redraw(api, 0)
    assert "Entrant " in (await browser.get("/y2sB7/win")).text


async def test_what_waits_to_be_sent_is_not_sent_to_the_blocked_nor_to_the_replaced(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Mailer.work

    async def away(_: Mailer) -> None:
        """As if the mail server were away all the time."""

    monkeypatch.setattr(Mailer, "work", away)
    await over(app, api, winners=3)
    first, second, third = (await draw(api))["wins"]
    database = server_of(app).database
    await tell(api)
    for win in (first, second):
        await block(api, win)
    replacement = await redraw(api, 1)
    await send(Mailer(database, Settings()))
    assert await sent(database) == [third["email"]]
    # Who was blocked by mistake is written to after all, and who replaces somebody too.
    await block(api, first, "unblock")
    assert await tell(api) == 1
    await send(Mailer(database, Settings()))
    assert await sent(database) == [first["email"], third["email"], replacement["email"]]
    [withdrawn] = await query(database, f"SELECT * FROM mails WHERE error = '{mails.WITHDRAWN}'")
    assert (withdrawn["recipient"], withdrawn["sent_at"]) == (second["email"], None)
    # Nobody need look after that one: it was not lost.
    assert (await database.read(vitals.mails)).given_up == 0


async def sent(database: Database) -> list[str]:
    """To whom mails were written in the log, as there is no mail server."""
    rows = await query(database, "SELECT recipient, error FROM mails ORDER BY id")
    return [row["recipient"] for row in rows if row["error"] == mails.NO_SERVER]

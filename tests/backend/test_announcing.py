"""Draw, check, announce: who sees winners when, how they are written to, and how they accept."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.announcing import LATER, ONE, SAME, draw, link_in, mails_of, over
from tests.backend.calls import mistake
from tests.backend.conftest import client_of
from tests.backend.drawing import page_of, words
from tests.backend.stored import campaign_in, query, query_write
from trk.clock import now_ms
from trk.core.campaign import Campaign
from trk.core.draw import DrawError
from trk.core.winner_mail import WinnerText
from trk.services import announcing
from trk.services import draws as drawing
from trk.services.announcing import announce
from trk.services.people import erase
from trk.store import draws
from trk.store.program import Transaction
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


async def test_winners_are_seen_by_tokens_only_until_they_are_announced(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api)
    drawn = await draw(api)
    assert drawn["announced_at"] is None
    assert [win["email"] for win in drawn["wins"]] != []
    page = (await browser.get("/y2sB7/win")).text
    assert "The winners have been drawn and are being checked." in page
    for secret in (drawn["seed"], drawn["proof"]["secret"]):
        assert secret not in page
    told = await page_of(app)
    # What could be kept to see that nothing is changed: when, from which list, by which secret.
    assert drawn["digest"] in told
    assert drawn["proof"]["commitment"] in told
    assert "The organiser is checking them now" in words(told)
    for secret in (drawn["seed"], drawn["proof"]["secret"], "draw.txt", 'class="wins"'):
        assert secret not in told
    async with client_of(app) as program:
        assert (await program.get("/y2sB7/draw")).status_code == 404
        assert (await program.get("/y2sB7/draw.txt")).status_code == 404
    announced = (await api.post(f"{ONE}/draw/announce", json={"wins": 2})).json()
    assert announced["announced_at"] is not None
    assert announced["wins"] == drawn["wins"]
    assert drawn["seed"] in (await browser.get("/y2sB7/win")).text
    told = await page_of(app)
    for said in (drawn["seed"], drawn["proof"]["secret"], "draw.txt", "announced on"):
        assert said in told


async def test_who_is_replaced_before_the_announcement_is_seen_to_have_been(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api)
    await draw(api)
    again = {"n": 0, "reason": "Did not answer."}
    assert (await api.post(f"{ONE}/draw/redraw", json=again)).status_code == 201
    assert "being checked" in (await browser.get("/y2sB7/win")).text
    # Somebody who has seen two wins only decides about other winners.
    said = mistake(await api.post(f"{ONE}/draw/announce", json={"wins": 2}), 409, "not_drawn")
    assert "replaced a winner in the meantime" in said
    assert (await api.post(f"{ONE}/draw/announce", json={"wins": 3})).is_success
    told = words(await page_of(app))
    assert "replaced before the announcement" in told
    # After it a prize can be redrawn as well, and that is seen as what it is.
    assert (await api.post(f"{ONE}/draw/redraw", json={**again, "n": 1})).status_code == 201
    assert words(await page_of(app)).count("replaced before the announcement") == 1
    assert words(await page_of(app)).count(", replaced") == 2


async def test_of_two_who_announce_at_once_one_does_and_the_other_is_told(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api)
    mistake(await api.post(f"{ONE}/draw/announce"), 409, "not_drawn")
    await draw(api)
    answers = await asyncio.gather(*[api.post(f"{ONE}/draw/announce") for _ in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    for answer in answers:
        if answer.status_code == 409:
            assert "announced already" in mistake(answer, 409, "not_drawn")
    noted = await query(server_of(app).database, "SELECT id FROM audit WHERE deed = 'announced'")
    assert len(noted) == 1


async def test_a_winner_who_was_erased_is_replaced_first_if_anybody_is_left(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api, people=2, winners=1)
    [win] = (await draw(api))["wins"]
    database = server_of(app).database
    await erase(database, win["email"])
    said = mistake(await api.post(f"{ONE}/draw/announce"), 409, "not_drawn")
    assert said.startswith(f"Entrant {win['entrant_id']}, who has win 0, was erased")
    told = await api.post(f"{ONE}/draw/tell", json={"answer_by": LATER})
    assert told.json() == {"told": 0}
    again = {"n": 0, "reason": "Erased."}
    redrawn = (await api.post(f"{ONE}/draw/redraw", json=again)).json()
    await erase(database, redrawn["wins"][1]["email"])
    # Nobody is left: the draw is announced without a name.
    assert (await api.post(f"{ONE}/draw/announce")).is_success
    assert "The winners" in (await browser.get("/y2sB7/win")).text


async def test_each_winner_is_written_to_once_and_accepts_by_the_mails_link(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api)
    mistake(await api.post(f"{ONE}/draw/tell", json={"answer_by": LATER}), 404, "not_drawn")
    drawn = await draw(api)
    given = {
        "answer_by": LATER,
        "subject": "{campaign}: {prize}",
        "body": "{name}\n{deadline}\n{link}",
    }
    for wrong in (
        {"body": "no way to answer"},
        {"subject": "{who}"},
        {"answer_by": "2020-01-01T00:00:00Z"},
    ):
        mistake(await api.post(f"{ONE}/draw/tell", json={**given, **wrong}), 400, "invalid")
    both = await asyncio.gather(*[api.post(f"{ONE}/draw/tell", json=given) for _ in range(2)])
    assert sorted(answer.json()["told"] for answer in both) == [0, 2]
    written = await mails_of(app)
    assert [mail["recipient"] for mail in written] == [win["email"] for win in drawn["wins"]]
    assert {mail["subject"] for mail in written} == {"Win: A bike"}
    assert "24 December 2490, 18:00 (UTC)" in written[0]["body"]
    links = [link_in(mail["body"]) for mail in written]
    assert len(set(links)) == 2
    # To open it accepts nothing.
    for _ in range(2):
        page = await browser.get(links[0])
        assert page.status_code == 200
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "I accept" in page.text
    assert (await api.get(f"{ONE}/draw")).json()["wins"][0]["accepted_at"] is None
    accepted = await browser.post(links[0], headers=SAME)
    assert accepted.headers["location"] == links[0]
    assert "You have accepted your prize" in (await browser.get(links[0])).text
    first = (await api.get(f"{ONE}/draw")).json()["wins"][0]
    assert first["accepted_at"] is not None
    assert first["answer_by"] == "2490-12-24T18:00:00.000Z"
    assert (await browser.post(links[0], headers=SAME)).status_code == 303
    assert (await api.get(f"{ONE}/draw")).json()["wins"][0] == first
    # Whose prize has gone to another, or who comes too late, can't accept; who replaces them gets
    # a mail.
    again = {"n": 1, "reason": "Did not answer."}
    assert (await api.post(f"{ONE}/draw/redraw", json=again)).status_code == 201
    refused = await browser.post(links[1], headers=SAME)
    assert refused.status_code == 409
    assert "gone to somebody else" in refused.text
    assert (await api.post(f"{ONE}/draw/tell", json=given)).json() == {"told": 1}
    late = link_in((await mails_of(app))[2]["body"])
    await query_write(server_of(app).database, "UPDATE winners SET answer_by = 1 WHERE n = 2")
    refused = await browser.post(late, headers=SAME)
    assert refused.status_code == 409
    assert "time to accept is over" in refused.text
    for path in (f"{late}x", "/y2sB7/won/None"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.post("/y2sB7/won/None", headers=SAME)).status_code == 404


async def test_many_winners_are_written_to_in_parts_and_are_a_file_for_programs_too(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "_AT_ONCE", 1)
    mistake(await api.get(f"{ONE}/draw/winners.csv"), 404, "unknown_campaign")
    await over(app, api, winners=3)
    mistake(await api.get(f"{ONE}/draw/winners.csv"), 404, "not_drawn")
    drawn = await draw(api)
    assert (await api.post(f"{ONE}/draw/tell", json={"answer_by": LATER})).json() == {"told": 3}
    assert [mail["recipient"] for mail in await mails_of(app)] == [
        win["email"] for win in drawn["wins"]
    ]
    file = await api.get(f"{ONE}/draw/winners.csv")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    head, *lines = file.content.decode("utf-8-sig").splitlines()
    assert head.split(",") == list(announcing.COLUMNS)
    assert [line.split(",")[3] for line in lines] == [win["email"] for win in drawn["wins"]]
    before = await query(server_of(app).database, "SELECT COUNT(*) AS n FROM audit")
    assert (await api.head(f"{ONE}/draw/winners.csv")).content == b""
    assert await query(server_of(app).database, "SELECT COUNT(*) AS n FROM audit") == before


async def test_a_winners_link_ends_with_who_was_erased(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    await over(app, api, winners=1)
    [win] = (await draw(api))["wins"]
    await api.post(f"{ONE}/draw/tell", json={"answer_by": LATER})
    [mail] = await mails_of(app)
    await erase(server_of(app).database, win["email"])
    assert (await browser.get(link_in(mail["body"]))).status_code == 404
    assert await mails_of(app) == []
    stored = await query(server_of(app).database, "SELECT answer_hash FROM winners")
    assert [row["answer_hash"] for row in stored] == [None]


async def test_an_announcement_and_a_redraw_at_once_leave_one_of_them_told(
    app: Starlette, api: httpx.AsyncClient
) -> None:
    await over(app, api)
    await draw(api)
    database = server_of(app).database
    campaign = await campaign_in(database)

    async def announced() -> bool:
        try:
            await database.write(announce, campaign, 2)
        except DrawError:
            return False
        return True

    again = {"n": 0, "reason": "Did not answer."}
    done, redrawn = await asyncio.gather(announced(), api.post(f"{ONE}/draw/redraw", json=again))
    assert redrawn.status_code == 201
    stored = (await api.get(f"{ONE}/draw")).json()
    assert len(stored["wins"]) == 3
    assert (stored["announced_at"] is not None) is done
    if done:
        [row] = await query(
            database,
            "SELECT w.taken_back_at >= d.announced_at AS later FROM draws AS d "
            "JOIN winners AS w ON w.draw_id = d.id WHERE w.n = 0",
        )
        assert row["later"]


async def test_a_redraw_looks_at_the_clock_once_nobody_can_announce_any_more(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or whom everybody saw might be called replaced before the announcement."""
    await over(app, api)
    await draw(api)
    order: list[str] = []
    hold = draws.hold

    async def held(tx: Transaction, campaign: Campaign, draw_id: int) -> None:
        await hold(tx, campaign, draw_id)
        order.append("held")

    def clock() -> int:
        order.append("the time")
        return now_ms()

    monkeypatch.setattr(draws, "hold", held)
    monkeypatch.setattr(drawing, "now_ms", clock)
    again = {"n": 0, "reason": "Did not answer."}
    assert (await api.post(f"{ONE}/draw/redraw", json=again)).status_code == 201
    assert order == ["held", "the time"]


async def test_a_text_that_is_kept_while_the_last_one_is_sent_stays(
    app: Starlette, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await over(app, api)
    await draw(api)
    send, theirs = announcing._tell_some, WinnerText("Theirs", "{link}")

    async def sent_while_another_owner_saves(
        tx: Transaction, campaign: Campaign, *rest: Any
    ) -> Any:
        told = await send(tx, campaign, *rest)
        if len(await tx.fetch("SELECT 1 AS one FROM winners WHERE told_at IS NOT NULL")) == 1:
            await announcing.keep_text(tx, campaign, theirs)
        return told

    monkeypatch.setattr(announcing, "_AT_ONCE", 1)
    monkeypatch.setattr(announcing, "_tell_some", sent_while_another_owner_saves)
    database = server_of(app).database
    mine, campaign = WinnerText("Mine", "{link}"), await campaign_in(database)
    assert (
        await announcing.tell_winners(database, campaign, mine, now_ms() + 10**8, "http://t") == 2
    )
    # Both winners were written what the owner who sent it has seen.
    assert [mail["subject"] for mail in await mails_of(app)] == ["Mine", "Mine"]
    [kept] = await query(database, "SELECT mail_subject FROM draws")
    assert kept["mail_subject"] == "Theirs"

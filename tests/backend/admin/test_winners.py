"""After the draw, on the owner's pages: writing to winners, their file, and announcing them."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from tests.backend.admin.owning import HOSTILE, form_at, mistakes, saved, signed_in, values
from tests.backend.calls import competition, end, prize
from tests.backend.conftest import PUBLIC_URL, api_of, client_of, running
from tests.backend.stored import query, query_write
from tests.ports import free_port
from trk.services.announcing import COLUMNS
from trk.settings import Settings
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

NOW = {"sure": "on", "seed": ""}


@pytest.fixture
async def browser(app: Starlette, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser; its base is a competition of four whose two winners are drawn."""
    await competition(app, api, 4)
    await prize(api, "Bike", 2)
    await end(app)
    async with signed_in(app, "y2sB7") as client:
        saved(await client.post("/draw", data=NOW))
        yield client


async def letters(app: Starlette) -> list[tuple[str, str, str]]:
    found = await query(
        server_of(app).database,
        "SELECT recipient, subject, body FROM mails WHERE topic LIKE 'winner %' ORDER BY id",
    )
    return [(row["recipient"], row["subject"], row["body"]) for row in found]


async def announced(app: Starlette) -> bool:
    [row] = await query(server_of(app).database, "SELECT announced_at FROM draws")
    return row["announced_at"] is not None


async def test_announcing_is_a_step_of_its_own_with_a_tick(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/draw")).text
    assert "Not announced yet." in page
    assert "2 winners have not accepted yet" in page
    refused = await browser.post("/draw/announce", data={"seen": "2"})
    assert refused.status_code == 400
    assert set(mistakes(refused.text)) == {"announce"}
    assert not await announced(app)
    async with client_of(app, accept="text/html") as stranger:
        assert "being checked" in (await stranger.get("/y2sB7/win")).text
        where = saved(await browser.post("/draw/announce", data={"announce": "on", "seen": "2"}))
        assert "being checked" not in (await stranger.get("/y2sB7/win")).text
    page = (await browser.get(f"http://track.test{where}")).text
    assert "Everybody can see the winners now." in page
    assert "Announce the winners" not in page
    # A prize is redrawn after that as before, and the page says that it is seen.
    assert "is visible at once" in page
    saved(await browser.post("/draw/redraw", data={"n": "0", "reason-0": "No answer."}))


@pytest.mark.parametrize("seen", ["1", "3", "", "x", "-2"])
async def test_who_has_seen_other_winners_announces_nothing(
    app: Starlette, browser: httpx.AsyncClient, seen: str
) -> None:
    refused = await browser.post("/draw/announce", data={"announce": "on", "seen": seen})
    assert refused.status_code == 409
    assert "Look at the winners again" in unescape(refused.text)
    assert not await announced(app)


async def test_two_owners_who_announce_at_once(app: Starlette, browser: httpx.AsyncClient) -> None:
    form = {"announce": "on", "seen": "2"}
    answers = await asyncio.gather(*[browser.post("/draw/announce", data=form) for _ in range(4)])
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    [told, *_] = [answer.text for answer in answers if answer.status_code == 409]
    assert "were announced already" in told


async def test_the_mail_is_written_looked_at_and_sent_to_each_winner_once(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    page = (await browser.get("/draw/mail")).text
    form = values(page)
    assert "You have won: {prize}" in form["subject"]
    assert form["answer_by_time"] == "18:00"
    assert "Send to 2 winners" in page
    assert "You have won: Bike" in page  # as the first winner gets it
    assert "No mail server is set up" in page
    mine = {**form, "subject": "Hooray, {name}", "answer_by": "2490-12-24T18:00"}
    kept = await browser.post("/draw/mail", data={**mine, "do": "save"})
    assert kept.status_code == 200
    assert "Nothing was sent yet." in kept.text
    assert re.findall(r"<strong>Hooray, Entrant \d</strong>", kept.text)
    assert await letters(app) == []
    assert (await form_at(browser, "/draw/mail"))["subject"] == "Hooray, {name}"
    where = saved(await browser.post("/draw/mail", data={**mine, "do": "send"}))
    page = (await browser.get(f"http://track.test{where}")).text
    assert "2 e-mails were written." in page
    assert "can accept until" in page
    assert len(await letters(app)) == 2
    assert all("24 December 2490, 18:00 (UTC)" in body for _, _, body in await letters(app))
    # Once more sends nothing; a winner who replaces another is the next to be written to.
    assert saved(await browser.post("/draw/mail", data={**mine, "do": "send"})).endswith("told=0")
    saved(await browser.post("/draw/redraw", data={"n": "1", "reason-1": "No answer."}))
    assert "One winner has not been written to." in (await browser.get("/draw")).text
    assert "Send to 1 winner<" in (await browser.get("/draw/mail")).text
    saved(await browser.post("/draw/mail", data={**mine, "do": "send"}))
    assert len({recipient for recipient, _, _ in await letters(app)}) == 3
    # The link leads to the button, and the page of the draw shows who has pressed it.
    [link] = re.findall(r"http://track.test(\S+/won/\S+)", (await letters(app))[0][2])
    async with client_of(app, accept="text/html", sec_fetch_site="same-origin") as winner:
        assert (await winner.post(link)).status_code == 303
    assert "Accepted <time" in (await browser.get("/draw")).text


async def test_winners_can_answer_to_the_end_of_a_day_that_is_given_without_a_time(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    form = await form_at(browser, "/draw/mail")
    day = {"answer_by": "2490-12-24", "answer_by_time": "", "do": "send"}
    saved(await browser.post("/draw/mail", data={**form, **day}))
    assert all("24 December 2490, 23:59 (UTC)" in body for _, _, body in await letters(app))


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "{who}"}, "subject"),
        ({"body": "No link."}, "body"),
        ({"answer_by": ""}, "answer_by"),
        ({"answer_by": "", "answer_by_time": ""}, "answer_by"),
        ({"answer_by": "2020-01-01", "answer_by_time": ""}, "answer_by"),
        ({"answer_by": "soon"}, "answer_by"),
        ({"answer_by": "2020-01-01T00:00"}, "answer_by"),
        ({"answer_by": "9999-12-31T23:59"}, "answer_by"),
        ({"answer_by": "0001-01-01T00:00"}, "answer_by"),
    ],
)
async def test_a_mail_that_can_not_be_sent_is_shown_again_as_it_was_typed(
    app: Starlette, browser: httpx.AsyncClient, typed: dict[str, str], wrong: str
) -> None:
    form = {**await form_at(browser, "/draw/mail"), **typed}
    for do in ("save", "send"):
        refused = await browser.post("/draw/mail", data={**form, "do": do})
        assert refused.status_code == 400
        assert set(mistakes(refused.text)) == {wrong}
        again = values(refused.text)
        assert {name: again[name] for name in form} == form
    assert await letters(app) == []


async def test_a_winner_who_is_blocked_after_the_draw_is_marked_and_replaced_first(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    wins = await query(server_of(app).database, "SELECT entrant_id FROM winners ORDER BY n")
    first, _ = [row["entrant_id"] for row in wins]
    block = {"what": "block", "reason": "A robot."}
    saved(await browser.post(f"/entrants/{first}", data=block))
    page = (await browser.get("/draw")).text
    assert '<span class="state bad">Blocked</span>' in page
    assert "One winner has been blocked or erased since the draw." in page
    assert "Redraw this prize before you announce the winners." in page
    assert "One winner has not accepted yet" in page
    assert "Send to 1 winner<" in (await browser.get("/draw/mail")).text
    refused = await browser.post("/draw/announce", data={"announce": "on", "seen": "2"})
    assert refused.status_code == 409
    assert f"Entrant {first}, who has win 0, was blocked" in refused.text
    saved(await browser.post("/draw/redraw", data={"n": "0", "reason-0": "A robot."}))
    assert "blocked or erased since" not in (await browser.get("/draw")).text
    # All the others are blocked as well: nobody is left who could win in their place.
    for other in {1, 2, 3, 4} - {first}:
        saved(await browser.post(f"/entrants/{other}", data=block))
    page = (await browser.get("/draw")).text
    assert "2 winners have been blocked or erased since the draw." in page
    assert page.count("Nobody is left to draw: this prize goes to nobody.") == 2
    assert "Nobody is left to write to." in (await browser.get("/draw/mail")).text
    saved(await browser.post("/draw/announce", data={"announce": "on", "seen": "3"}))


async def test_while_the_mail_server_is_away_the_mails_wait_and_winners_can_be_announced(
    database_url: str,
) -> None:
    settings = Settings(
        database=database_url,
        public_url=PUBLIC_URL,
        smtp=f"smtp://127.0.0.1:{free_port()}",
        mail_from="win@track.test",
    )
    async with running(settings) as app, await api_of(app) as api:
        await competition(app, api, 4)
        await prize(api, "Bike", 2)
        await end(app)
        database = server_of(app).database
        await query_write(database, "UPDATE campaigns SET confirmed_only = 0")
        async with signed_in(app, "y2sB7") as browser:
            saved(await browser.post("/draw", data=NOW))
            page = (await browser.get("/draw/mail")).text
            assert "No mail server is set up" not in page
            saved(await browser.post("/draw/mail", data={**values(page), "do": "send"}))
            # The server's own mailer is at work, too: each was tried once, by whomever.
            tried = "SELECT 1 FROM mails WHERE topic LIKE 'winner %' AND error <> ''"
            while len(await query(database, tried)) < 2:
                await server_of(app).mailer.work()
            page = (await browser.get("/draw")).text
            assert page.count("The e-mail is waiting to be sent") == 2
            given_up = "UPDATE mails SET due_at = NULL, error = '550' WHERE topic LIKE 'winner % 1'"
            await query_write(database, given_up)
            page = (await browser.get("/draw")).text
            assert page.count("The e-mail was not sent") == 1
            form = {"announce": "on", "seen": "2"}
            saved(await browser.post("/draw/announce", data=form))


async def test_the_winners_file_has_all_that_became_of_them_and_no_formulas(
    app: Starlette, api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    formula = '=HYPERLINK("https://evil.example")'
    await query_write(server_of(app).database, f"UPDATE entrants SET name = '{formula}'")
    saved(await browser.post("/draw/redraw", data={"n": "0", "reason-0": "+49 did not answer"}))
    answer = await browser.get("/draw/winners.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="winners-y2sB7.csv"' in answer.headers["content-disposition"]
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head == list(COLUMNS)
    wins = [dict(zip(head, row, strict=True)) for row in rows]
    assert [win["n"] for win in wins] == ["0", "1", "2"]
    assert {win["name"] for win in wins} == {f"'{formula}"}
    assert wins[0]["reason"] == "'+49 did not answer"
    assert wins[2]["replaces"] == "0"
    assert wins[0]["taken_back_at"].endswith("Z")
    stored = (await api.get("/campaigns/y2sB7/draw")).json()["wins"]
    assert [win["email"] for win in wins] == [win["email"] for win in stored]
    async with client_of(app, accept="text/html") as stranger:
        assert (await stranger.get("/admin/campaigns/y2sB7/draw/winners.csv")).status_code == 303


async def test_without_a_draw_there_is_nobody_to_write_to_or_announce(app: Starlette) -> None:
    async with signed_in(app) as browser:
        assert saved(await browser.get("/draw/mail")).endswith("/draw")
        form = {"subject": "{prize}", "body": "{link}", "answer_by": "2490-01-01T00:00"}
        for do in ("save", "send"):
            refused = await browser.post("/draw/mail", data={**form, "do": do})
            assert refused.status_code == 409
            assert "has no draw yet" in refused.text
        assert (await browser.get("/draw/winners.csv")).status_code == 404
        refused = await browser.post("/draw/announce", data={"announce": "on", "seen": "0"})
        assert refused.status_code == 409


async def test_hostile_names_and_texts_run_nowhere(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    name = HOSTILE.replace("'", "")
    await query_write(server_of(app).database, f"UPDATE entrants SET name = '{name}'")
    form = {**await form_at(browser, "/draw/mail"), "body": f"{HOSTILE} {{name}} {{link}}"}
    pages = [
        await browser.get("/draw"),
        await browser.get("/draw/mail"),
        await browser.post("/draw/mail", data={**form, "do": "save"}),
    ]
    saved(await browser.post("/draw/mail", data={**form, "do": "send"}))
    [link] = re.findall(r"http://track.test(\S+/won/\S+)", (await letters(app))[0][2])
    pages.append(await browser.get(f"http://track.test{link}"))
    for page in pages:
        assert page.status_code == 200
        assert "&lt;script&gt;alert" in page.text
        assert "<script>alert" not in page.text
        assert "<img" not in page.text

"""Coming back from another browser by a link that is mailed through a real mail server."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from tests.backend.campaign_pages import arrive
from tests.backend.conftest import PUBLIC_URL, api_of, client_of, running
from tests.backend.mail_servers import Inbox
from trk.core.names import clean
from trk.settings import Settings
from trk.store.program import Row, select
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

ANN = {"name": "Ann", "email": "ann@example.org"}
PAGE = "/y2sB7/win-a-bike"
OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
async def mailing(database_url: str, inbox: tuple[Inbox, str]) -> AsyncIterator[Starlette]:
    """The application with a mail server; the test runs on both databases."""
    settings = Settings(
        database=database_url,
        public_url=PUBLIC_URL,
        smtp=inbox[1],
        mail_from="Bell & Spoke <win@shop.example>",
    )
    async with running(settings) as app:
        await _make(app)
        yield app


async def _make(app: Starlette, key: str = "y2sB7") -> None:
    async with await api_of(app) as owner:
        campaign = {"name": "Win a bike", "key": key, "confirmed_only": False}
        await owner.post("/campaigns", json=campaign)


async def _mail_rows(app: Starlette, done: str = "sent_at IS NOT NULL") -> list[Row]:
    """The mails, once none waits any more."""
    async with asyncio.timeout(20):
        while True:
            rows: list[Row] = await server_of(app).database.read(
                select, f"SELECT *, {done} AS done FROM mails ORDER BY id"
            )
            if rows and all(row["done"] for row in rows):
                return rows
            await asyncio.sleep(0)


async def _link(app: Starlette) -> str:
    async with client_of(app, **OURS) as first, client_of(app, **OURS) as second:
        await first.post("/y2sB7/enter", data=ANN)
        await second.post("/y2sB7/enter", data=ANN)
    return _links((await _mail_rows(app))[-1]["body"])[0]


def _links(body: str) -> list[str]:
    return re.findall(rf"{PUBLIC_URL}(/\S+)", body)


async def test_an_entrant_comes_back_from_another_browser_by_the_mailed_link(
    mailing: Starlette, inbox: tuple[Inbox, str]
) -> None:
    async with client_of(mailing, **OURS) as first, client_of(mailing, **OURS) as second:
        await first.post("/y2sB7/enter", data=ANN)
        asked = await second.post("/y2sB7/enter", data={**ANN, "email": "ANN@example.org"})
        assert (asked.status_code, "Check your e-mail" in asked.text) == (200, True)
        assert "You’re in" not in (await second.get(PAGE)).text
        await _mail_rows(mailing)
        [mail] = inbox[0].mails
        assert mail["To"] == "ann@example.org"
        assert mail["From"] == "Bell & Spoke <win@shop.example>"
        assert mail["Subject"] == "Is this you? Win a bike"
        [link] = _links(mail.get_content())
        # Mail programs look at links: that uses nothing up.
        for _ in range(2):
            looked = await second.get(link)
            assert (looked.status_code, "Yes, continue here" in looked.text) == (200, True)
        assert "You’re in" not in (await second.get(PAGE)).text
        confirmed = await second.post(link)
        assert (confirmed.status_code, confirmed.headers["location"]) == (303, PAGE)
        assert "You’re in, <bdi>Ann" in (await second.get(PAGE)).text
        # The first one was never confirmed: it may be that of somebody with another's address.
        assert "You’re in" not in (await first.get(PAGE)).text
    async with client_of(mailing, **OURS) as third:
        for answer in (await third.get(link), await third.post(link)):
            assert (answer.status_code, "no longer works" in answer.text) == (404, True)
        assert "You’re in" not in (await third.get(PAGE)).text


async def test_who_enters_a_campaign_that_asks_gets_the_mail_at_once_and_the_code_by_its_button(
    mailing: Starlette, inbox: tuple[Inbox, str]
) -> None:
    async with await api_of(mailing) as owner:
        reward = {"kind": "reward", "reward_kind": "shared", "reward_value": "SAVE10"}
        await owner.post("/campaigns", json={"name": "Coupon", "key": "asks1", **reward})
        action = {"title": "Know it", "tracking_name": "Know", "verification": "ill_know"}
        known = (await owner.post("/campaigns/asks1/actions", json=action)).json()["id"]
    async with client_of(mailing, **OURS) as browser:
        await browser.post("/asks1/enter", data=ANN)
        await browser.post(f"/asks1/answer/{known}")
        await _mail_rows(mailing)
        [mail] = inbox[0].mails
        assert mail["To"] == "ann@example.org"
        assert mail["Subject"] == "Confirm your e-mail: Coupon"
        assert "you can get the reward only after that" in " ".join(mail.get_content().split())
        assert "SAVE10" not in (await browser.get("/asks1/coupon")).text
        [link] = _links(mail.get_content())
        await browser.post(link)
        assert "SAVE10" in (await browser.get("/asks1/coupon")).text
    await _mail_rows(mailing)
    assert inbox[0].mails[-1]["Subject"] == "Your reward: Coupon"


async def test_a_link_that_is_old_cut_off_or_of_another_campaign_opens_nothing(
    mailing: Starlette,
) -> None:
    await _make(mailing, "other1")
    link = await _link(mailing)
    async with client_of(mailing, **OURS) as client:
        for wrong in (link[:-1], link.replace("y2sB7", "other1"), "/y2sB7/confirm/%00"):
            assert (await client.get(wrong)).status_code == 404
            assert (await client.post(wrong)).status_code == 404
        await server_of(mailing).database.write(select, "UPDATE confirmations SET expires_at = 5")
        assert (await client.post(link)).status_code == 404
        assert client.cookies == {}


async def test_a_link_pressed_by_another_site_or_by_two_at_once_opens_one_session(
    mailing: Starlette,
) -> None:
    link = await _link(mailing)
    async with client_of(mailing, sec_fetch_site="cross-site") as stranger:
        assert (await stranger.post(link)).status_code == 403
    async with client_of(mailing, **OURS) as client:
        answers = await asyncio.gather(*[client.post(link) for _ in range(10)])
    assert sorted(answer.status_code for answer in answers) == [303] + [404] * 9


async def test_the_visitor_of_the_browser_that_asked_is_not_linked_by_the_one_that_confirms(
    mailing: Starlette,
) -> None:
    async with client_of(mailing, **OURS) as first, client_of(mailing, **OURS) as stranger:
        await first.post("/y2sB7/enter", data=ANN)
        await arrive(mailing, stranger, "e" * 32)
        await stranger.post("/y2sB7/enter", data=ANN)
        [row] = await _mail_rows(mailing)
        await arrive(mailing, first, "f" * 32)
        await first.post(_links(row["body"])[0])
    links = await server_of(mailing).database.read(select, "SELECT visitor FROM links")
    assert [link["visitor"] for link in links] == ["f" * 32]


async def test_one_mail_is_sent_though_it_is_asked_for_100_times_at_once(
    mailing: Starlette, inbox: tuple[Inbox, str]
) -> None:
    async with client_of(mailing, **OURS) as client:
        await asyncio.gather(*[client.post("/y2sB7/enter", data=ANN) for _ in range(100)])
    await _mail_rows(mailing)
    found = await server_of(mailing).database.read(select, "SELECT id FROM entrants")
    # Two, if the clock passed from one stretch of five minutes into the next meanwhile.
    assert (len(found), len(inbox[0].mails) <= 2) == (1, True)


async def test_a_mail_server_that_is_away_is_noted_and_tried_again_later(sqlite_url: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        smtp = f"smtp://127.0.0.1:{closed.getsockname()[1]}"
    async with running(Settings(database=sqlite_url, public_url=PUBLIC_URL, smtp=smtp)) as app:
        await _make(app)
        async with client_of(app, **OURS) as first, client_of(app, **OURS) as second:
            await first.post("/y2sB7/enter", data=ANN)
            await second.post("/y2sB7/enter", data=ANN)
        [row] = await _mail_rows(app, "error IS NOT NULL")
    assert "ConnectionRefusedError" in row["error"]
    assert (row["attempts"], row["sent_at"]) == (1, None)
    assert row["due_at"] >= row["queued_at"] + 60_000


async def test_without_a_mail_server_the_mail_is_in_the_log_and_in_the_outbox(
    sqlite_app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    await _make(sqlite_app)
    with caplog.at_level(logging.INFO, "trk.services.jobs.mailer"):
        async with client_of(sqlite_app, **OURS) as first, client_of(sqlite_app, **OURS) as second:
            await first.post("/y2sB7/enter", data=ANN)
            await second.post("/y2sB7/enter", data=ANN)
        await _mail_rows(sqlite_app, "error IS NOT NULL")
    [link] = _links(caplog.text)
    async with await api_of(sqlite_app) as owner:
        [mail] = (await owner.get("/campaigns/y2sB7/mails")).json()["data"]
    assert link in mail["body"]
    assert "No mail server is set" in mail["error"]


@pytest.mark.parametrize("name", ["<b>Ann</b>", "=?utf-8?q?x?=", "Ann, ann@example.org", "Åñn 👋"])
async def test_a_strange_name_stays_text_in_the_mail(
    name: str, mailing: Starlette, inbox: tuple[Inbox, str]
) -> None:
    async with client_of(mailing, **OURS) as first, client_of(mailing, **OURS) as second:
        await first.post("/y2sB7/enter", data={**ANN, "name": name})
        await second.post("/y2sB7/enter", data=ANN)
    await _mail_rows(mailing)
    [mail] = inbox[0].mails
    assert (mail.get_content_type(), mail["To"]) == ("text/plain", "ann@example.org")
    assert f"Hello {name}," in mail.get_content()


@pytest.mark.parametrize("name", ["Ann\r\nBcc: all@example.org", "\u202eAnn", "Ann\0\u2028Lee"])
async def test_a_name_that_could_forge_a_header_stays_in_its_line(
    name: str, mailing: Starlette, inbox: tuple[Inbox, str]
) -> None:
    async with client_of(mailing, **OURS) as first, client_of(mailing, **OURS) as second:
        await first.post("/y2sB7/enter", data={**ANN, "name": name})
        await second.post("/y2sB7/enter", data=ANN)
    await _mail_rows(mailing)
    [mail] = inbox[0].mails
    assert (mail["Bcc"], mail["To"]) == (None, "ann@example.org")
    first_line = mail.get_content().splitlines()[0]
    assert first_line == f"Hello {clean(name)},"


async def test_a_mail_greets_by_the_name_as_it_is_written(
    mailing: Starlette, inbox: tuple[Inbox, str]
) -> None:
    async with client_of(mailing, **OURS) as first, client_of(mailing, **OURS) as second:
        await first.post("/y2sB7/enter", data={**ANN, "name": "علی\u200cرضا"})
        await second.post("/y2sB7/enter", data=ANN)
    await _mail_rows(mailing)
    assert "Hello علی\u200cرضا," in inbox[0].mails[0].get_content()

"""Addresses beyond ASCII: which of them get a mail, and what is said of the others."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes, signed_in, values
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import PUBLIC_URL, client_of, running
from tests.backend.mail_servers import Responder, Serve
from tests.backend.mailed import content, sent
from tests.backend.stored import campaign_with, enter, query
from tests.ports import free_port
from trk.services.mail_server import MailAddresses
from trk.settings import Settings
from trk.store import entrants
from trk.store.database import Database
from trk.web.admin.mails import trouble_of
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize("unicode", [True, False])
async def test_a_domain_goes_in_ascii_to_any_server(
    database: Database, serve: Serve, unicode: bool
) -> None:
    server = Responder()
    smtp = serve(server, enable_SMTPUTF8=unicode)
    for recipient, envelope in (
        ("ann@müller.example", "ann@xn--mller-kva.example"),
        ("ann@MÜLLER.example", "ann@xn--mller-kva.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"),
        ("ann+win@shop.example", "ann+win@shop.example"),
        ("ann@localhost", "ann@localhost"),
    ):
        row = await sent(database, smtp, recipient)
        assert (row["error"], row["sent_at"] is None) == (None, False), recipient
        taken = server.taken.pop()
        assert server.taken == []
        assert taken.rcpt_tos == [envelope]
        assert "SMTPUTF8" not in taken.mail_options, recipient
        head = content(taken).partition(b"\r\n\r\n")[0]
        assert head.isascii(), recipient
        assert f"To: {envelope}".encode() in head


async def test_letters_before_the_at_go_to_a_server_that_takes_them(
    database: Database, serve: Serve
) -> None:
    server = Responder()
    smtp = serve(server, enable_SMTPUTF8=True)
    for recipient, sender in (
        ("jörg@müller.example", ""),
        ("用户@shop.example", ""),
        ("ann@shop.example", "Gewinn <größe@shop.example>"),
    ):
        row = await sent(database, smtp, recipient, sender=sender)
        assert (row["error"], row["sent_at"] is None) == (None, False), (recipient, sender)
        taken = server.taken.pop()
        assert server.taken == []
        local = recipient.partition("@")[0]
        assert taken.rcpt_tos[0].startswith(f"{local}@")
        assert taken.rcpt_tos[0].partition("@")[2].isascii(), recipient
        assert "SMTPUTF8" in taken.mail_options, (recipient, sender)
        assert f"To: {local}@".encode() in content(taken)


async def test_a_server_that_takes_no_such_letters_gets_nothing_and_the_owner_reads_why(
    database: Database, serve: Serve
) -> None:
    server = Responder()
    smtp = serve(server, enable_SMTPUTF8=False)
    for recipient, sender in (
        ("jörg@müller.example", ""),
        ("ann@shop.example", "Gewinn <größe@shop.example>"),
    ):
        row = await sent(database, smtp, recipient, sender=sender)
        stored = (row["sent_at"], row["due_at"], row["attempts"])
        assert (server.taken, *stored) == ([], None, None, 1), (recipient, sender)
        assert "expected a mail server that offers SMTPUTF8" in row["error"]
        why = trouble_of(row["error"])
        assert why is not None
        said = "The mail server doesn’t accept addresses with letters like ü before the @."
        assert why.words == said


async def test_who_writes_the_domain_in_another_way_is_the_same_person(
    app: Starlette, browser: httpx.AsyncClient
) -> None:
    await make(app)
    typed = ("Ann@Müller.example", "ann@xn--mller-kva.example", "ann@mu\u0308ller.example ")
    for email in typed:
        async with client_of(app) as each:
            answer = await each.post("/y2sB7/enter", data={**ANN, "email": email})
            assert answer.status_code in (200, 303), answer.text
    rows = await query(server_of(app).database, "SELECT email FROM entrants")
    assert [row["email"] for row in rows] == ["Ann@müller.example"]
    assert (await browser.get(PAGE)).status_code == 200
    async with signed_in(app) as owner:
        for email in typed:
            found = await owner.get(f"{PUBLIC_URL}/admin/persons", params={"email": email})
            assert "Win a bike" in found.text, email


async def test_an_entrant_is_found_by_an_address_that_no_database_takes(
    database: Database,
) -> None:
    campaign = await campaign_with(database)
    await enter(database, campaign, 1)
    [row] = await query(database, "SELECT id, email FROM entrants")
    for email in (f"\0{row['email']}\ud800", f"\u202e{row['email']}"):
        found = await database.read(entrants.by_email, campaign, email)
        assert found is not None
        assert found.id == row["id"]


UMLAUTS = ("jörg@shop.example", "jörg@müller.example", "用户@shop.example")
PLAIN = ("ann@shop.example", "ann@müller.example", "o'neil+win@例え.テスト")


async def entering(app: Starlette, email: str, **fields: str) -> httpx.Response:
    async with client_of(app, accept="text/html") as browser:
        return await browser.post("/y2sB7/enter", data={**ANN, "email": email, **fields})


async def stored_emails(app: Starlette) -> list[str]:
    rows = await query(server_of(app).database, "SELECT email FROM entrants ORDER BY id")
    return [row["email"] for row in rows]


async def test_an_address_that_gets_no_mail_is_refused_at_entering_with_that_reason(
    database_url: str, serve: Serve
) -> None:
    smtp = serve(Responder(), enable_SMTPUTF8=False)
    async with running(Settings(database=database_url, public_url=PUBLIC_URL, smtp=smtp)) as app:
        await make(app, languages=["en", "de"])
        for email in UMLAUTS:
            answer = await entering(app, email)
            assert answer.status_code == 400, email
            assert mistakes(answer.text) == {
                "email": "We can’t send e-mails to an address with letters like ü before the @. "
                "Enter another one."
            }
            assert values(answer.text)["email"] == email
            assert values(answer.text)["name"] == ANN["name"]
        assert await stored_emails(app) == []
        async with client_of(app, accept="text/html", accept_language="de") as german:
            page = await german.post("/y2sB7/enter", data={**ANN, "email": UMLAUTS[0]})
            assert "vor dem @" in mistakes(page.text)["email"]
        for email in PLAIN:
            assert (await entering(app, email)).status_code == 303, email
        assert await stored_emails(app) == list(PLAIN)


async def test_it_is_accepted_where_a_mail_gets_to_it_or_nobody_knows(
    database_url: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trk.services.mail_server._PATIENCE", 0.2)
    deaf = socket.create_server(("127.0.0.1", 0))
    settings = {
        "takes them": serve(Responder(), enable_SMTPUTF8=True),
        "refuses connections": f"smtp://127.0.0.1:{free_port()}",
        "says nothing": f"smtp://127.0.0.1:{deaf.getsockname()[1]}",
        "is none": "",
    }
    with deaf:
        for n, (what, smtp) in enumerate(settings.items()):
            running_with = Settings(database=database_url, public_url=PUBLIC_URL, smtp=smtp)
            async with running(running_with) as app:
                if n == 0:
                    await make(app)
                email = f"jörg{n}@shop.example"
                assert (await entering(app, email)).status_code == 303, what
                assert (await stored_emails(app))[-1] == email


async def test_the_mail_server_is_asked_once_and_again_after_a_while(serve: Serve) -> None:
    asked: list[str] = []

    class Counting(Responder):
        async def handle_EHLO(  # noqa: N802
            self,
            server: SMTP,
            session: Session,
            envelope: Envelope,
            hostname: str,
            responses: list[str],
        ) -> list[str]:
            session.host_name = hostname
            asked.append(hostname)
            return responses

    smtp = serve(Counting(), enable_SMTPUTF8=False)
    addresses = MailAddresses(Settings(smtp=smtp, public_url=PUBLIC_URL))
    assert await addresses.takes("ann@shop.example")
    assert asked == []
    answers = await asyncio.gather(*(addresses.takes(each) for each in UMLAUTS))
    assert (answers, len(asked)) == ([False] * 3, 1)
    addresses._until = 0
    assert not await addresses.takes(UMLAUTS[0])
    assert len(asked) == 2

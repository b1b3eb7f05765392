"""Addresses beyond ASCII, answers of mail servers that are final, and what a mail's text keeps."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette

from tests.backend.admin.owning import mistakes, signed_in, values
from tests.backend.campaign_pages import ANN, PAGE, make
from tests.backend.conftest import PUBLIC_URL, client_of, running
from tests.backend.stored import campaign_with, enter, query, query_write
from tests.ports import free_port
from trk.core.mail import Mail
from trk.services.jobs.mailer import Mailer
from trk.services.mail_server import MailAddresses
from trk.settings import Settings
from trk.store import entrants, mails
from trk.store.database import Database
from trk.store.program import Row
from trk.web.admin.mails import trouble_of
from trk.web.server import server_of

Serve = Callable[..., str]


class Server:
    """A mail server that answers `said` at the step `at`, and keeps what it takes."""

    def __init__(self, at: str = "", said: str = "") -> None:
        self.at, self.said = at, said
        self.taken: list[Envelope] = []

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at == "MAIL":
            return self.said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at == "RCPT":
            return self.said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.at == "DATA":
            return self.said
        self.taken.append(envelope)
        return "250 OK"


def content(taken: Envelope) -> bytes:
    """The mail as it was sent."""
    assert isinstance(taken.content, bytes)
    return taken.content


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a mail server: the setting for it."""
    with ExitStack() as started:

        def start(handler: Server, **options: Any) -> str:
            port = free_port()
            server = Controller(handler, hostname="127.0.0.1", port=port, **options)
            server.start()
            started.callback(server.stop)
            return f"smtp://127.0.0.1:{port}"

        yield start


async def sent(
    database: Database, smtp: str, recipient: str, body: str = "Hello\n", sender: str = ""
) -> Row:
    """The mail to `recipient`, the only one, as it is stored after one round of the mailer."""
    await query_write(database, "DELETE FROM mails")
    mail = Mail(f"topic {recipient}", recipient, "Grüße", body)
    await database.write(mails.queue, mail, 1)
    settings = Settings(smtp=smtp, public_url=PUBLIC_URL, mail_from=sender or "Win <w@shop.test>")
    await Mailer(database, settings).work()
    [row] = await query(database, "SELECT * FROM mails")
    return row


@pytest.mark.parametrize("unicode", [True, False])
async def test_a_domain_goes_in_ascii_to_any_server(
    database: Database, serve: Serve, unicode: bool
) -> None:
    server = Server()
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
    server = Server()
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
    server = Server()
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
        said = "The mail server does not accept addresses with letters like ü before the @."
        assert why.words == said


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
async def test_what_a_server_refuses_for_good_is_not_tried_again(
    database: Database, serve: Serve, at: str
) -> None:
    server = Server(at)
    smtp = serve(server)
    for server.said in ("550 5.1.1 no such user", "554 no", "552 full", "501 what?"):
        row = await sent(database, smtp, "ann@shop.example")
        assert (row["sent_at"], row["due_at"], row["attempts"]) == (None, None, 1), server.said
        assert server.said.partition(" ")[0] in row["error"]


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
async def test_what_may_be_another_answer_later_is_tried_again(
    database: Database, serve: Serve, at: str
) -> None:
    server = Server(at)
    smtp = serve(server)
    for server.said in ("450 later", "451 greylisted", "530 sign in first"):
        row = await sent(database, smtp, "ann@shop.example")
        stored = (row["sent_at"], row["due_at"] is None, row["attempts"])
        assert stored == (None, False, 1), server.said


@pytest.mark.parametrize("recipient", ["ann@shop.example", "jörg@shop.example"])
async def test_the_text_of_a_mail_arrives_as_it_was_written(
    database: Database, serve: Serve, recipient: str
) -> None:
    server = Server()
    await sent(database, serve(server), recipient, "Hello,\n\nFrom now on\n.dot\nFrom: me\n")
    [taken] = server.taken
    text = content(taken).partition(b"\r\n\r\n")[2]
    assert text == b"Hello,\r\n\r\nFrom now on\r\n.dot\r\nFrom: me\r\n"


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
    smtp = serve(Server(), enable_SMTPUTF8=False)
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
        "takes them": serve(Server(), enable_SMTPUTF8=True),
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

    class Counting(Server):
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

"""How a mail server is spoken to: encryption, final answers, and what a mail's text keeps."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.mail_servers import Inbox, Responder, Serve, mail_server
from tests.backend.mailed import content, sent
from trk.services.mail_server import connected
from trk.settings import Settings
from trk.store.database import Database

pytestmark = pytest.mark.by_turns

NO_STARTTLS = "offers no encryption; expected STARTTLS"


@pytest.fixture
def plain_elsewhere() -> Iterator[str]:
    """A mail server without encryption at an address that is not `this machine`: host and port."""
    with mail_server(Inbox(), "127.0.0.2", auth_require_tls=False) as setting:
        yield setting.removeprefix("smtp://")


@pytest.mark.parametrize("url", ["smtp+starttls://{}", "smtp+starttls://me:s3cret@{}"])
def test_where_encryption_is_demanded_nothing_is_said_without_it(
    inbox: tuple[Inbox, str], url: str
) -> None:
    settings = Settings(smtp=url.format(inbox[1].removeprefix("smtp://")))
    with pytest.raises(ValueError, match=NO_STARTTLS), connected(settings):
        raise AssertionError("nothing may be said")


def test_with_a_password_encryption_is_demanded_and_without_one_it_is_not(
    plain_elsewhere: str,
) -> None:
    with_password = Settings(smtp=f"smtp://me:s3cret@{plain_elsewhere}")
    with pytest.raises(ValueError, match=NO_STARTTLS), connected(with_password):
        raise AssertionError("nothing may be said")
    with connected(Settings(smtp=f"smtp://{plain_elsewhere}")) as server:
        assert server.noop()[0] == 250


def test_an_encryption_whose_certificate_nobody_knows_is_none(serve: Serve) -> None:
    known = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    known.load_cert_chain(Path(__file__).with_name("untrusted.pem"))
    smtp = serve(Inbox(), tls_context=known)
    settings = Settings(smtp=smtp.replace("smtp://", "smtp+starttls://"))
    with pytest.raises(ssl.SSLCertVerificationError), connected(settings):
        raise AssertionError("nothing may be said")


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
async def test_what_a_server_refuses_for_good_is_not_tried_again(
    database: Database, serve: Serve, at: str
) -> None:
    server = Responder(at)
    smtp = serve(server)
    for server.said in ("550 5.1.1 no such user", "554 no", "552 full", "501 what?"):
        row = await sent(database, smtp, "ann@shop.example")
        assert (row["sent_at"], row["due_at"], row["attempts"]) == (None, None, 1), server.said
        assert server.said.partition(" ")[0] in row["error"]


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
async def test_what_may_be_another_answer_later_is_tried_again(
    database: Database, serve: Serve, at: str
) -> None:
    server = Responder(at)
    smtp = serve(server)
    for server.said in ("450 later", "451 greylisted", "530 sign in first"):
        row = await sent(database, smtp, "ann@shop.example")
        stored = (row["sent_at"], row["due_at"] is None, row["attempts"])
        assert stored == (None, False, 1), server.said


@pytest.mark.parametrize("recipient", ["ann@shop.example", "jörg@shop.example"])
async def test_the_text_of_a_mail_arrives_as_it_was_written(
    database: Database, serve: Serve, recipient: str
) -> None:
    server = Responder()
    await sent(database, serve(server), recipient, "Hello,\n\nFrom now on\n.dot\nFrom: me\n")
    [taken] = server.taken
    text = content(taken).partition(b"\r\n\r\n")[2]
    assert text == b"Hello,\r\n\r\nFrom now on\r\n.dot\r\nFrom: me\r\n"

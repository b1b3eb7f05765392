"""What becomes of a mail that is sent: as it is stored, and as it has arrived."""

from __future__ import annotations

from aiosmtpd.smtp import Envelope

from tests.backend.conftest import PUBLIC_URL
from tests.backend.stored import query, query_write
from trk.core.mail import Mail
from trk.services.jobs.mailer import Mailer
from trk.settings import Settings
from trk.store import mails
from trk.store.database import Database
from trk.store.program import Row


def content(taken: Envelope) -> bytes:
    """The mail as it was sent."""
    assert isinstance(taken.content, bytes)
    return taken.content


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

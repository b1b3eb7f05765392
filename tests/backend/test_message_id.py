"""A mail's Message-ID: the same at every try, and never that of another mail."""

from __future__ import annotations

from trk.core.mail import Mail
from trk.services.jobs.mailer import written
from trk.settings import Settings
from trk.store.mails import DueMail


def _id(number: int, attempts: int, queued_at: int) -> str:
    mail = Mail("topic", "ann@example.org", "Hello", "Text")
    settings = Settings(public_url="https://track.test:8443")
    return str(written(settings, DueMail(number, attempts, queued_at, mail, None))["Message-ID"])


def test_each_try_has_the_same_and_the_first_mail_of_another_database_has_not() -> None:
    assert _id(1, 2, 1_790_000_000_000) == _id(1, 1, 1_790_000_000_000)
    assert _id(1, 1, 1_790_000_000_000).endswith("@track.test>")
    assert len({_id(1, 1, 1_790_000_000_000), _id(1, 1, 1_790_000_000_001), _id(2, 1, 0)}) == 3

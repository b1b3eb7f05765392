"""E-mail addresses: in their usual form, for a mail server, and which lead to one mailbox."""

from __future__ import annotations

import unicodedata

import idna
from email_validator import EmailNotValidError, validate_email

from trk.core.names import clean

_LONGEST = 320
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Domains whose mailboxes are the same with and without dots, and the name that is kept."""


def tidy_email(email: str) -> str | None:
    """`email` in its usual form, with its domain in Unicode; None if it is no e-mail address."""
    stripped = email.strip()
    if len(stripped) > _LONGEST:
        return None
    try:
        # "test_environment" lets a name such as localhost or example.test pass.
        return validate_email(
            stripped, check_deliverability=False, test_environment=True
        ).normalized
    except EmailNotValidError:
        return None


def folded(email: str) -> str:
    """What an address is found by: regardless of case, and of how its domain is written. Nothing
    that no database takes is in it.

    In lower case, and not folded: ß and ss, ς and σ are different domains, of different people.
    """
    return (tidy_email(email) or clean(email)).lower()


def in_envelope(email: str) -> tuple[str, str]:
    """`email` as mail servers take it: what is before the @, and the domain, in ASCII. If the first
    is not ASCII, it needs a mail server with SMTPUTF8."""
    local, _, domain = email.rpartition("@")
    return local, _ascii(domain)


def mailbox_of(email: str) -> str:
    """One spelling for all addresses of a mailbox: to flag who enters with several, never to
    refuse.

    What follows a + is a label that most mail servers ignore; Gmail ignores dots as well, and has
    two names. Case does not matter, nor how an international domain is written. Two people whose
    server tells their addresses apart may get the same spelling: it proves nothing.
    """
    local, _, domain = unicodedata.normalize("NFKC", email.strip()).casefold().rpartition("@")
    domain = _ascii(domain.rstrip("."))
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        local, domain = local.replace(".", "") or local, _DOTLESS[domain]
    return f"{local}@{domain}"


def _ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:  # no name of the internet, such as one in a test
        return domain

"""Which e-mail addresses lead to one mailbox: to flag who enters with several, never to refuse."""

from __future__ import annotations

import unicodedata

import idna

_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Domains whose mailboxes are the same with and without dots, and the name that is kept."""


def mailbox_of(email: str) -> str:
    """One spelling for all addresses of a mailbox.

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

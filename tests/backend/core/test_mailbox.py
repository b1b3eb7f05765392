"""Addresses that lead to one mailbox have one spelling, and others have not."""

from __future__ import annotations

import pytest

from trk.core.mailbox import mailbox_of


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("ann@example.org", "ann@example.org"),
        (" Ann@Example.ORG ", "ann@example.org"),
        ("ann@example.org.", "ann@example.org"),
        ("ann+1@example.org", "ann@example.org"),
        ("ann+1+2@example.org", "ann@example.org"),
        ("ann＋1@example.org", "ann@example.org"),
        ("+ann@example.org", "+ann@example.org"),
        ("an.n@example.org", "an.n@example.org"),
        ("a.n.n@gmail.com", "ann@gmail.com"),
        ("A.N.N+win@GoogleMail.com", "ann@gmail.com"),
        ("ann@googlemail.com", "ann@gmail.com"),
        ("ann@mail.gmail.com", "ann@mail.gmail.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@ｅxample.org", "ann@example.org"),
        ("ann@example。org", "ann@example.org"),
        ("ärger@example.org", "ärger@example.org"),
        ("a\u0308rger@example.org", "ärger@example.org"),
        ("ann@under_score.test", "ann@under_score.test"),
        ("ann@localhost", "ann@localhost"),
        ("no address", "no address"),
        ("...@gmail.com", "...@gmail.com"),
        ("", "@"),
    ],
)
def test_an_address_has_the_spelling_of_its_mailbox(email: str, mailbox: str) -> None:
    if "@" not in email:
        mailbox = f"@{mailbox.lstrip('@')}"
    assert mailbox_of(email) == mailbox
    assert mailbox_of(mailbox) == mailbox

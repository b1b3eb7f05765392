"""Addresses that lead to one mailbox have one spelling, and others have not."""

from __future__ import annotations

import pytest

from trk.core.mailbox import folded, mailbox_of


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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ann@example.org", " ANN@Example.ORG ", True),
        ("ann@bücher.example", "Ann@xn--bcher-kva.example", True),
        ("ann@straße.de", "ann@xn--strae-oqa.de", True),
        ("ann@straße.de", "ANN@Straße.DE", True),
        ("ÄRGER@example.org", "a\u0308rger@example.org", True),
        ("ann@straße.de", "ann@strasse.de", False),
        ("ann@\u03c3\u03c2.gr", "ann@\u03c3\u03c3.gr", False),
        ("\u017fann@example.org", "sann@example.org", False),
        ("straße@example.org", "strasse@example.org", False),
    ],
)
def test_an_address_is_found_by_its_lower_case_and_by_nobody_elses(
    one: str, other: str, same: bool
) -> None:
    assert (folded(one) == folded(other)) is same

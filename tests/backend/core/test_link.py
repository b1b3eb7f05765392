"""Whose browser it is: what tokens are good for, and what follows from what a browser has shown."""

from __future__ import annotations

from typing import Literal

import pytest

from trk.core.link import (
    MOST_BROWSERS,
    PROOFS,
    XREF_LIFETIME,
    Browsers,
    Link,
    Proof,
    Xref,
    claim,
    is_better,
    refusal_of,
    share,
)
from trk.core.rejection import Rejection

NOW = 1_790_000_000_000
LATER = NOW + XREF_LIFETIME
FEW = Browsers(1, more_allowed=False)
GIVER, PERSON = 5, 6


@pytest.mark.parametrize(
    ("xref", "visitor", "code"),
    [
        (None, "me", "xref_unknown"),
        (Xref(5, LATER, None), "me", None),
        (Xref(5, LATER, "me"), "me", None),
        (Xref(5, LATER, "other"), "me", "xref_used"),
        (Xref(5, NOW, None), "me", "xref_expired"),
        (Xref(5, NOW + 1, None), "me", None),
        (Xref(5, NOW, "me"), "me", None),
        (None, None, "xref_unknown"),
        (Xref(5, LATER, None), None, None),
        (Xref(5, NOW, None), None, "xref_expired"),
    ],
)
def test_an_xref_is_good_for_one_visitor_and_a_day(
    xref: Xref | None, visitor: str | None, code: str | None
) -> None:
    refusal = refusal_of(xref, visitor, NOW)
    assert (refusal and refusal.code) == code


Told = tuple[int, Proof, str]
"""Who is said to use the browser, what shows it, and what becomes of that."""

STORIES: dict[str, list[Told]] = {
    "a gift before entering: the giver's until the person enters": [
        (GIVER, "token", "make"),
        (PERSON, "click", "move"),
        (GIVER, "token", "visitor_taken"),
        (GIVER, "direct", "visitor_taken"),
    ],
    "a gift before entering, and the person follows an action of their own": [
        (GIVER, "token", "make"),
        (PERSON, "direct", "move"),
    ],
    "a gift before entering, and the person signs in inside the shop's page": [
        (GIVER, "token", "make"),
        (PERSON, "session", "move"),
    ],
    "two gifts: the first giver's, until the person enters": [
        (GIVER, "token", "make"),
        (7, "token", "visitor_taken"),
        (PERSON, "click", "move"),
    ],
    "a gift after entering: refused": [
        (PERSON, "click", "make"),
        (GIVER, "token", "visitor_taken"),
    ],
    "a gift after entering, in a browser that the site has never sent to the campaign": [
        (GIVER, "token", "make"),
        (PERSON, "session", "move"),
        (PERSON, "session", "keep"),
    ],
    "a family's tablet: the first one's": [
        (5, "click", "make"),
        (6, "direct", "visitor_taken"),
        (6, "session", "visitor_taken"),
        (5, "direct", "confirm"),
    ],
    "a family's tablet whose browser strips referrers": [
        (5, "session", "make"),
        (6, "token", "visitor_taken"),
    ],
    "a phone and a laptop, each straight from the campaign": [
        (5, "direct", "make"),
        (5, "direct", "keep"),
    ],
    "a phone that gets the link from the laptop: provisional until it shows more": [
        (5, "token", "make"),
        (5, "token", "keep"),
        (5, "click", "confirm"),
        (6, "direct", "visitor_taken"),
    ],
    "a shop on two domains: the second is opened from the first": [
        (5, "token", "make"),
        (5, "session", "confirm"),
    ],
    "referrers stripped by the browser: provisional, and theirs at the next sign of them": [
        (5, "token", "make"),
        (5, "token", "keep"),
        (5, "session", "confirm"),
    ],
    "linked by an earlier version: stays": [
        (5, "earlier", "make"),
        (6, "direct", "visitor_taken"),
        (5, "direct", "confirm"),
    ],
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_whose_a_browser_is(story: list[Told]) -> None:
    link: Link | None = None
    for entrant_id, proof, expected in story:
        step = claim(entrant_id, proof, link, FEW)
        assert (step.code if isinstance(step, Rejection) else step) == expected, (entrant_id, proof)
        if not isinstance(step, Rejection) and step != "keep":
            link = Link(entrant_id, proof)


@pytest.mark.parametrize("held", PROOFS)
@pytest.mark.parametrize("proof", PROOFS)
def test_only_a_provisional_link_is_given_away_and_never_for_a_token(
    held: Proof, proof: Proof
) -> None:
    step = claim(PERSON, proof, Link(GIVER, held), FEW)
    assert (step == "move") == (held == "token" and proof != "token")
    assert Link(GIVER, held).sure == (held != "token")
    assert not is_better(held, held)


@pytest.mark.parametrize(
    ("number", "allowed", "link", "expected"),
    [
        (MOST_BROWSERS - 1, False, None, "make"),
        (MOST_BROWSERS, False, None, "too_many_browsers"),
        (MOST_BROWSERS, True, None, "make"),
        (MOST_BROWSERS, False, Link(PERSON, "direct"), "keep"),
        (MOST_BROWSERS, False, Link(PERSON, "token"), "confirm"),
        (MOST_BROWSERS, False, Link(GIVER, "token"), "too_many_browsers"),
        (MOST_BROWSERS, True, Link(GIVER, "token"), "move"),
        (MOST_BROWSERS, False, Link(GIVER, "direct"), "visitor_taken"),
    ],
)
def test_more_than_ten_browsers_need_the_owners_word(
    number: int, allowed: bool, link: Link | None, expected: str
) -> None:
    step = claim(PERSON, "direct", link, Browsers(number, allowed))
    assert (step.code if isinstance(step, Rejection) else step) == expected
    if isinstance(step, Rejection) and expected == "too_many_browsers":
        assert step.message == (
            "Entrant 6 already has 10 browsers; the campaign's owner can allow this entrant more "
            "than 10."
        )


SHARED: set[tuple[Literal["direct", "session"], Proof]] = {
    ("direct", "direct"),
    ("direct", "session"),
    ("session", "direct"),
    ("session", "session"),
    ("session", "left"),
}


@pytest.mark.parametrize("held", PROOFS)
@pytest.mark.parametrize("proof", PROOFS)
def test_two_share_a_browser_only_if_it_has_itself_shown_both(held: Proof, proof: Proof) -> None:
    assert share(proof, Link(GIVER, held)) == ((proof, held) in SHARED)

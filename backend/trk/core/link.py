"""Whose browser it is: what an xref token or a visit to the campaign may do with a visitor's link.

A link is *sure* if the browser has shown that it is the entrant's; *provisional* if all it has is
a token, which may have been given away. A provisional link counts until its browser enters or
signs in as somebody: then what it did is that person's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from trk.core.rejection import Rejection, RejectionReason

XREF_LIFETIME = 24 * 3600 * 1000
"""How long an xref token is valid, in milliseconds."""
TICKET_LIFETIME = 60_000
"""How long the ticket of a click is good after it has arrived, in milliseconds."""
VISITORS_KEPT = 5
"""How many visitors of the site a browser of the campaign's page may be: a shop may have several
domains, and a browser several profiles."""
MOST_BROWSERS = 10
"""How many browsers an entrant may have without the owner's word."""
MOST_TOKENS = 30
"""How many xref tokens an entrant gets within TOKENS_PER."""
TOKENS_PER = 3600 * 1000
"""One hour, in milliseconds."""

Proof = Literal["token", "earlier", "click", "left", "direct", "session"]
"""What a browser has shown of whose it is, the weakest first:

- `token`: an action's link, opened from anywhere: somebody may have sent it.
- `earlier`: it was linked before the server kept this.
- `click`: the ticket of a click on the site, in a browser in which the entrant is signed in.
- `left`: the same, and then the entrant left the campaign there, so that somebody else can enter.
- `direct`: an action's link, opened straight from the campaign's page.
- `session`: the entrant's session, beside the visitor's id.
"""
PROOFS: tuple[Proof, ...] = get_args(Proof)

USED = Rejection(
    RejectionReason.XREF_USED,
    "The xref token was used in another browser; follow the action's link again.",
)


@dataclass(frozen=True, slots=True)
class Xref:
    """A minted xref token as it is stored; `visitor` is who has used it, if anyone."""

    entrant_id: int
    expires_at: int
    visitor: str | None


class Link(NamedTuple):
    """Whose a visitor is, and what shows it."""

    entrant_id: int
    proof: Proof

    @property
    def sure(self) -> bool:
        """Is it the entrant's for good?"""
        return is_sure(self.proof)


class Browsers(NamedTuple):
    """How many browsers an entrant has, and whether the owner allows more than ten."""

    number: int
    more_allowed: bool


LinkStep = Literal["make", "keep", "confirm", "move"]
"""What to do: link a free visitor, nothing, note the better proof, or give it to whose it is."""


def is_sure(proof: Proof) -> bool:
    """Is a link with this proof for good?"""
    return proof != "token"


def is_better(proof: Proof, than: Proof) -> bool:
    """Does one proof show more than another one?"""
    return PROOFS.index(proof) > PROOFS.index(than)


def refusal_of(xref: Xref | None, visitor: str | None, now: int) -> Rejection | None:
    """Why a token is no good for `visitor` (None: for the customer's own server), if it is not.

    `xref` is None for a token that this campaign never minted; `now` (ms) is the server's time: an
    age is only a claim.
    """
    if xref is None:
        return Rejection(
            RejectionReason.XREF_UNKNOWN,
            "The xref token is not one of this campaign's; it links nobody.",
        )
    if xref.visitor is not None and visitor is not None and xref.visitor != visitor:
        return USED
    if xref.visitor is None and now >= xref.expires_at:
        return Rejection(
            RejectionReason.XREF_EXPIRED,
            "The xref token is older than 24 hours; follow the action's link again.",
        )
    return None


def claim(
    entrant_id: int, proof: Proof, link: Link | None, browsers: Browsers
) -> LinkStep | Rejection:
    """What becomes of a visitor who is said to be `entrant_id`'s; `link` is whose they are so far.

    A sure link stays. A provisional one gives way to whoever shows more than a token.
    """
    if link is not None and link.entrant_id == entrant_id:
        return "confirm" if is_better(proof, link.proof) else "keep"
    if link is not None and (link.sure or not is_sure(proof)):
        return Rejection(
            RejectionReason.VISITOR_TAKEN,
            "This browser is already linked to another entrant of the campaign.",
        )
    if browsers.number >= MOST_BROWSERS and not browsers.more_allowed:
        return Rejection(
            RejectionReason.TOO_MANY_BROWSERS,
            f"Entrant {entrant_id} already has {browsers.number} browsers; the campaign's owner "
            f"can allow this entrant more than {MOST_BROWSERS}.",
        )
    return "make" if link is None else "move"


def share(proof: Proof, link: Link) -> bool:
    """Do two entrants share a browser, when one shows `proof` in that of the other's `link`?

    Only if the same browser has shown both: what came with an address may have been copied.
    """
    shown: tuple[Proof, ...] = ("direct", "session")
    return proof in shown and (link.proof in shown or (link.proof == "left" and proof == "session"))

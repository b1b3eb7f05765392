"""When a visitor is bound to an entrant: what an xref token or a visit to the campaign may do."""

from __future__ import annotations

from dataclasses import dataclass

from trk.core.rejection import Rejection, RejectionReason

XREF_LIFETIME = 24 * 3600 * 1000
"""How long an xref token is valid, in milliseconds."""
TICKET_LIFETIME = 60_000
"""How long the ticket of a click is good after it has arrived, in milliseconds."""
VISITORS_KEPT = 5
"""How many visitors of the site a browser of the campaign's page may be: a shop may have several
domains, and a browser several profiles."""


@dataclass(frozen=True, slots=True)
class Xref:
    """A minted xref token as it is stored; `visitor` is who has used it, if anyone."""

    entrant_id: int
    expires_at: int
    visitor: str | None


def by_xref(xref: Xref | None, visitor: str, linked_to: int | None, now: int) -> int | Rejection:
    """The entrant that `visitor` belongs to after reporting `xref`, or why it is refused.

    `xref` is None for a token that this campaign never minted; `linked_to` is the entrant the
    visitor is bound to already; `now` (ms) is the server's time: an age is only a claim.
    """
    if xref is None:
        return Rejection(
            RejectionReason.XREF_UNKNOWN,
            "The xref token is not one of this campaign's; it links nobody.",
        )
    if xref.visitor is not None and xref.visitor != visitor:
        return Rejection(
            RejectionReason.XREF_USED,
            "The xref token has been used in another browser; follow the action's link again.",
        )
    if xref.visitor is None and now >= xref.expires_at:
        return Rejection(
            RejectionReason.XREF_EXPIRED,
            "The xref token is older than 24 hours; follow the action's link again.",
        )
    return bind(xref.entrant_id, linked_to)


def bind(entrant_id: int, linked_to: int | None) -> int | Rejection:
    """Bind a visitor to `entrant_id`: a visitor stays with the first entrant it was linked to."""
    if linked_to is not None and linked_to != entrant_id:
        return Rejection(
            RejectionReason.VISITOR_TAKEN,
            "This browser is linked to another entrant of the campaign already.",
        )
    return entrant_id

"""Entrants: entering a campaign, and the browser sessions in which an entrant is known."""

from __future__ import annotations

from typing import NamedTuple

from backend.core.campaign import Campaign
from backend.core.rejection import Rejection
from backend.store import campaigns, links
from backend.store.database import Program, Statement


class Entrant(NamedTuple):
    """A person who entered a campaign."""

    id: int
    name: str
    email: str


def enter(
    campaign: Campaign, *, name: str, email: str, session_hash: str, visitor: str | None, now: int
) -> Program[Entrant | None]:
    """Enter a campaign and open a session; link the visitor who came along, if there is one.

    None if the e-mail has entered already: another browser must not show that entrant's things.
    """
    folded = email.casefold()
    created = yield Statement(
        "INSERT INTO entrants (campaign_id, name, email, email_folded, created_at) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id",
        (campaign.id, name, email, folded, now),
    )
    if not created:
        return None
    entrant = Entrant(created[0]["id"], name, email)
    yield Statement(
        "INSERT INTO entrant_sessions (token_hash, entrant_id, created_at) VALUES ($1, $2, $3)",
        (session_hash, entrant.id, now),
    )
    if visitor is not None:
        yield from link_visit(campaign, visitor, entrant.id, now)
    return entrant


def link_visit(
    campaign: Campaign, visitor: str, entrant_id: int, now: int
) -> Program[int | Rejection]:
    """Link the visitor that a click on the site brought along to an entrant who has entered."""
    actions = yield from campaigns.actions_of([campaign.id])
    return (
        yield from links.by_visit(
            campaign, {action.id: action for action in actions}, visitor, entrant_id, now
        )
    )


def by_session(campaign: Campaign, session_hash: str) -> Program[Entrant | None]:
    """The entrant of this campaign whose session this is, or None."""
    found = yield Statement(
        "SELECT e.id, e.name, e.email FROM entrant_sessions AS s "
        "JOIN entrants AS e ON e.id = s.entrant_id "
        "WHERE s.token_hash = $1 AND e.campaign_id = $2",
        (session_hash, campaign.id),
    )
    return Entrant(found[0]["id"], found[0]["name"], found[0]["email"]) if found else None

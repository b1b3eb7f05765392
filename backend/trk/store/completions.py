"""The completions of a campaign: who did which action, when, and whether it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from trk.core.campaign import Campaign
from trk.core.field import FieldAnswer
from trk.core.instant import Instant
from trk.store import entrants, fields
from trk.store.pages import Condition, Listing, Page, Span, equals, page
from trk.store.program import Transaction
from trk.store.search import contains

Source = Literal["tracking", "api", "question", "ill_know", "referral"]
State = Literal["valid", "invalidated"]


@dataclass(frozen=True, slots=True)
class Completion:
    """An entrant's action that was unlocked. `details` is the value, the answer, or the friend;
    `day` is empty for an action that can be done once; `worth` counts while it is not invalidated.
    `answers` are the entrant's to the fields of the form."""

    id: int
    entrant_id: int
    entrant: str
    email: str
    action_id: int
    action: str
    tracking_name: str
    day: str
    worth: int
    details: str | None
    source: Source
    happened_at: Instant
    completed_at: Instant
    invalidated_at: Instant | None
    invalidated_reason: str | None
    answers: list[FieldAnswer]

    @property
    def state(self) -> State:
        """Does it count?"""
        return "valid" if self.invalidated_at is None else "invalidated"


LISTING = Listing(
    Completion,
    "completions",
    "completed_at",
    {
        # Of a referral it says which friend, as the details do.
        "day": "CASE WHEN u.source = 'referral' THEN '' ELSE u.day END",
        "entrant": "e.name",
        "email": "e.email",
        "action": "a.title",
        "tracking_name": "a.tracking_name",
        "answers": fields.answers_of("u.campaign_id", "u.entrant_id"),
    },
    "JOIN entrants AS e ON e.campaign_id = u.campaign_id AND e.id = u.entrant_id "
    "JOIN actions AS a ON a.campaign_id = u.campaign_id AND a.id = u.action_id",
)


@dataclass(frozen=True, slots=True)
class CompletionFilter:
    """Which completions: `search` is a part of a name, an e-mail or the details."""

    action: int | None = None
    entrant: int | None = None
    source: Source | None = None
    state: State | None = None
    search: str | None = None

    def conditions(self) -> list[Condition]:
        """As SQL."""
        found = [
            *equals("u.action_id", self.action, "BIGINT"),
            *equals("u.source", self.source),
            *equals("u.entrant_id", self.entrant, "BIGINT"),
        ]
        if self.state is not None:
            invalid = "(CASE WHEN u.invalidated_at IS NULL THEN 'valid' ELSE 'invalidated' END)"
            found += equals(invalid, self.state)
        if self.search is not None:
            found.append(contains(("e.name", "e.email", "u.details"), self.search))
        return found


EVERY = CompletionFilter()


async def listed(
    tx: Transaction, campaign: Campaign, span: Span, which: CompletionFilter = EVERY
) -> Page[Completion]:
    """A page of the completions; its times are those of storing."""
    of = which.entrant
    if which.search is not None and "@" in which.search:
        entrant = await entrants.by_email(tx, campaign, which.search)
        if entrant is None or of not in (None, entrant.id):
            return Page([], None)
        of = entrant.id
        which = CompletionFilter(which.action, of, which.source, which.state)
    listing = LISTING if of is None else _of_one(campaign, of)
    return await page(tx, listing, campaign, span, which.conditions(), _listed)


def _listed(answers: str | None, **columns: Any) -> Completion:
    return Completion(answers=fields.unpacked(answers), **columns)


def _of_one(campaign: Campaign, entrant_id: int) -> Listing[Completion]:
    """The list of one entrant's completions, found by the key that makes them unique."""
    # Integers of our own are written into the SQL, so that the list needs no further argument.
    # The limit, which nobody reaches, keeps planners from reading the whole campaign instead.
    own = (
        f"(SELECT * FROM completions WHERE plain(campaign_id) = {int(campaign.id)} "
        f"AND entrant_id = {int(entrant_id)} LIMIT 1000000) AS own"
    )
    return LISTING._replace(table=own)

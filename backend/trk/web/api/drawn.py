"""How the API shows a draw: its plan, its proof and its wins."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request

from trk.core.campaign import Campaign
from trk.core.draw import DrawPrize
from trk.core.instant import Instant, iso
from trk.core.proof import Changes, SeedKind
from trk.services.announcing import EntrantState, state_of
from trk.services.draw_plans import round_ahead
from trk.services.draw_records import proof_of
from trk.services.fixed_lists import published
from trk.store import draw_plans, draws, fixed_lists, prizes
from trk.web.api.call import APIError
from trk.web.server import server


class Won(msgspec.Struct, frozen=True):
    """A win: `n` counts from 0, `replaces` is the n of the win that it replaces.

    `told_at` is when the e-mail to the winner was written; they can accept until `answer_by`. An
    `entrant_state` that is not active: the prize is to be redrawn, unless nobody is left.
    """

    n: int
    prize_id: int
    prize: str | None
    entrant_id: int
    entrant: str | None
    email: str | None
    replaces: int | None
    drawn_at: Instant
    taken_back_at: Instant | None
    reason: str | None
    told_at: Instant | None
    answer_by: Instant | None
    accepted_at: Instant | None
    entrant_state: EntrantState


class Fixed(msgspec.Struct, frozen=True):
    """A list that was fixed when the campaign ended. With `opened_at` it no longer counts: the
    campaign was reopened."""

    ended_at: Instant
    fixed_at: Instant
    digest: str
    entrants: int
    entries: int
    prizes: list[DrawPrize]
    opened_at: Instant | None


class Plan(msgspec.Struct, frozen=True):
    """How the winners will be drawn. `commitment` is the SHA-256 of the secret; `drand_round` is
    drand's round if the campaign ends, or ended, as it is set."""

    kind: SeedKind
    source: str
    settled_at: Instant
    commitment: str
    committed_at: Instant
    fixed: list[Fixed]
    drand_round: int | None


class DrawProof(msgspec.Struct, frozen=True):
    """What the seed was made from, including the last of `fixed`, and what became of that list."""

    kind: SeedKind
    source: str
    settled_at: Instant
    commitment: str
    committed_at: Instant
    secret: str
    fixed: list[Fixed]
    value: str
    signature: str
    taken_back: int
    unconfirmed: int
    changes: Changes


class Drawn(msgspec.Struct, frozen=True):
    """A draw: its seed, the digest of its list, and all its wins; no `proof` if it is older than
    that.

    `unconfirmed` is how many had entries but are not in the list because their e-mail was not
    confirmed. Until `announced_at` only owners and their tokens see the wins.
    """

    seed: str
    digest: str | None
    entrants: int | None
    entries: int | None
    unconfirmed: int | None
    made_at: Instant
    announced_at: Instant | None
    proof: DrawProof | None
    wins: list[Won]


async def draw_of(request: Request, campaign: Campaign) -> draws.Draw:
    """The campaign's draw; 404 if there is none yet."""
    made: draws.Draw | None = await server(request).database.read(draws.of, campaign)
    if made is None or made.concluded_at is None:
        raise APIError(404, "not_drawn", f"Campaign {campaign.key} has no draw yet.")
    return made


async def draw_json(request: Request, campaign: Campaign) -> dict[str, Any]:
    """The draw with all its wins, as the API shows it."""
    database = server(request).database
    made = await draw_of(request, campaign)
    stored = await database.read(draws.winners, campaign, made.id)
    people = await database.read(draws.names, campaign, [each.win.entrant_id for each in stored])
    proof = await proof_of(database, campaign, made)
    titles = {row["id"]: row["title"] for row in await database.read(prizes.of_campaign, campaign)}
    return {
        "seed": made.seed,
        "digest": made.digest,
        "entrants": made.entrants,
        "entries": made.entries,
        "unconfirmed": made.unconfirmed,
        "made_at": iso(made.made_at),
        "announced_at": made.announced_at and iso(made.announced_at),
        "proof": proof and _dated(msgspec.to_builtins(proof)),
        "wins": [
            {
                "n": win.n,
                "prize_id": win.prize_id,
                "prize": titles.get(win.prize_id),
                "entrant_id": win.entrant_id,
                "entrant": people[win.entrant_id]["name"] if win.entrant_id in people else None,
                "email": people[win.entrant_id]["email"] if win.entrant_id in people else None,
                "replaces": win.replaces,
                "reason": each.reason,
                "entrant_state": state_of(each, people),
                **{name: at and iso(at) for name, at in _instants(each)},
            }
            for each in stored
            for win in (each.win,)
        ],
    }


def _instants(winner: draws.Winner) -> list[tuple[str, int | None]]:
    names = ("drawn_at", "taken_back_at", "told_at", "answer_by", "accepted_at")
    return [(name, getattr(winner, name)) for name in names]


async def plan_json(request: Request, campaign: Campaign) -> dict[str, Any]:
    """How its winners are drawn, as the API shows it."""
    database = server(request).database
    plan = await database.read(draw_plans.of, campaign)
    lists = await database.read(fixed_lists.of_campaign, campaign)
    return _dated(
        {
            "kind": plan.kind,
            "source": plan.source,
            "settled_at": plan.settled_at,
            "commitment": plan.commitment,
            "committed_at": plan.committed_at,
            "fixed": msgspec.to_builtins(published(lists)),
            "drand_round": round_ahead(plan, lists, campaign),
        }
    )


def _dated(published: dict[str, Any]) -> dict[str, Any]:
    """The same with instants as the API shows them."""
    for name, value in published.items():
        if name.endswith("_at") and value is not None:
            published[name] = iso(value)
    for each in published.get("fixed", []):
        _dated(each)
    return published

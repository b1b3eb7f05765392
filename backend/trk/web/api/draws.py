"""The API's draw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trk.core.campaign import Campaign
from trk.core.draw import DrawError, DrawPrize
from trk.core.instant import Instant, iso
from trk.core.mistakes import from_to, said
from trk.core.proof import MAX_SOURCE, Changes, GivenError, SeedKind
from trk.services.draw_plans import round_ahead, settle_plan
from trk.services.draws import draw, export, proof_of, redraw
from trk.services.fixed_lists import published
from trk.store import draw_plans, draws, fixed_lists, prizes
from trk.store.errors import Duplicate
from trk.web.api.call import APIError, Reason, body, campaign_of
from trk.web.api.operation import ONE, TEXT, Operation
from trk.web.http.respond import JSON
from trk.web.server import server


class Won(msgspec.Struct, frozen=True):
    """A win: `n` counts from 0, `replaces` is the n of the win that it replaces.

    `told_at` is when the e-mail to the winner was written; they can accept until `answer_by`.
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


class PlanDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the seed is made from: `committed` (the server's secret and the list), `drand` or
    `announced` (also a public value; `source` names it), `chosen` (a seed that you choose)."""

    kind: SeedKind
    source: Annotated[str, said(0, MAX_SOURCE)] = ""


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


class DrawInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the plan leaves open: `seed` for the kind chosen, `value` for a public source. For drand
    it is everything its server shows, and not needed if this server fetches it."""

    seed: Annotated[str, said(1, 200)] | None = None
    value: Annotated[str, said(1, 8192)] | None = None


class Again(Reason, forbid_unknown_fields=True, frozen=True):
    """Which win to redraw (`n`, from 0), and why."""

    n: Annotated[int, from_to(0, 2**31 - 1)]


async def make_draw(request: Request) -> Response:
    """Draw the winners."""
    campaign = await campaign_of(request)
    given = (await body(request, DrawInput)) if await request.body() else DrawInput()
    at = server(request)
    with refusing():
        await draw(
            at.database,
            campaign,
            given.seed,
            value=given.value,
            drand_url=at.settings.drand_url,
        )
    return JSON(await draw_json(request, campaign), 201)


async def get_plan(request: Request) -> Response:
    """Read how winners will be drawn, and the lists that were fixed."""
    return JSON(await _plan(request, await campaign_of(request)))


async def settle_draw(request: Request) -> Response:
    """Choose how winners will be drawn, before the campaign first ends."""
    draft = await body(request, PlanDraft)
    campaign = await campaign_of(request)
    with refusing():
        await server(request).database.write(settle_plan, campaign, draft.kind, draft.source)
    return JSON(await _plan(request, campaign))


async def get_draw(request: Request) -> Response:
    """Read the draw, with its seed and all its wins."""
    return JSON(await draw_json(request, await campaign_of(request)))


async def redraw_one(request: Request) -> Response:
    """Redraw a win, with a reason: the prize goes to the next entrant drawn."""
    again = await body(request, Again)
    reason = again.check()
    campaign = await campaign_of(request)
    with refusing():
        await redraw(server(request).database, campaign, again.n, reason)
    return JSON(await draw_json(request, campaign), 201)


async def export_draw(request: Request) -> Response:
    """Export the draw as a file that `trk draw verify` checks."""
    campaign = await campaign_of(request)
    database = server(request).database
    return StreamingResponse(
        export(database, campaign, await draw_of(request, campaign)),
        media_type="text/plain; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="draw-{campaign.key}.txt"'},
    )


@contextmanager
def refusing() -> Iterator[None]:
    """Answer why nothing can be drawn."""
    try:
        yield
    except GivenError as mistake:
        raise APIError(400, "invalid", str(mistake)) from None
    except DrawError as mistake:
        raise APIError(409, "not_drawn", str(mistake)) from None
    except Duplicate:
        said = "Another call is drawing at the same time; check the draw, then try again."
        raise APIError(409, "not_drawn", said) from None


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
    stored = await database.read(draws.winners, made.id)
    people = await database.read(draws.names, [each.win.entrant_id for each in stored])
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
                **{name: at and iso(at) for name, at in _instants(each)},
            }
            for each in stored
            for win in (each.win,)
        ],
    }


def _instants(winner: draws.Winner) -> list[tuple[str, int | None]]:
    names = ("drawn_at", "taken_back_at", "told_at", "answer_by", "accepted_at")
    return [(name, getattr(winner, name)) for name in names]


async def _plan(request: Request, campaign: Campaign) -> dict[str, Any]:
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


_NOT_DRAWN = "the campaign has not ended, has no prizes, or was already drawn"

OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/draw", make_draw, "draw"),
        status=201,
        takes=DrawInput,
        optional_body=True,
        gives=Drawn,
        refuses={"not_drawn": (409, _NOT_DRAWN)},
        example={},
    ),
    Operation(*("GET", f"{ONE}/draw/plan", get_plan, "read"), gives=Plan),
    Operation(
        *("PUT", f"{ONE}/draw/plan", settle_draw, "write"),
        takes=PlanDraft,
        gives=Plan,
        refuses={"not_drawn": (409, "the campaign has already ended")},
        example={"kind": "announced", "source": "the lottery numbers of 1 May 2027"},
    ),
    Operation(
        *("GET", f"{ONE}/draw", get_draw, "personal"),
        gives=Drawn,
        refuses={"not_drawn": (404, "there is no draw yet")},
    ),
    Operation(
        *("POST", f"{ONE}/draw/redraw", redraw_one, "draw"),
        status=201,
        takes=Again,
        gives=Drawn,
        refuses={"not_drawn": (409, "there is no such win, or nobody is left to draw")},
        example={"n": 0, "reason": "The winner did not answer within two weeks."},
    ),
    Operation(
        *("GET", f"{ONE}/draw/export", export_draw, "read"),
        gives=TEXT,
        refuses={"not_drawn": (404, "there is no draw yet")},
    ),
)

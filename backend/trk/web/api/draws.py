"""The API's draw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trk.core.campaign import Campaign, iso
from trk.core.draw import DrawError
from trk.core.instant import Instant
from trk.core.mistakes import DraftError, from_to, said
from trk.core.rejection import shown
from trk.services.draws import draw, export, redraw
from trk.store import draws, prizes
from trk.store.errors import Duplicate
from trk.web.api.call import APIError, Reason, body, campaign_of
from trk.web.api.operation import ONE, TEXT, Operation
from trk.web.http.respond import JSON
from trk.web.server import server


class Won(msgspec.Struct, frozen=True):
    """A win: `n` counts from 0, `replaces` is the n of the win that was taken back for it."""

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


class Drawn(msgspec.Struct, frozen=True):
    """A draw: its seed, the digest of its list, and all its wins.

    `unconfirmed` is how many had entries and are not in the list, since their e-mail was not
    confirmed.
    """

    seed: str
    digest: str | None
    entrants: int | None
    entries: int | None
    unconfirmed: int | None
    made_at: Instant
    wins: list[Won]


class Seed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A seed of the owner's: public numbers of that day, for instance. Made up if absent."""

    seed: Annotated[str, said(1, 200)] | None = None


class Again(Reason, forbid_unknown_fields=True, frozen=True):
    """Which win is taken back (`n`, from 0), and why."""

    n: Annotated[int, from_to(0, 2**31 - 1)]


async def make_draw(request: Request) -> Response:
    """Draw the winners."""
    campaign = await campaign_of(request)
    given = (await body(request, Seed)).seed if await request.body() else None
    if given is not None and not (1 <= len(given) <= 200 and given.isprintable()):
        raise DraftError(f"seed is {shown(given)}; expected 1 to 200 printable characters.")
    with _refusing():
        await draw(server(request).database, campaign, given)
    return JSON(await _published(request, campaign), 201)


async def get_draw(request: Request) -> Response:
    """Read the draw, with its seed and all its wins."""
    return JSON(await _published(request, await campaign_of(request)))


async def redraw_one(request: Request) -> Response:
    """Take a win back, with a reason, and give the prize to the next."""
    again = await body(request, Again)
    reason = again.check()
    campaign = await campaign_of(request)
    with _refusing():
        await redraw(server(request).database, campaign, again.n, reason)
    return JSON(await _published(request, campaign), 201)


async def export_draw(request: Request) -> Response:
    """Export the draw as a file that `trk draw verify` repeats."""
    campaign = await campaign_of(request)
    database = server(request).database
    return StreamingResponse(
        export(database, campaign, await _draw(request, campaign)),
        media_type="text/plain; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="draw-{campaign.key}.txt"'},
    )


@contextmanager
def _refusing() -> Iterator[None]:
    """Answer why nothing can be drawn."""
    try:
        yield
    except DrawError as mistake:
        raise APIError(409, "not_drawn", str(mistake)) from None
    except Duplicate:
        said = "Another call draws at the same time; look at the draw, then try again."
        raise APIError(409, "not_drawn", said) from None


async def _draw(request: Request, campaign: Campaign) -> draws.Draw:
    made: draws.Draw | None = await server(request).database.read(draws.of, campaign)
    if made is None or made.concluded_at is None:
        raise APIError(404, "not_drawn", f"Campaign {campaign.key} has no draw yet.")
    return made


async def _published(request: Request, campaign: Campaign) -> dict[str, Any]:
    database = server(request).database
    made = await _draw(request, campaign)
    stored = await database.read(draws.winners, made.id)
    people = await database.read(draws.names, [each.win.entrant_id for each in stored])
    titles = {row["id"]: row["title"] for row in await database.read(prizes.of_campaign, campaign)}
    return {
        "seed": made.seed,
        "digest": made.digest,
        "entrants": made.entrants,
        "entries": made.entries,
        "unconfirmed": made.unconfirmed,
        "made_at": iso(made.made_at),
        "wins": [
            {
                "n": win.n,
                "prize_id": win.prize_id,
                "prize": titles.get(win.prize_id),
                "entrant_id": win.entrant_id,
                "entrant": people[win.entrant_id]["name"] if win.entrant_id in people else None,
                "email": people[win.entrant_id]["email"] if win.entrant_id in people else None,
                "replaces": win.replaces,
                "drawn_at": iso(drawn_at),
                "taken_back_at": taken_back_at and iso(taken_back_at),
                "reason": reason,
            }
            for win, drawn_at, taken_back_at, reason in stored
        ],
    }


_NOT_DRAWN = "the campaign has not ended, has no prizes, or was drawn already"

OPERATIONS = (
    Operation(
        *("POST", f"{ONE}/draw", make_draw, "draw"),
        status=201,
        takes=Seed,
        optional_body=True,
        gives=Drawn,
        refuses={"not_drawn": (409, _NOT_DRAWN)},
        example={"seed": "the lottery’s numbers of 1 May: 4 8 15 16 23 42"},
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
        refuses={"not_drawn": (409, "there is no such win, or nobody is left")},
        example={"n": 0, "reason": "The winner did not answer within two weeks."},
    ),
    Operation(
        *("GET", f"{ONE}/draw/export", export_draw, "read"),
        gives=TEXT,
        refuses={"not_drawn": (404, "there is no draw yet")},
    ),
)

"""The API's draw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trk.core.draw import DrawError
from trk.core.mistakes import from_to, said
from trk.core.proof import MAX_SOURCE, GivenError, SeedKind
from trk.services.draw_plans import settle_plan
from trk.services.draw_records import export
from trk.services.draws import draw, redraw
from trk.store.errors import Duplicate
from trk.web.api.call import APIError, Reason, body, campaign_of
from trk.web.api.drawn import Drawn, Plan, draw_json, draw_of, plan_json
from trk.web.api.operation import ONE, TEXT, Operation
from trk.web.http.download import begun
from trk.web.http.respond import JSON
from trk.web.server import server


class PlanDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the seed is made from: `committed` (the server's secret and the list), `drand` or
    `announced` (also a public value; `source` names it), `chosen` (a seed that you choose)."""

    kind: SeedKind
    source: Annotated[str, said(0, MAX_SOURCE)] = ""


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
    return JSON(await plan_json(request, await campaign_of(request)))


async def settle_draw(request: Request) -> Response:
    """Choose how winners will be drawn, before the campaign first ends."""
    draft = await body(request, PlanDraft)
    campaign = await campaign_of(request)
    with refusing():
        await server(request).database.write(settle_plan, campaign, draft.kind, draft.source)
    return JSON(await plan_json(request, campaign))


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
        await begun(export(database, campaign, await draw_of(request, campaign))),
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


_NOT_DRAWN = (
    "the campaign has not ended, has no prizes, or was already drawn, or friends are still counted"
)

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

"""A competition's draw: whether it can be made yet, making it, its winners, and redraws."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core.campaign import state_at
from trk.core.draw import DrawError
from trk.core.timing import timing_at
from trk.services.draws import draw, redraw
from trk.store import draws, prizes
from trk.store.errors import Duplicate
from trk.store.program import Row
from trk.web.admin import clusters
from trk.web.admin.guard import Route
from trk.web.admin.listing import reason_in
from trk.web.admin.lookup import ONE, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.server import server

_AT_ONCE = "Somebody else draws at this very moment. Look at the page again, then decide."


async def show_draw(request: Request) -> Response:
    """The draw's state, with its winners once there are any."""
    return await _page(request, FormErrors({}, {}, 200))


async def make_draw(request: Request) -> Response:
    """Draw the winners, with the owner's seed if one was given."""
    campaign, form = await campaign_of(request), request.state.form
    seed, mistakes = form.get("seed", "").strip(), {}
    if len(seed) > 200 or not seed.isprintable():
        mistakes["seed"] = "Please use at most 200 printable characters, in one line."
    if "sure" not in form:
        mistakes["sure"] = "Please tick this first."
    if mistakes:
        raise Mistaken(mistakes)
    with _telling():
        await draw(server(request).database, campaign, seed or None)
    return RedirectResponse(address(campaign, "/draw"), 303)


async def redraw_prize(request: Request) -> Response:
    """Revoke a win, with a reason, and give its prize to the next in line."""
    campaign, form = await campaign_of(request), request.state.form
    n = number(form.get("n", ""))
    field = f"reason-{n}"
    reason, wrong = reason_in(form, field)
    if wrong:
        raise Mistaken({field: wrong})
    with _telling():
        await redraw(server(request).database, campaign, -1 if n is None else n, reason)
    return RedirectResponse(address(campaign, "/draw"), 303)


@contextmanager
def _telling() -> Iterator[None]:
    """Tell the owner why nothing can be drawn."""
    try:
        yield
    except DrawError as mistake:
        raise Mistaken({"draw": str(mistake)}, 409) from None
    except Duplicate:
        raise Mistaken({"draw": _AT_ONCE}, 409) from None


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign, database, now = await campaign_of(request), server(request).database, now_ms()
    made: draws.Draw | None = await database.read(draws.of, campaign)
    offered = await database.read(prizes.of_campaign, campaign)
    drawn = made is not None and made.concluded_at is not None
    stored = await database.read(draws.winners, made.id) if made and drawn else []
    together = {} if made else await clusters.together(database, campaign)
    people = await database.read(draws.names, [each.win.entrant_id for each in stored])
    return render(
        request,
        "draw.html",
        shown,
        campaign=campaign,
        tab="Draw",
        over=state_at(campaign, now) in ("ended", "closed"),
        timing=timing_at(campaign, now),
        prizes=offered,
        made=made,
        drawn=drawn,
        **together,
        winners=[_winner_row(each, people, offered) for each in stored],
    )


def _winner_row(winner: draws.Winner, people: dict[int, Row], offered: list[Row]) -> dict[str, Any]:
    titles = {prize["id"]: prize["title"] for prize in offered}
    return {
        "n": winner.win.n,
        "replaces": winner.win.replaces,
        "person": people.get(winner.win.entrant_id),
        "entrant_id": winner.win.entrant_id,
        "prize": titles.get(winner.win.prize_id),
        "taken_back_at": winner.taken_back_at,
        "reason": winner.reason,
    }


TABLE = [
    Route("GET", f"{ONE}/draw", show_draw),
    Route("POST", f"{ONE}/draw", make_draw, again=_page),
    Route("POST", f"{ONE}/draw/redraw", redraw_prize, again=_page),
]

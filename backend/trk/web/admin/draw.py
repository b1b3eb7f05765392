"""A competition's draw: what its seed is made of, making it, its winners, redraws, and announcing
them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk.clock import now_ms
from trk.core import drand
from trk.core.campaign import state_at
from trk.core.draw import DrawError
from trk.core.field import FieldAnswer
from trk.core.proof import GivenError, SeedKind
from trk.core.timing import timing_at
from trk.services.announcing import announce, out, state_of, untold, winners_csv
from trk.services.draw_plans import round_ahead, settle_plan
from trk.services.draws import RedrawnBefore, draw, redraw
from trk.services.exports import person_cell
from trk.store import draw_plans, draws, fields, fixed_lists, prizes, winning
from trk.store.draw_plans import DrawPlan
from trk.store.errors import Duplicate
from trk.store.program import Row
from trk.web.admin import clusters
from trk.web.admin.guard import Route
from trk.web.admin.listing import reason_in
from trk.web.admin.lookup import ONE, address, campaign_of, number
from trk.web.admin.pages import render
from trk.web.forms import FormErrors, Mistaken
from trk.web.http.download import csv_file
from trk.web.server import server

KINDS: dict[SeedKind, tuple[str, str]] = {
    "committed": (
        "A secret value of this server",
        "Its fingerprint is on the campaign’s page from day one. You can’t influence who wins, and "
        "there is nothing for you to do.",
    ),
    "drand": (
        "A public value: drand",
        "The secret, plus a number that many organisations generate together and publish 15 "
        "minutes after the end. Nobody can know it in advance, not even whoever runs this server.",
    ),
    "announced": (
        "A public value: a source you choose",
        "The secret, plus something that anyone can look up after the end, such as the lottery "
        "numbers of a certain day. You enter it when you draw.",
    ),
    "chosen": (
        "A seed I choose",
        "You enter it when you draw. You could try seeds until a friend wins, and the campaign’s "
        "page says so.",
    ),
}
"""What a seed can be made of, in words for the owner."""
ADVICE = {
    "seed": "Enter a seed: at most 200 printable characters, on one line.",
    "source": "Name a source that anyone can look up: at most 200 printable characters, on one "
    "line.",
}
_REDRAWN = "This prize was already redrawn. Check below who gets it now."
_AT_ONCE = "Somebody else is drawing at this moment. Reload the page, then decide."


async def show_draw(request: Request) -> Response:
    """The draw's state, with its winners once there are any."""
    return await _page(request, FormErrors({}, {}, 200))


async def make_draw(request: Request) -> Response:
    """Draw the winners, with the seed or the public value that the owner has given."""
    campaign, form, at = await campaign_of(request), request.state.form, server(request)
    if "sure" not in form:
        raise Mistaken({"sure": "Tick this first."})
    seed, value = form.get("seed", "").strip(), form.get("value", "").strip()
    with _telling():
        await draw(
            at.database,
            campaign,
            seed or None,
            value=value or None,
            drand_url=at.settings.drand_url,
        )
    return RedirectResponse(address(campaign, "/draw"), 303)


async def settle_draw(request: Request) -> Response:
    """Settle what the seed will be made of, before the end."""
    campaign, form = await campaign_of(request), request.state.form
    kind = next((each for each in KINDS if each == form.get("kind")), None)
    if kind is None:
        raise Mistaken({"kind": "Choose one of these."})
    # Hidden by nothing: what was typed for another kind is not meant.
    source = form.get("source", "") if kind == "announced" else ""
    with _telling():
        await server(request).database.write(settle_plan, campaign, kind, source)
    return RedirectResponse(address(campaign, "/draw?settled"), 303)


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


async def announce_winners(request: Request) -> Response:
    """Let everybody see the winners."""
    campaign, form = await campaign_of(request), request.state.form
    if "announce" not in form:
        raise Mistaken({"announce": "Tick this first."})
    seen = number(form.get("seen", ""))
    with _telling():
        await server(request).database.write(announce, campaign, -1 if seen is None else seen)
    return RedirectResponse(address(campaign, "/draw?announced"), 303)


async def export_winners(request: Request) -> Response:
    """The winners as CSV, with all that became of them."""
    campaign, database = await campaign_of(request), server(request).database
    made = await database.read(draws.of, campaign)
    if made is None or made.concluded_at is None:
        raise HTTPException(404, "nothing is drawn yet")
    return csv_file(
        request, winners_csv(database, campaign, made, person_cell), f"winners-{campaign.key}.csv"
    )


@contextmanager
def _telling() -> Iterator[None]:
    """Tell the owner why nothing can be drawn or settled."""
    try:
        yield
    except GivenError as mistake:
        raise Mistaken({mistake.field: ADVICE.get(mistake.field, str(mistake))}) from None
    except RedrawnBefore:
        raise Mistaken({"draw": _REDRAWN}, 409) from None
    except DrawError as mistake:
        raise Mistaken({"draw": str(mistake)}, 409) from None
    except Duplicate:
        raise Mistaken({"draw": _AT_ONCE}, 409) from None


async def _page(request: Request, shown: FormErrors) -> Response:
    campaign, database, now = await campaign_of(request), server(request).database, now_ms()
    made: draws.Draw | None = await database.read(draws.of, campaign)
    offered = await database.read(prizes.of_campaign, campaign)
    drawn = made is not None and made.concluded_at is not None
    states = await database.read(winning.mail_states, campaign, made.id) if made and drawn else {}
    stored = await database.read(draws.winners, campaign, made.id) if made and drawn else []
    plan = await database.read(draw_plans.of, campaign)
    fixed = await database.read(fixed_lists.of_campaign, campaign)
    round_number = round_ahead(plan, fixed, campaign)
    together = {} if made else await clusters.together(database, campaign)
    ids = [each.win.entrant_id for each in stored]
    people = await database.read(draws.names, campaign, ids)
    answers = await database.read(fields.answers, campaign, ids)
    gone = out(stored, people)
    return render(
        request,
        "draw.html",
        shown if "kind" in shown.typed else replace(shown, typed=_settled(plan, shown)),
        campaign=campaign,
        tab="Draw",
        plan=plan,
        kinds=KINDS,
        fixed=fixed,
        settled="settled" in request.query_params and request.method == "GET",
        round_at=None if round_number is None else drand.comes_at(round_number),
        round_url=None if round_number is None else drand.PUBLIC + drand.path_of(round_number),
        fetches=bool(server(request).settings.drand_url),
        over=state_at(campaign, now) in ("ended", "closed"),
        timing=timing_at(campaign, now),
        prizes=offered,
        made=made,
        drawn=drawn,
        **together,
        winners=[_winner_row(each, people, answers, offered, states) for each in stored],
        untold=len(untold(stored, people)),
        out=len(gone),
        replaceable=made is not None
        and bool(gone)
        and await database.read(winning.is_anybody_left, campaign, made.id),
        unanswered=sum(
            each.taken_back_at is None and not each.accepted_at and each not in gone
            for each in stored
        ),
        told=number(request.query_params.get("told", "")),
        announced="announced" in request.query_params and request.method == "GET",
        now=now,
    )


def _settled(plan: DrawPlan, shown: FormErrors) -> dict[str, str]:
    return {"kind": plan.kind, "source": plan.source, **shown.typed}


def _winner_row(
    winner: draws.Winner,
    people: dict[int, Row],
    answers: dict[int, list[FieldAnswer]],
    offered: list[Row],
    states: dict[int, winning.MailState],
) -> dict[str, Any]:
    titles = {prize["id"]: prize["title"] for prize in offered}
    return {
        "n": winner.win.n,
        "replaces": winner.win.replaces,
        "person": people.get(winner.win.entrant_id),
        "state": state_of(winner, people),
        "answers": answers.get(winner.win.entrant_id, []),
        "mail": states.get(winner.win.n),
        "told_at": winner.told_at,
        "answer_by": winner.answer_by,
        "accepted_at": winner.accepted_at,
        "entrant_id": winner.win.entrant_id,
        "prize": titles.get(winner.win.prize_id),
        "taken_back_at": winner.taken_back_at,
        "reason": winner.reason,
    }


TABLE = [
    Route("GET", f"{ONE}/draw", show_draw),
    Route("POST", f"{ONE}/draw", make_draw, again=_page),
    Route("POST", f"{ONE}/draw/plan", settle_draw, again=_page),
    Route("POST", f"{ONE}/draw/redraw", redraw_prize, again=_page),
    Route("POST", f"{ONE}/draw/announce", announce_winners, again=_page),
    Route("GET", f"{ONE}/draw/winners.csv", export_winners, f"/admin{ONE}/draw"),
]

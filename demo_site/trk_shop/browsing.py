"""The pages to browse: home, products, the guide, the club, the game and the gift finder."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trk_shop.catalogue import BY_SLUG, suggestions
from trk_shop.pushes import LATER, Push
from trk_shop.render import render
from trk_shop.uses import ADD_TO_CART, FINDER, LEVEL, VISIT_GUIDE

RIDES = {"city": "Around town", "commute": "To work and back", "touring": "Far away, for days"}
BUDGETS = {"small": "Up to 25 €", "middle": "Up to 50 €", "large": "Up to 100 €"}


async def home(request: Request) -> Response:
    """The front page."""
    return render(request, "home.html")


async def product(request: Request) -> Response:
    """One product."""
    found = BY_SLUG.get(request.path_params["slug"])
    if found is None:
        return render(request, "missing.html", 404)
    push = Push(ADD_TO_CART, found.slug, "When something has been added to the cart.", later=True)
    others = [other for other in BY_SLUG.values() if other is not found]
    start = list(BY_SLUG).index(found.slug)
    others = [*others[start:], *others[:start]][:4]
    return render(request, "product.html", product=found, others=others, push=push)


async def club(request: Request) -> Response:
    """The riders' club: a page with an embedded campaign."""
    if not request.app.state.tracker.club:
        return render(request, "missing.html", 404)
    return render(request, "club.html")


async def guide(request: Request) -> Response:
    """The journal's winter guide: visiting the page is the action."""
    push = Push(VISIT_GUIDE, "winter", "When the page is opened: the visit is the action.")
    return render(request, "guide.html", push=push)


async def game(request: Request) -> Response:
    """A memory game with three levels."""
    push = Push(LEVEL, LATER, "When level 3 is reached; the value is the moves so far.", later=True)
    return render(request, "game.html", push=push)


async def finder(request: Request) -> Response:
    """The gift finder: two questions and, once they are answered, suggestions."""
    ride, budget = (request.query_params.get(name, "") for name in ("ride", "budget"))
    context: dict[str, Any] = {"rides": RIDES, "budgets": BUDGETS, "ride": ride, "budget": budget}
    if ride not in RIDES or budget not in BUDGETS:
        asked = "ride" in request.query_params or "budget" in request.query_params
        return render(request, "finder.html", 400 if asked else 200, asked=asked, **context)
    found = suggestions(ride, budget)
    push = Push(
        FINDER, found[0].slug, "When the finder has answered; the value is its first suggestion."
    )
    return render(request, "finder.html", found=found, push=push, **context)

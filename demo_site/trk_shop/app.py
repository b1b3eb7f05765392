"""The shop as an ASGI application: its routes and its little state."""

from __future__ import annotations

import secrets

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles

from trk_shop import browsing, buying, joining, lab, wire
from trk_shop.cookies import Seal
from trk_shop.render import HERE, render
from trk_shop.tracker import Tracker
from trk_shop.wire import Wires

_BOTH = ["GET", "POST"]


def create_app(tracker: Tracker) -> Starlette:
    """The shop, with the tracking script of `tracker`'s campaign on every page."""
    app = Starlette(
        routes=[
            Host("lab-{run}.localhost", Router(wire.routes())),
            Mount("/static", StaticFiles(directory=HERE / "static")),
            Route("/", browsing.home),
            Route("/products/{slug}", browsing.product),
            Route("/journal/winter", browsing.guide),
            Route("/club", browsing.club),
            Route("/game", browsing.game),
            Route("/finder", browsing.finder),
            Route("/cart", buying.cart, methods=["GET"]),
            Route("/cart", buying.change_cart, methods=["POST"]),
            Route("/checkout", buying.checkout, methods=_BOTH),
            Route("/thank-you", buying.thank_you),
            Route("/signup", joining.signup, methods=_BOTH),
            Route("/welcome", joining.welcome),
            Route("/survey", joining.survey, methods=_BOTH),
            Route("/survey/thanks", joining.survey_thanks),
            Route("/refer", joining.refer, methods=_BOTH),
            Route("/refer/sent", joining.refer_sent),
            Route("/lab", lab.lab),
            Route("/lab/runs/{run}", lab.run),
        ],
        exception_handlers={HTTPException: _http_error},
    )
    app.state.tracker = tracker
    # A new secret each time: notes of earlier runs can't be read, so a demo starts without orders.
    app.state.seal = Seal(secrets.token_bytes(32))
    app.state.wires = Wires()
    return app


async def _http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    if problem.status_code == 404:
        return render(request, "missing.html", 404)
    return PlainTextResponse(f"{problem.detail}\n", problem.status_code, problem.headers)

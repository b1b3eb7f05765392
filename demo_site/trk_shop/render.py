"""Renders the shop's pages, with what every page needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from trk_shop.catalogue import PRODUCTS, euros
from trk_shop.cookies import read_cart
from trk_shop.forms import FormField
from trk_shop.pushes import loader

HERE = Path(__file__).parent

_templates = Jinja2Templates(HERE / "templates")
_templates.env.filters["euros"] = euros
_templates.env.globals["products"] = PRODUCTS


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """The page made from `template`; `push` in the context is what it pushes."""
    tracker = request.app.state.tracker
    shared = {
        "tracker": tracker,
        "loader": Markup(loader(tracker)),
        "cart_count": sum(read_cart(request.cookies.get("cart", "")).values()),
        "customer": note_of(request, "customer").get("name", ""),
        "push": None,
    }
    headers = {"cache-control": "private, no-store"}
    return _templates.TemplateResponse(request, template, {**shared, **context}, status, headers)


def render_form(
    request: Request,
    template: str,
    fields: Sequence[FormField],
    typed: Mapping[str, str],
    mistakes: Mapping[str, str],
    **context: Any,
) -> Response:
    """The page with a form, as it was filled in."""
    shown = {"fields": fields, "typed": typed, "mistakes": mistakes, **context}
    return render(request, template, 400 if mistakes else 200, **shown)


def note_of(request: Request, name: str) -> dict[str, str]:
    """The signed note in the cookie `name`; empty if there is none."""
    found: dict[str, str] = request.app.state.seal.open(request.cookies.get(name, ""))
    return found


def keep_and_go(request: Request, address: str, cookie: str, note: Mapping[str, str]) -> Response:
    """Give the browser a note to carry, and redirect it (so that a reload posts nothing again)."""
    response = RedirectResponse(address, 303)
    keep(response, cookie, request.app.state.seal.close(note))
    return response


def keep(response: Response, name: str, value: str) -> None:
    """Set a cookie of the shop's own."""
    response.set_cookie(name, value, max_age=30 * 24 * 3600, httponly=True, samesite="lax")

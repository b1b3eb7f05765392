"""The shop as an ASGI application."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from demo_site.uses import USES

_HERE = Path(__file__).parent


class Shop(NamedTuple):
    """What the shop knows of its tracking: the server's address and the campaign's key."""

    tracker: str
    key: str


def create_app(shop: Shop) -> Starlette:
    """The shop, with the tracking script of one campaign on every page."""
    templates = Jinja2Templates(_HERE / "templates")
    by_path = {use.path: use for use in USES}

    async def page(request: Request) -> Response:
        path = request.path_params.get("path", "")
        if path and path not in by_path:
            return templates.TemplateResponse(request, "missing.html", {"shop": shop}, 404)
        return templates.TemplateResponse(
            request, "page.html", {"shop": shop, "uses": USES, "use": by_path.get(path)}
        )

    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=_HERE / "static")),
            Route("/", page),
            Route("/{path}", page),
        ]
    )

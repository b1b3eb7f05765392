"""The owner's pages under `/admin`: a file for each family of pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trk.store import owners as store
from trk.web.admin import (
    actions,
    audit,
    campaigns,
    claims,
    clusters,
    code_list,
    codes,
    deliveries,
    downloads,
    draw,
    entrants,
    entries,
    fields,
    install,
    log,
    mails,
    owners,
    people,
    pictures,
    preview,
    prizes,
    publishing,
    second_factor,
    session,
    settings,
    setup,
    tokens,
    translations,
    undoing,
    webhooks,
    winner_mail,
)
from trk.web.admin.guard import owned
from trk.web.server import server

_FAMILIES = (
    session,
    second_factor,
    owners,
    tokens,
    mails,
    campaigns,
    publishing,
    settings,
    translations,
    actions,
    fields,
    install,
    prizes,
    pictures,
    codes,
    code_list,
    clusters,
    entrants,
    entries,
    downloads,
    draw,
    winner_mail,
    claims,
    log,
    undoing,
    people,
    webhooks,
    deliveries,
    preview,
    audit,
)


def routes() -> list[Route]:
    """The routes of the owner's pages, below `/admin`."""
    opened = [route for family in (session, setup, owners, install) for route in family.OPEN]
    return [
        Route("/", redirect_home),
        *(Route(route.path, route.handler, methods=[route.method]) for route in opened),
        *(
            Route(route.path, owned(route), methods=[route.method])
            for family in _FAMILIES
            for route in family.TABLE
        ),
    ]


async def redirect_home(request: Request) -> Response:
    """Redirect `/` and `/admin` to the campaigns, or to the setup if there is no owner yet."""
    known = await server(request).database.read(store.any_owner)
    return RedirectResponse("/admin/campaigns" if known else "/admin/setup", 303)

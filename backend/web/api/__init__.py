"""The JSON API under `/api/v1`: bearer token, one error shape, cursor paging."""

from __future__ import annotations

from starlette.routing import Route

from backend.web.api import beacons, campaigns, changes, draws, entrants, rewards, scripts
from backend.web.api.call import guarded


def routes() -> list[Route]:
    """The API's routes, below its prefix."""
    return [
        Route(path, guarded(handler), methods=[method])
        for noun in (campaigns, changes, scripts, beacons, entrants, rewards, draws)
        for method, path, handler in noun.TABLE
    ]

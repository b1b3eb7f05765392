"""The JSON API under `/api/v1`: tokens with scopes, one format for errors, cursor paging, and an
OpenAPI document made from the same declarations as the routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trk.web.api import (
    actions,
    audit,
    beacons,
    campaigns,
    clusters,
    completions,
    counts,
    document,
    draws,
    entrants,
    exports,
    fields,
    owners,
    people,
    pictures,
    prizes,
    rewards,
    scripts,
    texts,
    tokens,
    trackings,
    webhooks,
    winners,
)
from trk.web.api.guard import Guard
from trk.web.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = document.described(
    [
        operation
        for noun in (
            *(
                campaigns,
                actions,
                fields,
                scripts,
                beacons,
                trackings,
                completions,
                entrants,
                exports,
            ),
            *(clusters, counts, rewards, prizes, pictures, draws, winners, texts, webhooks),
            *(people, tokens, owners, audit),
        )
        for operation in noun.OPERATIONS
    ]
)
"""All operations of the API; the routes and the document are made from these."""


def routes() -> list[Route]:
    """The API's routes below its prefix, for one server."""
    guard = Guard()
    at: dict[str, list[Operation]] = {}
    for operation in OPERATIONS:
        at.setdefault(operation.path, []).append(operation)
    # One route for all methods of a path, so that a wrong method is answered with all allowed ones.
    return [
        Route(path, _serving(guard, there), methods=[each.method for each in there])
        for path, there in at.items()
    ]


def _serving(
    guard: Guard, operations: Sequence[Operation]
) -> Callable[[Request], Awaitable[Response]]:
    by_method = {operation.method: operation for operation in operations}

    async def serve(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await guard.handle(by_method[method], request)  # type: ignore[index]

    return serve

"""The API's clusters: which entrants may be one person."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trk.core.instant import Instant, iso
from trk.store import clusters
from trk.web.api.call import campaign_of
from trk.web.api.operation import ONE, Operation
from trk.web.http.respond import JSON
from trk.web.server import server


class Cluster(msgspec.Struct, frozen=True):
    """Possible duplicates: how many entrants, how many of them have confirmed their e-mail, when
    the first and the last entered, and the first few, by id and name."""

    size: int
    confirmed: int
    first_at: Instant
    last_at: Instant
    some: list[tuple[int, str]]


class Clusters(msgspec.Struct, frozen=True):
    """How many clusters of a kind there are, how many entrants are in them, and the largest."""

    number: int
    entrants: int
    biggest: list[Cluster]


class Together(msgspec.Struct, frozen=True):
    """How many active entrants there are, how many of them have not confirmed their e-mail, and
    which may be duplicates, by what they share."""

    entrants: int
    unconfirmed: int
    network: Clusters
    browser: Clusters
    mailbox: Clusters


async def show_clusters(request: Request) -> Response:
    """Show possible duplicates: entrants who share a network, a browser or a mailbox.

    The 20 largest clusters of each kind. List a whole one with `shares` and `with` in the list of
    entrants."""
    campaign, database = await campaign_of(request), server(request).database
    shown: dict[str, Any] = (await database.read(clusters.part, campaign))._asdict()
    for kind in clusters.KINDS:
        found = await database.read(clusters.of_campaign, campaign, kind)
        shown[kind] = found._asdict() | {
            "biggest": [
                each._asdict() | {"first_at": iso(each.first_at), "last_at": iso(each.last_at)}
                for each in found.biggest
            ]
        }
    return JSON(shown)


OPERATIONS = (Operation("GET", f"{ONE}/clusters", show_clusters, "personal", gives=Together),)

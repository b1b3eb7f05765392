"""The audit: who did what on this server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from trk.core.audit import ACTORS, DEEDS, THINGS, ActorKind, Deed, Thing
from trk.store import audit, campaigns
from trk.store.audit import AuditFilter, Entry
from trk.web.admin.guard import Route
from trk.web.admin.listing import list_query, read_list
from trk.web.admin.pages import render
from trk.web.pages import PageLink
from trk.web.server import server

ACTOR_NAMES: Mapping[ActorKind, str] = {
    "owner": "An owner",
    "token": "A program with a token",
    "command": "Somebody on the command line",
    "nobody": "Unknown",
}
DEED_NAMES: Mapping[Deed, str] = {
    "signed_in": "Signed in",
    "sign_in_failed": "Failed to sign in",
    "signed_out": "Signed out",
    "made": "Created",
    "changed": "Changed",
    "published": "Published",
    "closed": "Closed",
    "reopened": "Reopened",
    "deleted": "Removed",
    "invalidated": "Invalidated",
    "restored": "Restored",
    "blocked": "Blocked",
    "unblocked": "Unblocked",
    "drew": "Drew winners",
    "redrew": "Redrew a prize",
    "told": "Wrote to winners",
    "announced": "Announced winners",
    "exported": "Exported",
    "shown": "Viewed",
    "erased": "Erased",
    "used": "Used",
}
THING_NAMES: Mapping[Thing, str] = {
    "owner": "Owner",
    "password": "Password",
    "second_factor": "Second factor",
    "recovery_code": "Recovery code",
    "invitation": "Invitation",
    "token": "API token",
    "campaign": "Campaign",
    "preview": "Preview link",
    "action": "Action",
    "prize": "Prize",
    "field": "Field",
    "picture": "Picture",
    "codes": "Codes",
    "webhook": "Webhook",
    "secret": "Secret",
    "completion": "Entry",
    "tracking": "Late entry",
    "entrant": "Entrant",
    "draw": "Draw",
    "list": "List",
}
"""What the audit has, as owners see it."""


async def list_audit(request: Request) -> Response:
    """The newest entries, or those that match the filters."""
    database = server(request).database
    names = dict(await database.read(campaigns.names))
    wanted = list_query(
        request,
        "/admin/audit",
        {"search": None, "by": ACTORS, "deed": DEEDS, "thing": THINGS, "campaign": set(names)},
    )
    which = AuditFilter(
        by=cast("ActorKind | None", wanted.filters.get("by")),
        deed=cast("Deed | None", wanted.filters.get("deed")),
        thing=cast("Thing | None", wanted.filters.get("thing")),
        campaign=wanted.filters.get("campaign"),
        search=wanted.filters.get("search"),
    )
    listed = await read_list(database, wanted, lambda tx, span: audit.listed(tx, span, which))
    return render(
        request,
        "audit.html",
        section="audit",
        rows=[(each, _who(each), _subject(each, names)) for each in listed.rows],
        campaigns=names,
        actors=ACTOR_NAMES,
        deeds=DEED_NAMES,
        things=THING_NAMES,
        **wanted.context(listed),
    )


def _who(entry: Entry) -> str:
    """Who did it, in a few words."""
    match entry.by_kind:
        case "owner":
            return entry.by_name
        case "token":
            return f"Token “{entry.by_name}”"
        case "command":
            return f"Command line, as {entry.by_name}" if entry.by_name else "Command line"
        case "nobody":
            return "Unknown"


def _subject(entry: Entry, campaigns: Mapping[str, str]) -> PageLink | None:
    """Where the thing is found, if it is still there and has a page; else None."""
    key, number = entry.campaign_key, entry.thing_id
    if key is None or key not in campaigns:
        return None
    path = {
        "entrant": "/entrants" if number is None else f"/entrants/{number}",
        "action": "/actions",
        "prize": "/prizes",
        "field": "/fields",
        "codes": "/codes",
        "webhook": "/webhooks",
        "completion": "/entries",
        "tracking": "/log",
        "draw": "/draw",
    }.get(entry.thing, "")
    return PageLink(f"/admin/campaigns/{key}{path}", campaigns[key])


TABLE = [Route("GET", "/audit", list_audit)]

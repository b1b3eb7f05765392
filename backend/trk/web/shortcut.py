"""The shortcut of beacons, and of polls that are answered 304: nearly all that a server is asked.

It does what the middleware would for them, and leaves all others to that.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import Scope

from trk.web.http.security import everywhere
from trk.web.http.shortcut import Begun, Shortcut
from trk.web.server import server_of
from trk.web.status import Polls


def shortcut_of(app: Starlette) -> Shortcut | None:
    """That of an application that create_app has made; None if it logs each request."""
    server = server_of(app)
    settings, forwarded, beacons = server.settings, server.forwarded, server.beacons
    if settings.access_log == "all":
        return None
    headers = everywhere(settings.public_url)
    polls = Polls(server.status, headers, server.request_ids, server.metrics.answered)

    def begin(scope: Scope, body: bytearray) -> Begun | None:
        path: str = scope["path"]
        if path.endswith("/beacon"):
            forwarded.note(scope)
            return beacons.begin(scope, bytes(body))
        if path.endswith("/status") and not scope["query_string"]:
            scope["app"] = app
            forwarded.note(scope)
            return polls.begin(scope)
        return None

    return begin

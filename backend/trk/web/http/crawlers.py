"""`/robots.txt`: what programs that walk through the web leave alone.

The pages of owners and those in frames say themselves that they belong in no index; so does a
draft. Frames are not named here: who must not open them would never read that.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

NO_INDEX = {"x-robots-tag": "noindex"}
"""The header of an answer that belongs in no index."""
OWNERS = ("/admin", "/api")
"""What the addresses begin with that are for owners and their programs."""

_ROBOTS = "\n".join(
    ("User-agent: *", *(f"Disallow: {each}" for each in OWNERS), "Disallow: /*/go/", "")
)


async def show_robots(request: Request) -> Response:
    """The file."""
    return PlainTextResponse(_ROBOTS, headers={"cache-control": "public, max-age=86400"})

"""`GET /{key}/trk.js`, `ol.js`, `embed.js`: the SDK for one campaign, compressed once per content.

All three track in the same way, so a page needs only one of them; `ol.js` and `embed.js` also show
the campaign. `trk-RELEASE.js` is a copy that never changes.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial

import brotli
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from trk.core.campaign import Campaign
from trk.services.scripts import script_of
from trk.store import campaigns, scripts, translations
from trk.web.http.negotiate import encoding, unchanged
from trk.web.server import server
from trk_sdk import builder

_HEADERS = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "vary": "Accept-Encoding",
}


def handler_for(kind: builder.Kind) -> Callable[[Request], Awaitable[Response]]:
    """The handler that serves this kind of script."""
    return partial(_script, kind)


async def _script(kind: builder.Kind, request: Request) -> Response:
    """The script; for an unknown key or a draft, one that says so, because browsers don't run a
    404. It is not cached, so that all works at once when the campaign is there."""
    key = request.path_params["key"]
    campaign = await server(request).database.read_public(campaigns.by_key, key)
    if campaign is None:
        text, cache = builder.unknown_campaign(key), "no-store"
    elif campaign.draft:
        text, cache = builder.draft_campaign(campaign.key), "no-store"
    else:
        # In a thread, because the first call in a process has to minify it.
        read = server(request).database.read_public
        said: dict[str, Campaign] = {}
        if kind != "trk":
            said = {
                tag: await read(translations.campaign_in, campaign, tag)
                for tag in campaign.languages[1:]
            }
        settings = server(request).settings
        text = await asyncio.to_thread(script_of, campaign, settings, kind, said)
        cache = "public, max-age=300, stale-while-revalidate=86400"
    return _respond(request, text, cache)


async def serve_pinned(request: Request) -> Response:
    """The script as it was when it was pinned to this URL."""
    key, release = request.path_params["key"], request.path_params["release"]
    text = await server(request).database.read_public(scripts.pinned, key, release)
    if text is None:
        raise HTTPException(404)
    return _respond(request, text, "public, max-age=31536000, immutable")


def _respond(request: Request, text: str, cache: str) -> Response:
    plain, compressed, etag = _compressed(text)
    headers = {**_HEADERS, "cache-control": cache, "etag": etag}
    if unchanged(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    chosen = encoding(request.headers.get("accept-encoding", ""), tuple(compressed))
    if chosen is not None:
        headers["content-encoding"] = chosen
    return Response(compressed.get(chosen or "", plain), 200, headers, "text/javascript")


@lru_cache(maxsize=256)
def _compressed(text: str) -> tuple[bytes, dict[str, bytes], str]:
    """`text` as bytes, its encodings (best first), and an ETag, weak because they all share it."""
    plain = text.encode()
    etag = f'W/"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return plain, {"br": brotli.compress(plain), "gzip": gzip.compress(plain, 9, mtime=0)}, etag

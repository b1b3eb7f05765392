"""`GET /{key}/trk.js`: the SDK for one campaign, compressed once per content."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache

import brotli
from starlette.requests import Request
from starlette.responses import Response

from backend.store import campaigns
from sdk import builder

_HEADERS = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
    "vary": "Accept-Encoding",
}


async def trk_js(request: Request) -> Response:
    """The script; for an unknown key one that says so, since a 404 would not be run."""
    key = request.path_params["key"]
    settings = request.app.state.settings
    campaign = await request.app.state.database.read(campaigns.by_key(key))
    if campaign is None:
        text, cache = builder.unknown_campaign(key), "no-store"
    else:
        text = builder.script(key, settings.public_url, global_name=settings.global_name)
        cache = "public, max-age=300, stale-while-revalidate=86400"
    plain, gzipped, brotlied, etag = _compressed(text)
    headers = {**_HEADERS, "cache-control": cache, "etag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    accepted = request.headers.get("accept-encoding", "")
    body = plain
    if "br" in accepted:
        body, headers["content-encoding"] = brotlied, "br"
    elif "gzip" in accepted:
        body, headers["content-encoding"] = gzipped, "gzip"
    return Response(body, 200, headers, "text/javascript")


@lru_cache(maxsize=256)
def _compressed(text: str) -> tuple[bytes, bytes, bytes, str]:
    plain = text.encode()
    etag = f'W/"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return plain, gzip.compress(plain, 9, mtime=0), brotli.compress(plain), etag

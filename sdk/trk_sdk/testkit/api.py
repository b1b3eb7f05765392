"""The server's JSON API, as tests ask it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from trk_sdk.testkit.process import Backend, direct


class APIError(RuntimeError):
    """The server's API refused a call; the message has the call and the answer."""


class API:
    """The server's JSON API, with a token."""

    def __init__(self, backend: Backend) -> None:
        self._url = f"{backend.url.replace('localhost', '127.0.0.1')}/api/v1"
        self._token = backend.token

    def get(self, path: str, **query: str | None) -> Any:
        """The answer to GET, decoded. Raises APIError."""
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        return self._call(f"{path}?{asked}" if asked else path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to POST of `body` as JSON, decoded. Raises APIError."""
        return self._call(path, body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to PUT of `body` as JSON, decoded. Raises APIError."""
        return self._call(path, body, "PUT")

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to PATCH of `body` as JSON, decoded. Raises APIError."""
        return self._call(path, body, "PATCH")

    def all(self, path: str, **query: str | None) -> list[dict[str, Any]]:
        """All items of a list, page after page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.get(path, **query, limit="1000", cursor=cursor)
            items += page["data"]
            cursor = page["next"]
            if cursor is None:
                return items

    def _call(self, path: str, body: dict[str, Any] | None, method: str | None = None) -> Any:
        request = urllib.request.Request(
            self._url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with direct(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            raise APIError(f"{request.get_method()} {path}: {error.code} {text}") from None

"""The tracking server as the shop knows it: an address, a campaign's key and an API token."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

open_directly = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
"""Opens an address without the proxies that the environment names: the server is local."""


class TrackerError(RuntimeError):
    """The tracking server refused a call, or (with `status` 0) could not be reached."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Tracker(NamedTuple):
    """What the shop was told about the tracking server; nothing else connects the two."""

    address: str
    """Scheme, host and port, without a slash at the end."""
    key: str
    """The campaign's key."""
    token: str = ""
    """An API token. The shop's pages need none; the lab uses it to show what is stored."""
    club: str = ""
    """The key of the club's campaign, a reward. If given, the shop's pages show both campaigns."""

    @property
    def campaign_url(self) -> str:
        """The campaign's page."""
        return f"{self.address}/{self.key}"

    @property
    def of_club(self) -> Tracker:
        """The same for the club's campaign."""
        return self._replace(key=self.club, club="")

    def create_campaign(self, **fields: Any) -> None:
        """Make the campaign. Raises TrackerError, with status 409 if there is one with this key."""
        self._call("/campaigns", {"key": self.key, **fields})

    def add_action(self, **fields: Any) -> int:
        """Add an action to the campaign: its id. Raises TrackerError."""
        return int(self._call(f"/campaigns/{self.key}/actions", fields)["id"])

    def add_prize(self, **fields: Any) -> int:
        """Add a prize to the campaign: its id. Raises TrackerError."""
        return int(self._call(f"/campaigns/{self.key}/prizes", fields)["id"])

    def languages(self) -> list[str]:
        """The campaign's languages, its own first. Raises TrackerError."""
        return list(self._call(f"/campaigns/{self.key}")["languages"])

    def texts(self, language: str) -> list[dict[str, str]]:
        """The campaign's texts in another language than its own: place, own, text (empty if it is
        missing). Raises TrackerError."""
        return list(self._call(f"/campaigns/{self.key}/texts/{language}")["texts"])

    def put_texts(self, language: str, texts: Mapping[str, str]) -> None:
        """Change texts in another language, by their places. Raises TrackerError."""
        body = {"texts": dict(texts)}
        self._call(f"/campaigns/{self.key}/texts/{language}", body, "PATCH")

    def put_picture(self, place: str, file: Path, alt: str = "") -> None:
        """Upload a picture for a place of the campaign, such as `banner`. Raises TrackerError."""
        content = base64.b64encode(file.read_bytes()).decode()
        body = {"content": content, "name": file.name, "alt": alt}
        self._call(f"/campaigns/{self.key}/pictures/{place}", body, "PUT")

    def actions(self) -> list[dict[str, Any]]:
        """The campaign's actions. Raises TrackerError."""
        return list(self._call(f"/campaigns/{self.key}/actions")["data"])

    def trackings(self, visitor: str) -> list[dict[str, Any]]:
        """What is stored of one visitor, oldest first. Raises TrackerError."""
        found: list[dict[str, Any]] = []
        cursor: str | None = "0"
        while cursor is not None:
            query = urlencode({"visitor": visitor, "limit": "1000", "cursor": cursor})
            page = self._call(f"/campaigns/{self.key}/trackings?{query}")
            found += page["data"]
            cursor = page["next"]
        return found

    @property
    def direct(self) -> str:
        """The address for the shop's own calls: `localhost` might try ::1 first and take longer."""
        url = urlsplit(self.address)
        if url.hostname != "localhost":
            return self.address
        port = f":{url.port}" if url.port else ""
        return urlunsplit(url._replace(netloc=f"127.0.0.1{port}"))

    def _call(
        self, path: str, body: dict[str, Any] | None = None, method: str | None = None
    ) -> Any:
        request = urllib.request.Request(
            f"{self.direct}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with open_directly(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as answer:
            with answer:
                text = answer.read().decode(errors="replace")
            raise TrackerError(
                answer.code,
                f"{request.get_method()} {path} was answered with {answer.code}: {text}",
            ) from None
        except OSError as problem:
            raise TrackerError(0, f"{self.direct} can't be reached: {problem}") from None

"""The requests of a run, each made of the seed and its number alone, to be sent again."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.backend.malformed import NAMES, TEXTS, VALUES, addresses
from trk.app import create_app
from trk.settings import Settings
from trk.web.api import OPERATIONS

KEY = "fuzz1"
_TRUE = {"key": KEY, "slug": "win-a-bike", "release": "0.0.0", "place": "logo", "language": "de"}
_KEPT = re.compile(r"sign-out|/(owners|tokens)/\{|/account|DELETE /\{key\}$")
"""What would end the run's own session, tokens or owner."""
_FIELDS = (
    *("name", "email", "owner_name", "password", "sign_in_email", "sign_in_password", "title"),
    *("description", "tracking_name", "url", "worth", "starts_at", "ends_at", "timezone", "accent"),
    *("reason", "codes", "search", "after", "next", "from", "to", "limit", "cursor", "origin"),
    *("session", "visitor", "page", "scheme", "confirmed", "answer", "events", "token", "seed"),
    *(
        "action.completed",
        "prize",
        "winners",
        "ids",
        "state",
        "sort",
        "action",
        "download",
        "tried",
        *("sure", "n", "reason-0", "announce", "seen", "kind", "source", "to", "label", "options"),
        *("subject", "body", "answer_by", "answer_by_time", "confirm", "do", "again", "value"),
    ),
)
_JSON: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**63, 1e308, "", "\0", "\ud800", "a" * 20_000, [], {}, [[]], "x"),
    *("2026-11-23T18:00:00Z", "9999-12-31T23:59:59+23:59", "=1+1", "http://[x", {"a": {"b": []}}),
)
_RAW = (
    b"", b"\r\n", b"\0" * 9, b"GET", b"GET / HTTP/9.9\r\n\r\n",
    b"GET http://[x/ HTTP/1.1\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n", b"\x16\x03\x01\x02",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\n\r\n",
    b"POST /fuzz1/beacon HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /fuzz1/beacon HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    b"POST /fuzz1/enter HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /fuzz1/enter HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n\r\n" * 50,
)  # fmt: skip


class Request(NamedTuple):
    """One request: its target's template, the bytes, and whether they are a whole request."""

    target: str
    sent: bytes
    whole: bool
    head: bool = False


def targets() -> list[tuple[str, str]]:
    """Every method and path that the server answers, but for what would end the run."""
    found = [*addresses(create_app(Settings()).routes), ("POST", "/{key}/beacon")]
    return [each for each in found if _KEPT.search(" ".join(each)) is None]


class Maker:
    """Makes the requests of one run; `session` and `tokens` are of who may do everything."""

    def __init__(self, seed: int, session: str, tokens: list[str]) -> None:
        self._seed = seed
        self._session = session
        self._tokens = tokens
        self._targets = targets()
        self._examples = {f"{each.method} /api/v1{each.path}": each.example for each in OPERATIONS}

    def request(self, number: int, ids: Mapping[str, str]) -> Request:
        """The request with this number; `ids` are of what there is, by the names in templates."""
        dice = random.Random(f"{self._seed}/{number}")
        if dice.random() < 0.04:
            return Request("no request", self._garbage(dice), whole=False)
        method, template = dice.choice(self._targets)
        there = {**_TRUE, **ids}
        path = re.sub(
            r"\{(\w+)(:\w+)?\}", lambda found: self._part(dice, found[1], there), template
        )
        if dice.random() < 0.3:
            path += "?" + self._pairs(dice, 0.4)
        body, kind = self._body(dice, method, template)
        shown = "HEAD" if method == "GET" and dice.random() < 0.05 else method
        lines = [f"{shown} {path} HTTP/1.1".encode("latin-1", "replace"), b"Host: track.test"]
        if template.startswith("/api/") and dice.random() < 0.95:
            lines.append(b"Authorization: Bearer " + dice.choice(self._tokens).encode())
        elif dice.random() < 0.8:
            lines.append(f"Cookie: trk_owner={self._session}".encode())
        for _ in range(dice.choice((0, 0, 0, 1, 3))):
            name = dice.choice(NAMES)
            if name not in ("content-length", "expect", "upgrade", "connection"):
                lines.append(name.encode() + b": " + dice.choice(list(VALUES.values())))
        if kind:
            lines.append(b"Content-Type: " + kind)
        if method != "GET":
            lines.append(b"Content-Length: %d" % len(body))
        return Request(
            f"{method} {template}",
            b"\r\n".join(lines) + b"\r\n\r\n" + (body if method != "GET" else b""),
            whole=True,
            head=shown == "HEAD",
        )

    def _garbage(self, dice: random.Random) -> bytes:
        made = bytearray(dice.choice(_RAW))
        for _ in range(dice.choice((0, 1, 5))):
            made.insert(dice.randrange(len(made) + 1), dice.randrange(256))
        return bytes(made) + (b"X-A: " + b"v" * 70_000 if dice.random() < 0.02 else b"")

    def _part(self, dice: random.Random, name: str, there: Mapping[str, str]) -> str:
        if dice.random() < 0.06:
            return dice.choice(list(TEXTS.values()))
        return there.get(name, str(dice.randrange(1, 6)))

    def _text(self, dice: random.Random, odd: float) -> str:
        if dice.random() < odd:
            return dice.choice(list(TEXTS.values()))
        plain = ("1", "on", "Ann", "ann@example.org", "2026-11-23T18:00", KEY, "VIP", "a" * 32)
        return quote(dice.choice((*plain, "https://shop.test/")))

    def _pairs(self, dice: random.Random, odd: float) -> str:
        names = dice.sample(_FIELDS, dice.randrange(1, 9))
        return "&".join(f"{name}={self._text(dice, odd)}" for name in names)

    def _body(self, dice: random.Random, method: str, template: str) -> tuple[bytes, bytes]:
        if template.endswith("/beacon"):
            return self._beacon(dice), b"text/plain"
        example = self._examples.get(f"{method} {template}")
        if isinstance(example, str):
            return self._text(dice, 0.5).encode() * dice.choice((1, 500)), b"text/plain"
        if template.startswith("/api/"):
            return self._changed(dice, example), b"application/json"
        if dice.random() < 0.1:
            part = (
                b"--b\r\nContent-Disposition: form-data; name=codes; filename=a\r\n\r\n\xff\0x\r\n"
            )
            whole = part * dice.choice((1, 3, 300)) + b"--b--\r\n"
            return whole[: dice.choice((len(whole), 40))], b"multipart/form-data; boundary=b"
        return self._pairs(dice, 0.3).encode(), b"application/x-www-form-urlencoded"

    def _changed(self, dice: random.Random, example: Any) -> bytes:
        """An example of the document with some of it replaced, or cut off."""
        made: Any = dict(example) if isinstance(example, dict) else example
        if isinstance(made, dict) and made:
            for _ in range(dice.choice((0, 1, 1, 2))):
                made[dice.choice([*made, *_FIELDS[:12]])] = dice.choice(_JSON)
        text = json.dumps(made if dice.random() < 0.95 else dice.choice(_JSON)).encode()
        return text if dice.random() < 0.95 else text[: dice.randrange(len(text) + 1)]

    def _beacon(self, dice: random.Random) -> bytes:
        pairs = [
            [dice.choice(("VIP", "vip", "x", *TEXTS)), dice.choice((None, "1", *TEXTS))]
            for _ in range(dice.choice((1, 1, 3, 100)))
        ]
        return self._changed(
            dice,
            {
                "id": f"0193e5b4-6f3a-7c1e-9d2a-{dice.randrange(2**48):012x}",
                "visitor": f"{dice.randrange(2**128):032x}",
                "pairs": pairs,
            },
        )

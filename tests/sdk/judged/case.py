"""What was seen of a page, and what must be said of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from trk_sdk.verify.observations import (
    CampaignAddress,
    Global,
    Mention,
    Observations,
    Place,
    Script,
    Send,
    UncaughtError,
    Violation,
)

KEY = "y2sB7"
HOST = "https://track.example.org"
URL = f"{HOST}/{KEY}/trk.js"
BEACON = f"{HOST}/{KEY}/beacon"
TAG = Mention("tag", URL)


def script(url: str = URL, **fields: Any) -> Script:
    """A script that was loaded, unless the fields say otherwise."""
    address, key, _ = url.rsplit("/", 2)
    loaded = {"status": 200, "type": "text/javascript; charset=utf-8", "arrived": True}
    return Script(url, CampaignAddress(address, key), **{**loaded, **fields})


def send(*pairs: list[str | None], status: int | None = 200, **fields: Any) -> Send:
    """A beacon with these pairs; `answer` and what else a Send has are fields."""
    url = fields.pop("url", BEACON)
    answer = fields.pop("answer", {})
    number = fields.pop("number", 0)
    body = {
        "id": f"0193e5b4-6f3a-7c1e-9d2a-{number:012d}",
        "pairs": pairs,
        **fields.pop("body", {}),
    }
    address, key, _ = url.rsplit("/", 2)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return Send(url, CampaignAddress(address, key), json.dumps(body), status, text, **fields)


def taken(*words: str, **fields: Any) -> dict[str, Any]:
    return {"unlocked": [], "duplicate": False, "pairs": words, "refused": [], **fields}


def error(code: str, message: str = "No.") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def uncaught(text: str, *files: str) -> UncaughtError:
    """An error in line 7 of the first of these files, which the others have called."""
    return UncaughtError(text, tuple(Place(file, 7) for file in files))


def observed(**fields: Any) -> Observations:
    """A page on which the script is installed and runs, unless the fields say otherwise."""
    fine = {"mentions": (TAG,), "scripts": (script(),), "variable": Global("ours"), "seconds": 10.0}
    return Observations(**{"url": "https://shop.example/thanks", **fine, **fields})


VIP = send(["VIP", "gold"], answer=taken("waiting"))


@dataclass(frozen=True)
class Case:
    """What was seen, and what must be said of it: the problems, and words of the sentences."""

    name: str
    observed: Observations
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)


def blocked(directive: str, url: str, policy: str = "default-src 'self'") -> tuple[Violation, ...]:
    return (Violation(directive, url, policy),)


NOT_RUN = {"scripts": (), "variable": Global()}
SILENT = ("nothing_pushed",)

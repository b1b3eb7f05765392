"""What tests of a form's fields do: a campaign with fields of every kind, and answers to them."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.applications import Starlette

from tests.backend.campaign_pages import ANN, make
from tests.backend.conftest import api_of
from tests.backend.stored import query
from trk.web.server import server_of

ENTER = "/y2sB7/enter"
EVERY: tuple[dict[str, Any], ...] = (
    {"label": "Your size", "kind": "text"},
    {"label": "Colour", "kind": "choice", "options": ["Red", "Green & blue"]},
    {"label": "Born", "kind": "date", "minimum_age": 18},
    {"label": "Country", "kind": "country"},
    {"label": "I accept the [terms](https://shop.example/t)", "kind": "checkbox"},
)
"""One field of each kind."""
GIVEN = ("M", "Green & blue", "2001-12-31", "DE", "yes")
"""A right answer to each of them."""


async def field(api: httpx.AsyncClient, label: str = "Asked", **settings: Any) -> int:
    """A field of the campaign y2sB7; its id."""
    answer = await api.post("/campaigns/y2sB7/fields", json={"label": label, **settings})
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


async def make_with_fields(app: Starlette, **fields: Any) -> list[str]:
    """The campaign y2sB7, which asks for all of EVERY; what they are called in its form."""
    await make(app, **fields)
    async with await api_of(app) as api:
        return [f"field-{await field(api, **{**each, 'required': True})}" for each in EVERY]


def filled(names: list[str], *answers: str) -> dict[str, str]:
    """The form, filled in with these answers or GIVEN; one that is empty is not in it."""
    pairs = zip(names, answers or GIVEN, strict=True)
    return {**ANN, **{name: answer for name, answer in pairs if answer}}


async def stored(app: Starlette) -> list[tuple[int, str]]:
    """The stored answers, entrant by entrant: the field's id and the value."""
    rows = await query(
        server_of(app).database,
        "SELECT field_id, value FROM field_answers ORDER BY entrant_id, field_id",
    )
    return [(row["field_id"], row["value"]) for row in rows]

"""Whatever reads an address, a header or a field meets malformed ones: none is a fault of the
server's, on any route and either database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette

import trk
from tests.backend.admin.owning import signed_in
from tests.backend.calls import ACTION, CAMPAIGN
from tests.backend.conftest import api_of
from tests.backend.malformed import NAMES, TEXTS, VALUES, Headers, addresses, ask, parameters
from trk.core.access import ALL
from trk.services.tokens import make_token
from trk.web.server import server_of

TRUE = {"key": "y2sB7", "action": "1", "slug": "win-a-bike", "release": "0.0.0"}
FORM = (b"content-type", b"application/x-www-form-urlencoded")
TEMPLATES = Path(trk.__file__).parent / "templates"
FIELDS = sorted(
    {
        name
        for page in TEMPLATES.rglob("*.html")
        for name in re.findall(r'\bname="(\w+)"', page.read_text("utf-8"))
    }
    | {"after", "before", "next", "search", "action", "origin", "visitor", "token", "tried", "done"}
)
"""What our pages send, in forms and in queries."""

HALVES = pytest.mark.parametrize("half", [0, 1])
"""Every other text: the short run has one half of them on each database."""


@pytest.fixture
async def everybody(app: Starlette) -> AsyncIterator[Headers]:
    """The headers of who may do everything: an owner's cookie, and a token. There is a campaign."""
    async with await api_of(app) as api, signed_in(app) as owner:
        assert (await api.post("/campaigns", json=CAMPAIGN)).status_code == 201
        assert (await api.post("/campaigns/y2sB7/actions", json=ACTION)).status_code == 201
        token = (await server_of(app).database.write(make_token, "everything", scopes=ALL)).token
        session = owner.cookies["trk_owner"]
        yield (
            (b"cookie", f"trk_owner={session}".encode()),
            (b"authorization", f"Bearer {token}".encode()),
        )


def _routes(app: Starlette) -> list[tuple[str, str]]:
    """Reading comes first: what deletes the campaign must not take it from the others."""
    found = [*addresses(app.routes), ("POST", "/{key}/beacon"), ("OPTIONS", "/{key}/beacon")]
    return sorted(found, key=lambda each: each[0] != "GET")


def _filled(template: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: values.get(found[1], "1"), template)


@pytest.mark.by_turns
@HALVES
async def test_no_malformed_part_of_an_address_is_a_fault(
    app: Starlette, everybody: Headers, half: int
) -> None:
    asked = 0
    faults = []
    for method, template in _routes(app):
        for name in parameters(template):
            for said, text in [*TEXTS.items()][half::2]:
                path = _filled(template, {**TRUE, name: text})
                answer = await ask(app, method, path, everybody)
                asked += 1
                if answer.status >= 500:
                    faults.append(f"{method} {template}: {name} is {said}: {answer.status}")
    assert faults == []
    assert asked > 500


ROUTES = [
    ("GET", "/y2sB7/win-a-bike"),
    ("GET", "/y2sB7/status"),
    ("GET", "/y2sB7/trk.js"),
    ("POST", "/y2sB7/beacon"),
    ("POST", "/y2sB7/enter"),
    ("POST", "/y2sB7/frame"),
    ("GET", "/static/admin.css"),
    ("GET", "/healthz"),
    ("GET", "/no/such/page"),
    ("GET", "/y2sB7"),
    ("GET", "/admin/setup"),
    ("POST", "/admin/sign-in"),
    ("GET", "/admin/campaigns/y2sB7"),
    ("POST", "/admin/campaigns/y2sB7/codes"),
    ("POST", "/admin/campaigns/y2sB7/settings"),
    ("GET", "/api/v1/campaigns"),
    ("POST", "/api/v1/campaigns"),
    ("GET", "/api/v1/campaigns/y2sB7/entrants.csv"),
    ("PATCH", "/api/v1/campaigns/y2sB7"),
]


@pytest.mark.once
@pytest.mark.sampled(4)
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_no_malformed_header_is_a_fault(
    app: Starlette, everybody: Headers, method: str, path: str
) -> None:
    faults = []
    for name in NAMES:
        others = tuple(pair for pair in everybody if pair[0].decode() != name)
        for said, value in VALUES.items():
            for headers in ((*others, (name.encode(), value)), ((name.encode(), value),)):
                answer = await ask(app, method, path, headers)
                if answer.status >= 500:
                    faults.append(f"{name} is {said}: {answer.status}")
    assert faults == []


QUERIES = (b"\xff\xfe=\x80", b"search=\xff", b"a=%00", b"%00=a", b"a=%ff", b"&" * 5000, b"=" * 500)


@pytest.mark.by_turns
@HALVES
async def test_no_malformed_query_is_a_fault(app: Starlette, everybody: Headers, half: int) -> None:
    everything = b"&".join(f"{name}=%00".encode() for name in FIELDS)
    queries = [*QUERIES, everything, *(each + b"&" + everything for each in QUERIES)][half::2]
    for method, template in _routes(app):
        if method == "GET":
            for query in queries:
                answer = await ask(app, method, _filled(template, TRUE), everybody, query)
                assert answer.status < 500, (template, query)


@pytest.mark.by_turns
@HALVES
async def test_no_malformed_field_of_a_form_is_a_fault(
    app: Starlette, everybody: Headers, half: int
) -> None:
    faults = []
    for method, template in _routes(app):
        if method != "POST" or template.startswith("/api") or "sign-out" in template:
            continue
        for said, text in [*TEXTS.items()][half::2]:
            body = "&".join(f"{name}={quote(text, safe='%')}" for name in FIELDS)
            headers = (*everybody, FORM)
            answer = await ask(app, method, _filled(template, TRUE), headers, b"", body.encode())
            if answer.status >= 500:
                faults.append(f"{template}: {said}: {answer.status}")
    assert faults == []

"""Lists of codes that are too large, over the real network: refused in words, with nothing stored,
and without filling the server's memory; and the largest that is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.backend.admin.owning import values
from tests.backend.wire import client
from trk.core.code_list import MAX_CODES
from trk.web.http.limits import MAX_BODY, MAX_UPLOAD
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.truth import Campaign

LARGE = 200 * 2**20
"""Bytes of a list that is far too large."""
_LINES = b"".join(b"CODE-%05d\n" % n for n in range(6_554))
_BOUNDARY = "----a-form"
SPARE = 48.0
"""How many MiB a request with LARGE bytes may cost: far less than the list."""


@pytest.fixture
def backend(trk_own_backend: Backend) -> Backend:
    return trk_own_backend


@pytest.fixture
def campaign(backend: Backend, trk_campaign: CampaignFactory) -> Campaign:
    """A campaign that gives codes."""
    return trk_campaign(on=backend, kind="reward", reward_kind="codes")


@pytest.fixture
def owner(backend: Backend, campaign: Campaign) -> Iterator[httpx.Client]:
    """An owner's browser, as far as the server can tell, signed in."""
    with client() as opened:
        opened.base_url = httpx.URL(backend.url.replace("localhost", "127.0.0.1"))
        opened.headers.update({"accept": "text/html", "sec-fetch-site": "same-origin"})
        answer = opened.post(
            "/admin/setup",
            data={
                **values(opened.get("/admin/setup").text),
                **{"owner_name": "Ann", "email": "ann@example.org", "name": "Win"},
                **{"password": "correct horse battery", "template": "competition"},
            },
        )
        assert answer.status_code == 303, answer.text
        yield opened


def lines(size: int) -> Iterator[bytes]:
    """A list of codes with so many bytes, made while it is sent."""
    for _ in range(size // len(_LINES) + 1):
        yield _LINES


def largest(letter: bytes) -> bytes:
    """As many codes as a list may have, in as many bytes as a request may have, almost."""
    found = b"".join(b"%s%08d\n" % (letter, n) for n in range(MAX_CODES))
    assert MAX_BODY * 0.95 < len(found) < MAX_BODY
    return found


def form(text: str, file: Iterator[bytes]) -> Iterator[bytes]:
    """The form for codes, with this text in its field and this file."""
    yield (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="codes"\r\n\r\n{text}\r\n'
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="codes.txt"\r\n'
        "Content-Type: text/plain\r\n\r\n"
    ).encode()
    yield from file
    yield f"\r\n--{_BOUNDARY}--\r\n".encode()


FORM = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}


def peak(pid: int) -> float:
    """The most memory that a process has ever had, in MiB."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("/proc tells how much memory a process has; it is not here")
    [found] = re.findall(r"VmHWM:\s*(\d+) kB", status.read_text())
    return int(found) / 1024


@pytest.fixture
def api(backend: Backend, campaign: Campaign) -> Iterator[httpx.Client]:
    """A client of the API; its base is the campaign."""
    with client() as opened:
        host = backend.url.replace("localhost", "127.0.0.1")
        opened.base_url = httpx.URL(f"{host}/api/v1/campaigns/{campaign.key}")
        opened.headers["authorization"] = f"Bearer {backend.token}"
        yield opened


def send(api: httpx.Client, body: Iterator[bytes] | bytes) -> httpx.Response:
    return api.post("/codes", content=body, headers={"content-type": "text/plain"})


def total(api: httpx.Client) -> int:
    found: int = api.get("/codes").json()["total"]
    return found


def test_the_api_refuses_200_mb_in_words_and_keeps_its_memory(
    backend: Backend, api: httpx.Client
) -> None:
    assert send(api, b"FIRST\n").status_code == 201
    before = peak(backend.pid)
    answer = send(api, lines(LARGE))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"
    assert f"over {MAX_BODY} bytes" in answer.json()["error"]["message"]
    assert peak(backend.pid) - before < SPARE
    assert total(api) == 1


def test_the_page_refuses_200_mb_at_its_field_keeps_what_was_typed_and_its_memory(
    backend: Backend, campaign: Campaign, api: httpx.Client, owner: httpx.Client
) -> None:
    page = f"/admin/campaigns/{campaign.key}/codes"
    assert owner.get(page).status_code == 200
    before = peak(backend.pid)
    answer = owner.post(page, content=form("TYPED-1\r\nTYPED-2", lines(LARGE)), headers=FORM)
    assert answer.status_code == 413
    said = f"This is too large: the body is over {MAX_UPLOAD} bytes. Add it in parts."
    assert f'id="file-mistake">{said}</p>' in answer.text
    assert values(answer.text)["codes"] == "TYPED-1\nTYPED-2"
    assert peak(backend.pid) - before < SPARE
    assert total(api) == 0


def test_the_largest_list_is_stored_by_the_api_and_by_the_page(
    backend: Backend, campaign: Campaign, api: httpx.Client, owner: httpx.Client
) -> None:
    before = peak(backend.pid)
    answer = send(api, largest(b"A"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["added"] == MAX_CODES
    page = f"/admin/campaigns/{campaign.key}/codes"
    answer = owner.post(page, content=form("", iter([largest(b"B")])), headers=FORM)
    assert answer.status_code == 200, answer.text
    shown = values(answer.text)
    parts = {**shown, "add": "1 False"}
    answer = owner.post(page, files={name: (None, value) for name, value in parts.items()})
    assert f"{MAX_CODES:,} of {MAX_CODES:,} codes were new" in answer.text
    assert total(api) == 2 * MAX_CODES
    assert peak(backend.pid) - before < 4 * SPARE

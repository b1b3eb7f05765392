"""The examples of the API's page run as they stand: in a shell, in Python and in Node, against a
real server, which does for each what the operation promises."""

from __future__ import annotations

import asyncio
import html
import io
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import httpx
import pytest

from tests.backend.wire import arrive
from tests.sdk.node import node
from trk.core.access import ALL
from trk.services.tokens import make_token
from trk.store import invitations, owners
from trk.store.database import Database
from trk.web.api import OPERATIONS
from trk.web.api.examples import Call, curl, javascript, python
from trk_sdk.testkit.process import Backend

CAMPAIGN = "/campaigns/y2sB7"
AWKWARD = {
    "quotes": 'it\'s "quoted" $x `y` \\ €\n',
    "values": [True, False, None, 1.5, {"long": ["word " * 20] * 3}],
    "empty": {},
    "none": [],
}


class Bench:
    """A server with a token, and what an owner does between the examples."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.client = httpx.Client(
            base_url=f"{url}/api/v1", headers={"authorization": f"Bearer {token}"}, trust_env=False
        )

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def nothing(self) -> None:
        """The server is new."""

    def ask(self, method: str, path: str, expected: int = 200, **given: Any) -> Any:
        """The API's answer to a call of the test's own."""
        answer = self.client.request(method, path, **given)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    def people(self) -> None:
        """Three entrants, what they have completed, two languages, and a draw by itself."""
        self.ask("PUT", f"{CAMPAIGN}/draw/plan", json={"kind": "committed"})
        self.ask("PATCH", CAMPAIGN, json={"languages": ["en", "de"]})
        for n, name in enumerate(["Ann", "Bob", "Cem"]):
            with httpx.Client(trust_env=False) as browser:
                arrive(browser, f"{self.url}/y2sB7", f"{n:032x}")
                form = {"name": name, "email": f"{name.lower()}@example.org"}
                entered = browser.post(f"{self.url}/y2sB7/enter", data=form)
                assert entered.status_code == 303
            beacon = {
                "id": f"0193e5b4-6f3a-7c1e-9d2a-{n:012x}",
                "visitor": f"{n:032x}",
                "pairs": [["VIP", "order-17"]],
            }
            assert self.client.post(f"{self.url}/y2sB7/beacon", json=beacon).status_code == 200

    def end(self) -> None:
        """The campaign is over, its list is fixed, and one prize can be won."""
        self.ask("POST", f"{CAMPAIGN}/prizes", 201, json={"title": "Another bike"})
        self.ask("POST", f"{CAMPAIGN}/close")
        while not self.ask("GET", f"{CAMPAIGN}/draw/plan")["fixed"]:
            time.sleep(0.05)

    def reward(self) -> None:
        """Another campaign, which gives away codes."""
        made = {"name": "Codes", "key": "y2sB7", "kind": "reward", "reward_kind": "codes"}
        self.ask("POST", "/campaigns", 201, json=made)


STORY: list[tuple[Callable[[Bench], None], list[str]]] = [
    (
        Bench.nothing,
        [
            *("create_campaign", "list_campaigns", "get_campaign", "get_secret"),
            *("change_campaign", "create_action", "list_actions", "get_action", "change_action"),
            *("move_action", "add_prize", "list_prizes", "change_prize", "put_a_picture"),
            *("list_pictures", "remove_a_picture", "pin_script", "settle_draw", "get_plan"),
            *("create_field", "list_fields", "get_field", "change_field", "move_field"),
            "delete_field",
        ],
    ),
    (
        Bench.people,
        [
            *("show_texts", "change_texts", "report", "list_trackings", "list_unmatched"),
            *("list_refusals", "list_refusal_reasons", "list_completions", "invalidate"),
            *("restore", "invalidate_several", "restore_several", "list_entrants", "block"),
            *("unblock", "allow_browsers", "limit_browsers", "block_several", "unblock_several"),
            *("list_corrections", "export_completions", "export_entrants", "export_trackings"),
            *("show_clusters", "count_days", "create_webhook", "list_webhooks", "get_webhook"),
            *("test_webhook", "list_deliveries", "resend", "change_webhook", "rotate_webhook"),
            *("remove_webhook", "publish", "close_now", "reopen", "remove_prize"),
        ],
    ),
    (
        Bench.end,
        [
            *("make_draw", "get_draw", "tell", "export_winners", "announce_winners"),
            *("redraw_one", "export_draw", "export_person", "erase_person", "copy_campaign"),
            *("delete_action", "delete_campaign"),
        ],
    ),
    (
        Bench.reward,
        [
            *("add_codes", "get_codes", "list_uploads", "list_claims", "list_mails"),
            *("take_back_upload", "list_tokens", "create_token", "revoke_token", "list_owners"),
            *("remove_owner", "list_invitations", "withdraw_invitation", "invite_owner"),
            *("list_audit", "get_document"),
        ],
    ),
]
"""What the owner does, and then the operations in an order in which each can do what it is for."""


def run_curl(codes: list[str], folder: Path) -> list[str]:
    """The status and the body of each answer, after a blank."""
    said, file = [], folder / "answer"
    for code in codes:
        file.write_text("")
        # Behind the example, which stays as it is shown.
        told = ["sh", "-c", f"{code} -s -o {file} -w '%{{http_code}}'"]
        made = subprocess.run(told, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        said.append(f"{made.stdout} {file.read_text()}")
    return said


def run_python(codes: list[str], folder: Path) -> list[str]:
    """The same; in this process, because to start another takes longer than the call."""
    said = []
    for code in codes:
        with redirect_stdout(io.StringIO()) as printed:
            try:
                exec(compile(code, "example.py", "exec"), {})
            except HTTPError as problem:
                with problem:
                    print(problem.status, problem.read().decode())
        said.append(printed.getvalue())
    return said


def run_node(codes: list[str], folder: Path) -> list[str]:
    """The same; all in one process, for the same reason."""
    for n, code in enumerate(codes):
        (folder / f"{n}.mjs").write_text(code)
    every = f"for (let n = 0; n < {len(codes)}; n += 1)"
    (folder / "all.mjs").write_text(every + " { await import(`./${n}.mjs`); console.log('\\0') }")
    made = node("all.mjs", cwd=folder)
    assert made.returncode == 0, made.stderr
    return made.stdout.split("\0\n")[:-1]


RUN = {"curl": run_curl, "python": run_python, "javascript": run_node}


@pytest.fixture(autouse=True)
def _past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


async def prepared(url: str) -> str:
    """A token that may do everything and is not the first; two owners and an invitation."""
    database = Database(url)
    await database.open()
    try:
        await database.write(make_token, "old")
        for n, name in enumerate(["Ann", "Bob"]):
            who = {"name": name, "email": f"{name}@example.com".lower(), "password_hash": "x"}
            await database.write(_owner, who, n == 0)
        await database.write(_invitation)
        return (await database.write(make_token, "examples", scopes=ALL)).token
    finally:
        await database.close()


async def _owner(tx: Any, who: dict[str, str], first: bool) -> None:
    await owners.add(tx, **who, first=first, session_hash=None, now=1)


async def _invitation(tx: Any) -> None:
    far = 4_000_000_000_000
    await invitations.make(tx, "owner", "5f" * 32, far, email="eve@example.com")


def shown(page: str, language: str) -> dict[str, str]:
    """The examples on the page in this language, by their operations."""
    found = {}
    for name, article in re.findall(r'<article class="card" id="(\w+)"(.*?)</article>', page, re.S):
        example = rf'data-example="{language}".*?<code>(.*?)</code>'
        [code, *_] = re.findall(example, article, re.S)
        found[name] = html.unescape(code)
    return found


def test_the_story_has_every_operation_once() -> None:
    told = [name for _, names in STORY for name in names]
    assert sorted(told) == sorted(each.name for each in OPERATIONS)


@pytest.mark.parametrize(
    ("language", "made"), [("curl", curl), ("python", python), ("javascript", javascript)]
)
def test_whatever_a_body_holds_arrives_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, made: Callable[[Call], str]
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    with recording() as (url, received):
        for body in (AWKWARD, 'it\'s\n$HOME `x` "€" \\n', None):
            call = Call("PUT", f"{url}/a%20b?c=it's&d=$e", token=True, body=body)
            assert RUN[language]([made(call)], tmp_path)[0].startswith("200 ")
            [(line, headers, content)] = received
            received.clear()
            assert line.startswith("PUT /a%20b?c=it")
            assert line.endswith("s&d=$e HTTP/1.1")
            assert headers["authorization"] == "Bearer s3cret"
            assert (headers["content-type"] if body is not None else None) == (call.media or None)
            if isinstance(body, str):
                assert content.decode() == body.strip()
            elif body is not None:
                assert json.loads(content) == body


@contextmanager
def recording() -> Iterator[tuple[str, list[tuple[str, Message, bytes]]]]:
    """A server that notes what arrives: the line, the headers, the body."""
    received: list[tuple[str, Message, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            received.append((self.requestline, self.headers, content))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.send_header("connection", "close")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.once
@pytest.mark.parametrize("language", list(RUN))
def test_every_example_does_on_a_real_server_what_it_is_for(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    backend = Backend(tmp_path / "trk", sqlite_url)
    backend.start()
    token = asyncio.run(prepared(sqlite_url))
    monkeypatch.setenv("TOKEN", token)
    statuses = {each.name: each.status for each in OPERATIONS}
    wrong = []
    try:
        with Bench(backend.url, token) as bench:
            codes = shown(httpx.get(f"{backend.url}/api", trust_env=False).text, language)
            for work, names in STORY:
                work(bench)
                said = RUN[language]([codes[name] for name in names], tmp_path)
                wrong += [
                    f"{name}: {answer}"
                    for name, answer in zip(names, said, strict=True)
                    if not answer.startswith(f"{statuses[name]} ")
                ]
    finally:
        backend.close()
    assert wrong == []

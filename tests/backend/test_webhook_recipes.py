"""Who gets webhooks can tell ours from others' with the functions that their owner is shown.

Beside them are the libraries of Standard Webhooks, which must say the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sdk import node
from tests.tools import needed
from trk.clock import now_ms
from trk.core.webhook import Event, headers
from trk_sdk import recipes

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
MINUTE = 60_000

Request = tuple[dict[str, str], str, bool]
"""Its headers, its body, and whether it is ours."""


def requests(now: int) -> dict[str, Request]:
    """Requests that come at `now` (ms), by what is special about them."""
    event = Event("action.completed", "y2sB7", 17, now, {"entrant": {"name": "Zoë 👋"}})
    body = event.body.decode()
    ours = headers(event, event.body, SECRET, now)
    signature = ours["webhook-signature"]

    def sent(instant: int, secret: str = SECRET) -> dict[str, str]:
        return headers(event, event.body, secret, instant)

    return {
        "as it was sent": (ours, body, True),
        "a minute ago": (sent(now - MINUTE), body, True),
        "one of several signatures": (
            {**ours, "webhook-signature": f"v1,AAAA {signature} v2,BBBB"},
            body,
            True,
        ),
        "another body": (ours, f"{body} ", False),
        "another id": ({**ours, "webhook-id": "evt_1"}, body, False),
        "another secret": (sent(now, OTHER), body, False),
        "an hour ago": (sent(now - 60 * MINUTE), body, False),
        "from the future": (sent(now + 60 * MINUTE), body, False),
        "a time that was changed": (
            {**ours, "webhook-timestamp": str(now // 1000 + 1)},
            body,
            False,
        ),
        "a time that is none": ({**ours, "webhook-timestamp": "soon"}, body, False),
        "half a signature": ({**ours, "webhook-signature": signature[:-9]}, body, False),
        "no signature": ({**ours, "webhook-signature": ""}, body, False),
        "no headers": ({}, body, False),
    }


_PYTHON = """
import json, sys
for headers, body in json.load(sys.stdin):
    print(is_genuine(body.encode(), headers))
"""
_PYTHON_LIBRARY = """
import os
from standardwebhooks import Webhook

def is_genuine(body, headers):
    try:
        Webhook(os.environ["WEBHOOK_SECRET"]).verify(body, headers)
    except Exception:
        return False
    return True
"""
_NODE = """
import { readFileSync } from 'node:fs';
for (const [headers, body] of JSON.parse(readFileSync('requests.json')))
  console.log(isGenuine(Buffer.from(body), headers));
"""
_NODE_LIBRARY = """
import {{ createRequire }} from 'node:module';
const {{ Webhook }} = createRequire({tools!r})('standardwebhooks');

function isGenuine(body, headers) {{
  try {{
    new Webhook(process.env.WEBHOOK_SECRET).verify(body, headers);
  }} catch {{
    return false;
  }}
  return true;
}}
"""
_PHP = """
foreach (json_decode(file_get_contents('php://stdin')) as [$headers, $body]) {
    $_SERVER = [];
    foreach ($headers as $name => $value) {
        $_SERVER['HTTP_' . strtoupper(str_replace('-', '_', $name))] = $value;
    }
    echo json_encode(is_genuine($body)), "\\n";
}
"""


def _shown(language: str) -> str:
    [code] = [each.code for each in recipes.verifications() if each.title == language]
    return code


def _run(command: list[str | Path], asked: str) -> list[str]:
    done = subprocess.run(
        command,
        input=asked,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _with_python(code: str, folder: Path, asked: str) -> list[str]:
    (folder / "check.py").write_text(code + "\n" + _PYTHON, encoding="utf-8")
    return _run([sys.executable, folder / "check.py"], asked)


def _with_php(code: str, folder: Path, asked: str) -> list[str]:
    (folder / "check.php").write_text(f"<?php\n{code}\n{_PHP}", encoding="utf-8")
    return _run([needed("php"), folder / "check.php"], asked)


def _with_node(code: str, folder: Path, asked: str) -> list[str]:
    (folder / "requests.json").write_text(asked, encoding="utf-8")
    (folder / "check.mjs").write_text(code + _NODE, encoding="utf-8")
    done = node.node("check.mjs", cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _node_library() -> str:
    return _NODE_LIBRARY.format(tools=str(node.tools() / "of-the-tests.js"))


CHECKS: dict[str, tuple[Callable[[str, Path, str], list[str]], Callable[[], str]]] = {
    "Python": (_with_python, lambda: _shown("Python")),
    "Node": (_with_node, lambda: _shown("Node.js")),
    "PHP": (_with_php, lambda: _shown("PHP")),
    "the library for Python": (_with_python, lambda: _PYTHON_LIBRARY),
    "the library for Node": (_with_node, _node_library),
}


@pytest.mark.parametrize("check", CHECKS)
def test_a_webhook_of_ours_is_told_from_every_forged_one(
    check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    run, code = CHECKS[check]
    came = requests(now_ms())
    asked: list[Any] = [[named, body] for named, body, _ in came.values()]
    found = run(code(), tmp_path, json.dumps(asked))
    genuine = {title for title, said in zip(came, found, strict=True) if said.lower() == "true"}
    assert genuine == {title for title, (_, _, expected) in came.items() if expected}

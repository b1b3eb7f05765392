"""The code that owners paste does what it says: it signs as the server expects, and runs as is."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.core.signature import is_signed, sign
from backend.core.webhook import Event, headers
from sdk import recipes
from tests.sdk import node

SECRET = "s3cret/+="
HOSTILE = "</script><script>'\"\\{{Order ID}} <?php"
PAIRS = [("Purchase", "order-17"), ("Käufe", "10 € 😀"), ("a'b\"c", "${x} #{y} \\n"), ("VIP", "")]


def recipe(title: str) -> str:
    [code] = [each.code for each in recipes.signatures("y2sB7") if each.title == title]
    return code


@pytest.mark.parametrize(("name", "value"), PAIRS)
def test_pythons_signature_is_the_servers(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMPAIGN_SECRET", SECRET)
    file = tmp_path / "sign.py"
    file.write_text(
        f"{recipe('Python')}\n\nprint(signature({name!r}, {value!r}))\n", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, file], capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    assert done.stdout.strip() == sign(SECRET, "y2sB7", name, value)
    assert is_signed(SECRET, "y2sB7", name, value, done.stdout.strip())


@pytest.mark.parametrize(("name", "value"), PAIRS)
def test_nodes_signature_is_the_servers(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMPAIGN_SECRET", SECRET)
    file = tmp_path / "sign.mjs"
    call = f"console.log(signature({json.dumps(name)}, {json.dumps(value)}));"
    file.write_text(f"{recipe('Node.js')}\n{call}\n", encoding="utf-8")
    done = node.node(file, cwd=tmp_path)
    assert done.stdout.strip() == sign(SECRET, "y2sB7", name, value), done.stderr


@pytest.mark.parametrize("title", ["PHP", "Ruby", "Go"])
def test_the_other_signatures_sign_key_name_and_value_with_line_feeds_between(title: str) -> None:
    code = recipe(title)
    assert '"y2sB7\\n' in code
    assert code.count("\\n") == 2
    assert "CAMPAIGN_SECRET" in code


def verification(title: str) -> str:
    [code] = [each.code for each in recipes.verifications() if each.title == title]
    return code


WEBHOOK_SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def delivered(age: int = 0) -> tuple[str, dict[str, str]]:
    """A webhook's request as this server makes it: the body and the headers."""
    now = time.time_ns() // 1_000_000 - age * 1000
    data = {"campaign": {"key": "y2sB7", "name": "Gewinn 😀 \\n '\""}}
    event = Event("webhook.test", "y2sB7", 1, now, data)
    return event.body.decode(), headers(event, event.body, WEBHOOK_SECRET, now)


def requests() -> list[tuple[str, dict[str, str]]]:
    """A genuine one, one with a second signature before its own, and others that are forged."""
    body, given = delivered()
    key = "webhook-signature"
    return [
        (body, given),
        (body, {**given, key: f"v1,AAAA {given[key]}"}),
        (body + " ", given),
        (body, {**given, "webhook-id": "evt_other"}),
        (body, {**given, key: "v1,AAAA"}),
        (body, {**given, key: ""}),
        delivered(age=600),
    ]


GENUINE = [True, True, False, False, False, False, False]


def test_python_knows_a_webhooks_request_from_a_forged_or_an_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", WEBHOOK_SECRET)
    file = tmp_path / "verify.py"
    file.write_text(
        f"{verification('Python')}\n\nimport json\n"
        f"for body, headers in {requests()!r}:\n"
        "    print(json.dumps(is_genuine(body.encode(), headers)))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, file], capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    assert [json.loads(line) for line in done.stdout.split()] == GENUINE


def test_node_knows_a_webhooks_request_from_a_forged_or_an_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", WEBHOOK_SECRET)
    file = tmp_path / "verify.mjs"
    call = f"for (const [body, headers] of {json.dumps(requests())})"
    file.write_text(
        f"{verification('Node.js')}\n{call} console.log(isGenuine(body, headers));\n",
        encoding="utf-8",
    )
    done = node.node(file, cwd=tmp_path)
    assert [json.loads(line) for line in done.stdout.split()] == GENUINE, done.stderr


def test_php_compares_every_signature_in_constant_time_and_looks_at_the_age() -> None:
    code = verification("PHP")
    for part in ("hash_equals($made, $each)", "explode(' '", "< 300", "WEBHOOK_SECRET"):
        assert part in code


@pytest.mark.parametrize("each", recipes.sites("KEY", "HOST", HOSTILE), ids=lambda each: each.title)
def test_a_hostile_name_ends_no_script_and_begins_none(each: recipes.Recipe) -> None:
    assert "\\u003c/script>" in each.code
    assert "</script><script>" not in each.code
    assert each.code.count("<?php") == (3 if each.title.startswith("WordPress") else 0)


def test_a_name_with_braces_is_no_variable_of_tag_manager() -> None:
    [manager, *_] = recipes.sites("KEY", "HOST", HOSTILE)
    assert re.findall(r"\{\{.*?\}\}", manager.code) == ["{{Order ID}}"]
    assert manager.code.index("{{Order ID}}]") > manager.code.index("u007bOrder")


@pytest.mark.parametrize("title", ["Shopify", "React"])
def test_a_recipe_with_a_hostile_name_is_javascript_still(title: str, tmp_path: Path) -> None:
    [code] = [each.code for each in recipes.sites("KEY", "HOST", HOSTILE) if each.title == title]
    file = tmp_path / "recipe.mjs"
    file.write_text(code, encoding="utf-8")
    done = node.node("--check", file, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_page_whose_global_has_another_name_is_told_that_name() -> None:
    codes = [each.code for each in recipes.sites("KEY", "HOST", queue="Track")]
    assert sum("window.Track = window.Track || [];" in code for code in codes) == 3
    assert not any("Gleam" in code for code in codes)

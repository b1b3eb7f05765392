"""The API's page: every operation with its scope, fields, answers and a call that can be copied."""

from __future__ import annotations

import html
import re
import shlex

import pytest
from starlette.applications import Starlette

from tests.backend.conftest import PUBLIC_URL, client_of
from trk.web.api import OPERATIONS


@pytest.fixture
async def page(sqlite_app: Starlette) -> str:
    async with client_of(sqlite_app) as anybody:
        answer = await anybody.get("/api")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    return answer.text


def _article(page: str, name: str) -> str:
    found = re.search(rf'<article class="card" id="{name}".*?</article>', page, re.S)
    assert found is not None, name
    return found[0]


async def test_every_operation_is_on_the_page_with_its_scope(page: str) -> None:
    for each in OPERATIONS:
        article = _article(page, each.name)
        assert f"<b>{each.method}</b> {each.path}</code>" in article
        assert (f"<code>{each.scope}</code>" if each.scope else "No token needed.") in article
        assert f'href="#{each.name}"' in page
    assert page.count("<script") == 1
    assert page.count("<h1>") == 1


async def test_an_operation_tells_its_query_body_items_and_errors(page: str) -> None:
    completions = _article(page, "list_completions")
    for told in ("Query", "<code>search</code>", "Each item of data", "<code>email</code>"):
        assert told in completions
    action = _article(page, "create_action")
    assert '<code>title</code> <span class="needed">required</span>' in action
    assert "another action of the campaign has this tracking name" in action


async def test_every_operation_has_its_examples_and_all_can_be_reached_without_scripts(
    page: str,
) -> None:
    for each in OPERATIONS:
        shown = re.findall(
            r'<details class="example" data-example="(\w+)"( open)?>\s*<summary>(\w+)',
            _article(page, each.name),
        )
        assert shown == [
            ("curl", " open", "curl"),
            ("python", "", "Python"),
            ("javascript", "", "JavaScript"),
        ]
    assert page.count("<input") == page.count("<select") == 1
    assert '<details id="index">' in page


async def test_a_call_can_be_copied_and_reads_as_a_shell_does(page: str) -> None:
    found = re.search(r"<pre[^>]*><code>(.*?)</code>", _article(page, "create_campaign"), re.S)
    assert found is not None
    words = shlex.split(html.unescape(found[1]))
    assert words[:4] == ["curl", "-X", "POST", f"{PUBLIC_URL}/api/v1/campaigns"]
    assert "Authorization: Bearer $TOKEN" in words
    assert words[-2:] == [
        "-d",
        '{"name": "Win a bike", "key": "y2sB7", "timezone": "Europe/Berlin"}',
    ]

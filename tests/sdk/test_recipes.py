"""The code that owners paste into their sites runs as it is, whatever a name has in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sdk import node
from trk_sdk import recipes

HOSTILE = "</script><script>'\"\\{{Order ID}} <?php"


@pytest.mark.parametrize("each", recipes.sites("KEY", "HOST", HOSTILE), ids=lambda each: each.title)
def test_a_hostile_name_ends_no_script_and_begins_none(each: recipes.Recipe) -> None:
    assert "\\u003c/script>" in each.code
    assert "</script><script>" not in each.code
    assert each.code.count("<?php") == (3 if each.title.startswith("WordPress") else 0)


def test_a_name_with_braces_is_no_variable_of_tag_manager() -> None:
    [manager, *_] = recipes.sites("KEY", "HOST", HOSTILE)
    assert re.findall(r"\{\{.*?\}\}", manager.code) == ["{{Order ID}}"]
    assert manager.code.index("{{Order ID}}]") > manager.code.index("u007bOrder")


@pytest.mark.parametrize("title", ["Shopify", "React", "Continue once it is stored"])
def test_a_recipe_with_a_hostile_name_is_javascript_still(title: str, tmp_path: Path) -> None:
    [code] = [each.code for each in recipes.sites("KEY", "HOST", HOSTILE) if each.title == title]
    file = tmp_path / "recipe.mjs"
    file.write_text(code, encoding="utf-8")
    done = node.node("--check", file, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_page_whose_global_has_another_name_is_told_that_name() -> None:
    codes = [each.code for each in recipes.sites("KEY", "HOST", queue="Track")]
    assert sum("window.Track = window.Track || [];" in code for code in codes) == 4
    assert not any("Gleam" in code for code in codes)

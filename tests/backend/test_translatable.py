"""Nothing that entrants see is said past the catalogues: found in the templates and the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from tests.catalogues import TRK
from trk.web.pages import templates

TEMPLATES = TRK / "templates"
PAGES = sorted(path.name for path in TEMPLATES.glob("*.html") if path.name != "api.html")
CODE = sorted([*(TRK / "web" / "campaign").glob("*.py"), TRK / "core" / "timing.py"])
_SAYING = {"_", "gettext", "ngettext", "say", "phrase", "phrases", "forms"}
SDK = TRK.parents[1] / "sdk" / "trk_sdk" / "src"
SCRIPTS = [
    *(
        TRK / "static" / f"{name}.js"
        for name in ("campaign", "countdown", "dates", "frame", "words")
    ),
    *(SDK / f"{name}.js" for name in ("frame", "overlay", "embed")),
]
_TERMS = {"Authorization", "Bearer ", "Escape", "Event", "If-None-Match"}
"""What scripts say to browsers and servers."""
_COUNTING = {"wait", "look", "asked"}
"""What counts requests names them in words for the log."""
_IN_TAGS = {"root", "body"}
"""Blocks of attributes."""
_NAMES = {"Python", "SHA"}
"""Words that are the same in all languages."""
_SEEN = re.compile(r"""\b(?:alt|aria-label|placeholder|title)=(?:"([^"]*)"|'([^']*)')""")


def untranslated(source: str) -> list[str]:
    """The words of a template that are in no sentence of a catalogue."""
    page = "".join(_pieces(templates.env.parse(source)))
    page = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.S)
    attributes = [one or other for one, other in _SEEN.findall(page)]
    text = " ".join([re.sub(r"<[^>]*>", " ", page), *attributes])
    return [word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in _NAMES]


def _pieces(tree: nodes.Node) -> Iterator[str]:
    """The page, with whatever an expression may put there."""
    written = ""
    for node in _written(tree):
        inside = written.rfind("<") > written.rfind(">")
        if isinstance(node, nodes.TemplateData):
            piece = node.data
        else:
            found = [each for each in _literals(node) if not (inside or each.startswith("/"))]
            piece = " ".join(found)
        written += piece
        yield piece


def _written(tree: nodes.Node) -> Iterator[nodes.Node]:
    """What is written, or kept to be written, in the page's order."""
    for child in tree.iter_child_nodes():
        if isinstance(child, nodes.Output):
            yield from child.nodes
        elif isinstance(child, nodes.Block) and child.name in _IN_TAGS:
            yield nodes.TemplateData("<b")
            yield from _written(child)
            yield nodes.TemplateData(">")
        elif isinstance(child, nodes.Assign):
            yield nodes.List([child.node])
        elif isinstance(child, nodes.For):
            if isinstance(child.iter, nodes.List):
                yield child.iter
            yield from _written(child)
        else:
            yield from _written(child)


def _literals(node: nodes.Node) -> Iterator[str]:
    """The literal texts that an expression may come to; a capital or a space tells a word for
    people from a name of ours."""
    match node:
        case nodes.Const(value=str(text)):
            yield text
        case nodes.CondExpr():
            yield from _literals(node.expr1)
            if node.expr2 is not None:
                yield from _literals(node.expr2)
        case nodes.Filter(node=nodes.Node() as inner):
            yield from _literals(inner)
        case nodes.Concat():
            for each in node.nodes:
                yield from _literals(each)
        case nodes.List() | nodes.Tuple():
            for each in node.items:
                yield from (text for text in _literals(each) if re.search("[A-Z ]", text))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_nothing_that_can_not_be_translated(name: str) -> None:
    assert untranslated((TEMPLATES / name).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>{{ _('Enter') }}</p>", []),
        ("<p>Enter</p>", ["Enter"]),
        ("{% if a %}<b>Enter</b>{% endif %}", ["Enter"]),
        ("{% trans name=a %}Hello {{ name }}{% endtrans %}", []),
        ("{{ 'entry' if a == 1 else 'entries' }}", ["entry", "entries"]),
        ("<b class=\"{{ 'open' if a == 'open' }}\"></b>", []),
        ("<input{% if a > 1 %} hidden{% endif %}>", []),
        ('<nav aria-label="Pages"></nav>', ["Pages"]),
        ("{% set a = 'Yes, go on' %}{{ a }}", ["Yes", "go", "on"]),
        ("{% for a, b in [('name', 'Name')] %}{{ b }}{% endfor %}", ["Name"]),
        ("{% macro a() %}Nobody{% endmacro %}", ["Nobody"]),
    ],
)
def test_words_past_the_catalogues_are_found(source: str, words: list[str]) -> None:
    assert untranslated(source) == words


def plain_sentences(source: str) -> list[str]:
    """The sentences in a file's code that no catalogue has."""
    tree = ast.parse(source)
    known = {
        id(each)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _name(call.func) in _SAYING | _COUNTING
        for argument in call.args
        for each in ast.walk(argument)
    }
    known |= {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in known
        and re.search(r"[A-Za-z’]+ [a-z’]+|^[A-Z][a-z]+$", node.value)
        and "private, no-store" not in node.value
    ]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_the_code_of_a_page_says_nothing_that_can_not_be_translated(path: Path) -> None:
    assert plain_sentences(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"""A docstring of some words."""', []),
        ('said = "You are in"', ["You are in"]),
        ('label = "Ended"', ["Ended"]),
        ('said = language.gettext("You are in")', []),
        ('said = f"Hello there, {name}"', ["Hello there, "]),
        ('message(request, 404, "Not here")', ["Not here"]),
    ],
)
def test_a_sentence_past_the_catalogues_is_found_in_code(source: str, found: list[str]) -> None:
    assert plain_sentences(source) == found


def spoken_in(script: str) -> list[str]:
    """The literals of a script that begin like a sentence or a word for people."""
    code = re.sub(r"^\s*(//|/?\*).*$|//.*$", "", script, flags=re.M)
    found = re.findall(r"'([^'\n]*)'", code)
    return [each for each in found if re.match(r" ?[A-Z][a-z]|less ", each) and each not in _TERMS]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_nothing_that_can_not_be_translated(path: Path) -> None:
    assert spoken_in(path.read_text("utf-8")) == []


def test_a_sentence_in_a_script_is_found() -> None:
    script = "// It's Done\nput('news', 'Done: ' + titles + ' You have some.'); get('Escape');"
    assert spoken_in(script) == ["Done: ", " You have some."]

"""An owner's own style sheet: parsed, and refused where it could reach beyond the campaign's page.

Nothing in it may load anything, from anywhere, nor stick to the window over what the page has. What
is served is written anew from what was understood, so that no browser can read something else in
it; and it stands on the campaign's page alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import tinycss2

MOST = 20_000
"""The most characters."""
_DEEPEST = 20
_RULES = frozenset({"media", "supports", "container", "layer", "keyframes", "starting-style"})
"""The at-rules that may be used."""
_LOADING = frozenset(
    {
        *("url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "element"),
        *("-webkit-cross-fade", "-moz-element", "paint", "expression", "attr"),
    }
)
"""Functions that load something, run something, or read what is not theirs."""
_RUNNING = frozenset({"behavior", "-ms-behavior", "-moz-binding", "src"})
_OUT = ("</", "<!")
"""What could end the element in which the style sheet stands."""
_POSITIONS = frozenset({"static", "relative", "absolute"})


class StyleError(ValueError):
    """A style sheet can't be used; the message says where, why, and what was expected."""


def check_style(text: str) -> None:
    """Raise StyleError unless the style sheet can be used."""
    if len(text) > MOST:
        raise StyleError(f"It has {len(text)} characters; expected at most {MOST}.")
    for mark in (*_OUT, "\0"):
        if mark in text:
            line = text[: text.index(mark)].count("\n") + 1
            raise StyleError(f"Line {line} has {mark!r}; expected nothing but CSS.")
    tokens = tinycss2.parse_component_value_list(text, skip_comments=True)
    _check_depth(tokens)
    rules = tinycss2.parse_stylesheet(tokens, skip_comments=True, skip_whitespace=True)
    _check_rules(rules)
    # What was an escape may not be one any more when it is written.
    for mark in _OUT:
        if mark in tinycss2.serialize(rules):
            raise StyleError(f"It has {mark!r}, in an escape; expected nothing but CSS.")


@lru_cache(64)
def written(text: str) -> str:
    """A style sheet that was checked, as it is served."""
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    made = str(tinycss2.serialize(rules))
    # Once more, for what was stored when less was refused.
    for mark in _OUT:
        made = made.replace(mark, rf"\3c {mark[1:]}")
    return made


def _check_depth(tokens: Iterable[Any]) -> None:
    """Nothing may be nested so deeply that going through it, level by level, would fail."""
    waiting = [(token, 1) for token in tokens]
    while waiting:
        token, depth = waiting.pop()
        if depth > _DEEPEST:
            raise _refused(token, f"is nested more than {_DEEPEST} deep", "fewer brackets")
        waiting += [(each, depth + 1) for each in _inside(token)]


def _check_rules(rules: Iterable[Any]) -> None:
    for rule in rules:
        if rule.type == "error":
            raise _refused(rule, f"can’t be read ({rule.message})", "CSS")
        if rule.type == "at-rule":
            _check_at_rule(rule)
        elif rule.type == "qualified-rule":
            _check_values(rule.prelude)
            _check_block(rule.content)


def _check_at_rule(rule: Any) -> None:
    if rule.lower_at_keyword not in _RULES:
        names = ", ".join(f"@{name}" for name in sorted(_RULES))
        raise _refused(rule, f"has @{rule.at_keyword}", names)
    _check_values(rule.prelude)
    if rule.content is None:
        return
    if rule.lower_at_keyword == "keyframes":
        _check_rules(tinycss2.parse_rule_list(rule.content, True, True))
    else:
        _check_block(rule.content)


def _check_block(content: Iterable[Any] | None) -> None:
    """A block of declarations, rules, or both: rules may be nested."""
    for each in tinycss2.parse_blocks_contents(content or (), True, True):
        if each.type == "declaration":
            _check_declaration(each)
        else:
            _check_rules([each])


def _check_declaration(declaration: Any) -> None:
    name = declaration.lower_name
    if name in _RUNNING:
        raise _refused(declaration, f"has the property {name}", "one that loads and runs nothing")
    _check_values(declaration.value)
    if name == "position":
        said = "".join(each.serialize() for each in declaration.value).strip().lower()
        if said not in _POSITIONS:
            raise _refused(declaration, f"has position: {said}", ", ".join(sorted(_POSITIONS)))


def _check_values(values: Iterable[Any] | None) -> None:
    for value in _all(values or ()):
        if value.type == "error":
            raise _refused(value, f"can’t be read ({value.message})", "CSS")
        if value.type == "url" or (value.type == "function" and value.lower_name in _LOADING):
            what = "url" if value.type == "url" else value.name
            raise _refused(value, f"has {what}()", "nothing that is loaded: upload a picture")
        if value.type == "at-keyword":
            raise _refused(value, f"has @{value.value}", "no at-rule here")


def _all(values: Iterable[Any]) -> Iterator[Any]:
    """These values and all that is in them."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        yield value
        waiting += _inside(value)


def _inside(value: Any) -> list[Any]:
    """What is between a value's brackets."""
    return getattr(value, "arguments", None) or getattr(value, "content", None) or []


def _refused(node: Any, has: str, expected: str) -> StyleError:
    return StyleError(f"Line {node.source_line} {has}; expected {expected}.")

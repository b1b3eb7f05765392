"""Minifies a script: a full ES5 parse, shorter local names, jsmin, and checks of the result.

Run as a program, it minifies standard input. The builder runs it that way, so that a parser needed
only once does not stay in a server's memory.
"""

from __future__ import annotations

import sys
from string import ascii_uppercase
from typing import Any

import jsmin
from calmjs.parse import asttypes, es5, rules
from calmjs.parse.exceptions import ECMASyntaxError
from calmjs.parse.handlers.core import token_handler_unobfuscate
from calmjs.parse.handlers.obfuscation import ID_CHARS, NameGenerator, Obfuscator, Scope
from calmjs.parse.lexers.es5 import Lexer
from calmjs.parse.ruletypes import Resolve
from calmjs.parse.unparsers.es5 import Unparser
from calmjs.parse.walkers import Walker

_MANY = 5
_LETTERS = ID_CHARS + "$"  # calmjs.parse leaves one out
_PLAIN = (asttypes.Identifier, asttypes.Array)


class MinifyError(ValueError):
    """The script can't be minified safely; the message says what was found and where."""


def minify(source: str) -> str:
    """The script with short names, and without comments, white space and other needless bytes.

    Properties that end with `_` are the script's own, which nothing else reads: they get short
    names, too.

    Raises MinifyError for back-ticks (jsmin damages template literals), for anything else that is
    not ES5, and if the output is not ES5 or would be changed by a second pass.
    """
    if "`" in source:
        line = source[: source.index("`")].count("\n") + 1
        raise MinifyError(f"line {line} has a back-tick; expected ES5 without them")
    printer = Unparser(rules=[rules.minify(drop_semi=True), _short_names])
    short = "".join(chunk.text for chunk in printer(_shortened(_parsed(source, "the source"))))
    small: str = jsmin.jsmin(short)
    if jsmin.jsmin(small) != small:
        raise MinifyError("a second pass of jsmin changes the output; expected a fixed point")
    _parsed(small, "the output")
    return small


def _parsed(text: str, what: str) -> object:
    try:
        return es5(text)
    except ECMASyntaxError as error:
        raise MinifyError(f"{what} is not ES5: {error}") from error


def _shortened(tree: Any) -> Any:
    """The parsed script with short properties, `!0` for true, and no brackets around a name."""
    short: dict[str, str] = {}
    names = NameGenerator(())
    for node in Walker().walk(tree):
        for attribute, child in vars(node).items():
            bare = [_bare(each) for each in child] if type(child) is list else _bare(child)
            setattr(node, attribute, bare)
        if isinstance(node, asttypes.Boolean):
            node.value = "!0" if node.value == "true" else "!1"
        elif isinstance(node, asttypes.PropIdentifier) and node.value.endswith("_"):
            if node.value not in short:
                short[node.value] = next(names)
            node.value = short[node.value]
    return tree


def _bare(node: Any) -> Any:
    inner = node.expr if isinstance(node, asttypes.GroupingOp) else None
    # `a.b` is plain, but `a().b` is not: behind `new` its brackets mean something.
    first = inner.node if isinstance(inner, asttypes.DotAccessor) else inner
    return inner if isinstance(first, _PLAIN) else node


def _short_names() -> dict[str, Any]:
    """calmjs.parse's rule for short names, but handed out in our order."""
    names = Obfuscator(reserved_keywords=tuple(Lexer.keywords_dict))
    names.global_scope = _Scope(None)
    names.stack = [names.global_scope]
    return {
        "token_handler": token_handler_unobfuscate,
        "deferrable_handlers": {Resolve: names.resolve},
        "prewalk_hooks": [names.prewalk_hook],
    }


class _Scope(Scope):  # type: ignore[misc]  # calmjs.parse has no types
    """Hands out short names in the order of declaration.

    calmjs.parse itself gives the shortest names to what is used most. Since nearly all names have
    one letter, that gains nothing here. In our order the first parameter has the same name in every
    function, and functions that look alike compress better. Little that the outermost function
    declares is used in most others: capitals leave the first small letters to the parameters there.
    """

    def __init__(self, node: object, parent: Scope | None = None) -> None:
        super().__init__(node, parent)
        self._declared: list[str] = []

    def declare(self, symbol: str) -> None:
        super().declare(symbol)
        if symbol not in self._declared:
            self._declared.append(symbol)

    def funcdecl(self, node: object) -> Scope:
        return self.nest(node, _Scope)

    def build_remap_symbols(self, name_generator: Any, children_only: bool = True) -> None:
        if not children_only:
            skipped = self._reserved_symbols | name_generator.skip
            is_outermost = self.parent is not None and self.parent.parent is None
            capital = is_outermost and len(self._declared) < _MANY
            free = NameGenerator(skipped, ascii_uppercase if capital else _LETTERS)
            self.remapped_symbols.update({symbol: next(free) for symbol in self._declared})
        for child in self.children:
            child.build_remap_symbols(name_generator, False)


if __name__ == "__main__":
    try:
        sys.stdout.write(minify(sys.stdin.read()))
    except MinifyError as mistake:
        sys.exit(str(mistake))

"""Makes a script small: a real ES5 parse, local names shortened, jsmin, and checks of the result.

Run as a program it minifies standard input. The builder uses it so: a parser that is needed once
must not stay in the memory of a server.
"""

from __future__ import annotations

import sys
from typing import Any

import jsmin
from calmjs.parse import es5, rules
from calmjs.parse.exceptions import ECMASyntaxError
from calmjs.parse.handlers.core import token_handler_unobfuscate
from calmjs.parse.handlers.obfuscation import Obfuscator, Scope
from calmjs.parse.lexers.es5 import Lexer
from calmjs.parse.ruletypes import Resolve
from calmjs.parse.unparsers.es5 import Unparser


class MinifyError(ValueError):
    """The script can't be made small safely; the message says what was found and where."""


def minify(source: str) -> str:
    """The script with short local names and without comments and white space.

    Raises MinifyError for back-ticks (jsmin damages template literals), for anything else that is
    not ES5, and for an output that is not ES5 or that a second pass would change.
    """
    if "`" in source:
        line = source[: source.index("`")].count("\n") + 1
        raise MinifyError(f"line {line} has a back-tick; expected ES5 without them")
    printer = Unparser(rules=[rules.minify(drop_semi=True), _short_names])
    short = "".join(chunk.text for chunk in printer(_parsed(source, "the source")))
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


def _short_names() -> dict[str, Any]:
    """calmjs.parse's rule for short names, with our order of them."""
    names = Obfuscator(reserved_keywords=tuple(Lexer.keywords_dict))
    names.global_scope = _Scope(None)
    names.stack = [names.global_scope]
    return {
        "token_handler": token_handler_unobfuscate,
        "deferrable_handlers": {Resolve: names.resolve},
        "prewalk_hooks": [names.prewalk_hook],
    }


class _Scope(Scope):  # type: ignore[misc]  # calmjs.parse has no types
    """Gives names in the order of their declaration.

    calmjs.parse itself gives the shortest name to what is used most. With names of one letter
    nothing is gained by that, but functions that look alike compress better: a first parameter has
    the same name everywhere.
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
            free = name_generator(skip=self._reserved_symbols)
            self.remapped_symbols.update({symbol: next(free) for symbol in self._declared})
        for child in self.children:
            child.build_remap_symbols(name_generator, False)


if __name__ == "__main__":
    try:
        sys.stdout.write(minify(sys.stdin.read()))
    except MinifyError as mistake:
        sys.exit(str(mistake))

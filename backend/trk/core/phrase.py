"""Sentences for entrants: in English by themselves, and to be said in another language."""

from __future__ import annotations

from typing import Any


class Phrase(str):
    """A sentence in English that knows what it was made of, so that `Language.say` finds it in the
    catalogue. Everywhere else it is the English text."""

    __slots__ = ("many", "num", "one", "values")
    one: str
    many: str
    num: int | None
    values: dict[str, Any]


def phrase(sentence: str, **values: Any) -> Phrase:
    """`sentence` with its `values` in place of `%(name)s`; a value may be a phrase itself."""
    return _made(sentence, "", None, values)


def phrases(one: str, many: str, num: int, **values: Any) -> Phrase:
    """The same for a number of things, which is `%(num)s` in the sentence."""
    return _made(one, many, num, values)


def _made(one: str, many: str, num: int | None, values: dict[str, Any]) -> Phrase:
    sentence = one if num is None or num == 1 else many
    made = Phrase(sentence % {"num": num, **values})
    made.one, made.many, made.num, made.values = one, many, num, values
    return made

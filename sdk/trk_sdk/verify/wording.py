"""Quotes a page's own text in sentences, so that none of it reaches a terminal raw."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with every character escaped that could control a terminal or turn the text."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )


def quoted(text: str | None, limit: int = 80) -> str:
    """The text in quotation marks, cut to `limit` characters; `no value` for None."""
    if text is None:
        return "no value"
    return f'"{printable(cut(text, limit))}"'


def cut(text: str, limit: int = 200) -> str:
    """The text, or its first `limit` characters and an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def several(number: int, thing: str) -> str:
    """`1 push`, `2 pushes`."""
    plural = f"{thing}es" if thing.endswith("sh") else f"{thing}s"
    return f"{number} {thing if number == 1 else plural}"


def listed(things: list[str]) -> str:
    """These without repetitions, in order: `a, b and c`."""
    unique = list(dict.fromkeys(things))
    return " and ".join([", ".join(unique[:-1]), unique[-1]] if len(unique) > 1 else unique)

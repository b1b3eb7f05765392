"""Answers to an action's question: what an owner's pattern may be, and when an answer matches it.

Patterns are RE2's, which match in time linear in the answer: neither an owner's pattern nor an
entrant's answer can hang the server.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from trk.core.phrase import phrase
from trk.core.rejection import shown

MAX_PATTERN = 500
MAX_ANSWER = 1_000
_MEMORY = 1 << 20
"""Bytes that one compiled pattern may take; repetitions that multiply are stopped by it."""


class PatternError(ValueError):
    """A pattern that can't be used; the message quotes it and says why."""


def check_pattern(pattern: str) -> None:
    """Raise PatternError unless `pattern` can be matched; an empty one accepts every answer."""
    if len(pattern) > MAX_PATTERN:
        raise PatternError(
            f"answer_pattern has {len(pattern)} characters; expected at most {MAX_PATTERN}."
        )
    try:
        _compiled(pattern)
    except (re2.error, UnicodeEncodeError) as mistake:
        why = mistake.args[0]
        why = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(mistake)
        raise PatternError(
            f"answer_pattern is {shown(pattern)} ({why}); expected a regular expression that RE2 "
            "supports: no look-around, no back-references, at most 1000 repetitions in total."
        ) from None


def tidy(answer: str) -> str:
    """`answer` as it is matched and stored: on one line, with single spaces, without NUL."""
    printable = answer.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return " ".join(printable.split())


def mistake_in(answer: str, pattern: str) -> str | None:
    """What is wrong with a tidied answer, in words for the entrant; None if it is accepted.

    The pattern must match the whole answer.
    """
    if not answer:
        return phrase("Enter an answer.")
    if len(answer) > MAX_ANSWER:
        return phrase(
            "The answer has %(length)s characters; use at most %(most)s.",
            length=len(answer),
            most=MAX_ANSWER,
        )
    if pattern and _compiled(pattern).fullmatch(answer) is None:
        return phrase("That’s not the right answer. Check it and try again.")
    return None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.never_capture = True
    return re2.compile(pattern, options)

"""What a new password must not be: short, common, a row of keys, or made of what all can know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

MIN_PASSWORD = 10
MAX_PASSWORD = 1_000
"""In characters; the upper bound only keeps anybody from having a whole page hashed."""

PRODUCT = ("gleam", "trk", "custom action tracking")
"""Names of this product: a password made of them is tried on every server of it."""

_GUESSES = 10**8
"""How many guesses it must withstand, in the order in which passwords are tried."""
_SQUEEZED_GUESSES = 10**6
"""The same without spaces and signs: “p-a-s-s-w-o-r-d” is “password”. Less is asked, since spaces
between words are worth something."""
_LOOKED_AT = 32
"""How many characters are looked at. What begins well needs no more, and to look at a long one that
was made for it would take seconds."""
_OWN_REST = 6
"""How many characters must be left without the words that all can know."""
_ADVICE = "Three or four unrelated words are easy to remember."
_REASONS = {
    "repeat": "Repetitions are easy to guess.",
    "sequence": "Sequences like abc or 123 are easy to guess.",
    "spatial": "Rows of keys are easy to guess.",
    "date": "Dates are easy to guess.",
}
_COMMON = "This is a common password, or close to one."
_WEAK = "This is too easy to guess."


def password_mistake(password: str, known: Collection[str] = ()) -> str | None:
    """What is wrong with a new password, or None; any characters will do.

    `known` is what all can know of its owner: name, e-mail, the server's host.
    """
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters. {_ADVICE}"
    if len(password) > MAX_PASSWORD:
        return f"Use at most {MAX_PASSWORD} characters."
    # To load its lists takes 15 ms and 12 MB, and few processes are ever given a new password.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    plain = unicodedata.normalize("NFKC", password)
    squeezed, own = _squeezed(plain), _words((*known, *PRODUCT))
    rest = squeezed
    for word in own:
        rest = rest.replace(word, "")
    if len(rest) < min(_OWN_REST, len(squeezed)):
        return f"This contains your name, your e-mail or this product’s name. {_ADVICE}"
    for text, enough in ((plain, _GUESSES), (squeezed, _SQUEEZED_GUESSES)):
        # Without letters and digits there is nothing to squeeze.
        found = zxcvbn(text[:_LOOKED_AT], user_inputs=own) if text else None
        if found is not None and found["guesses"] < enough:
            return f"{_reason(found['sequence'])} {_ADVICE}"
    return None


def _reason(parts: Sequence[Mapping[str, Any]]) -> str:
    """Why a password that is put together of these parts is guessed early."""
    for part in parts:
        if part["pattern"] in _REASONS:
            return _REASONS[part["pattern"]]
    common = any(part.get("dictionary_name") in ("passwords", "user_inputs") for part in parts)
    return _COMMON if common else _WEAK


def _squeezed(text: str) -> str:
    """`text` without case, spaces and signs."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _words(known: Iterable[str]) -> list[str]:
    """What a guesser makes of these texts, the longest first: each as a whole, and its parts."""
    found = {_squeezed(each) for each in known}
    found |= {part for each in known for part in re.split(r"[\W_]+", each.casefold())}
    # Two letters stand in every password; so do the parts of what only together is a name.
    common = {"custom", "action", "tracking"}
    return sorted((word for word in found - common if len(word) > 2), key=len, reverse=True)

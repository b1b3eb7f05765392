"""The second factor: codes of an app by time (TOTP, RFC 6238), and recovery codes."""

from __future__ import annotations

import hmac
import re
import unicodedata
from typing import Literal

from pyotp import TOTP

Requirement = Literal["optional", "required"]
"""Whether every owner has to have one: the setting second_factor."""

PROOF_LIFETIME = 15 * 60_000
"""For how long (ms) the password and the code that were given open what asks for them again."""
HALF_SESSION_LIFETIME = 10 * 60_000
"""For how long (ms) the code may come after the password."""

_STEP = 30
"""Seconds for which an app shows a code."""
_DRIFT = 1
"""How many steps a clock may be fast or slow."""

RECOVERY_CODES = 10
RECOVERY_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for each other."""
RECOVERY_LENGTH = 16
"""Of 31 letters: 79 random bits, too many to be guessed even from the stored hash."""


def code_in(typed: str) -> str:
    """A code as it was typed, in the form in which it is compared: capitals and digits alone."""
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", typed[:100]).upper())


def is_of_app(code: str) -> bool:
    """Is it a code of an app, as six digits are, and not a recovery code?"""
    return len(code) == 6 and code.isdigit()


def step_of(secret: str, code: str, now: int, last_step: int) -> int | None:
    """The step of time (by its number) whose code this is at `now` (ms), or None if it is wrong.

    A step that is not after `last_step`, the one that was used last, is over: no code is good
    twice.
    """
    current, otp = now // 1000 // _STEP, TOTP(secret)
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        right = hmac.compare_digest(otp.generate_otp(step).encode(), code.encode())
        if right and step > last_step:
            return step
    return None


def key_uri(secret: str, email: str, host: str) -> str:
    """What an app reads from the QR code; it shows the e-mail and the server's host."""
    return TOTP(secret, name=email, issuer=host).provisioning_uri()


def in_groups(code: str) -> str:
    """A code or a key as it is shown, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))

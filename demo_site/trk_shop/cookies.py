"""What the shop remembers, all of it in the browser: the cart, and signed notes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping

from trk_shop.catalogue import BY_SLUG

MOST = 9
"""The most of one product that a cart may hold."""

Cart = dict[str, int]
"""How many of each product, by its slug."""


def read_cart(cookie: str) -> Cart:
    """The cart in a cookie, without anything that the shop doesn't sell."""
    cart: Cart = {}
    for item in cookie.split("~"):
        slug, _, count = item.partition(".")
        if slug in BY_SLUG and count.isascii() and count.isdigit() and len(count) < 3:
            cart[slug] = min(int(count), MOST)
    return {slug: count for slug, count in cart.items() if count}


def write_cart(cart: Mapping[str, int]) -> str:
    """A cart as a cookie's value."""
    return "~".join(f"{slug}.{count}" for slug, count in cart.items())


def total(cart: Mapping[str, int]) -> int:
    """What a cart costs, in cents."""
    return sum(BY_SLUG[slug].price * count for slug, count in cart.items())


class Seal:
    """Signs notes, so that a browser can carry them but not forge them."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def close(self, note: Mapping[str, str]) -> str:
        """A note as a cookie's value."""
        text = base64.urlsafe_b64encode(json.dumps(note).encode()).decode()
        return f"{text}.{self._signature(text)}"

    def open(self, cookie: str) -> dict[str, str]:
        """The note in a cookie; empty if it was not signed by this seal."""
        text, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(text).encode()):
            return {}
        try:
            note: dict[str, str] = json.loads(base64.urlsafe_b64decode(text))
        except (ValueError, binascii.Error):
            return {}
        return note

    def _signature(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

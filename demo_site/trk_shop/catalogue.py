"""What the shop sells."""

from __future__ import annotations

from typing import NamedTuple


class Product(NamedTuple):
    """One product; `price` is in euro cents, `hue` (degrees) tints its picture's background."""

    slug: str
    name: str
    price: int
    line: str
    text: str
    facts: tuple[str, ...]
    hue: int
    good_for: frozenset[str]
    """The answers in the gift finder for which it is suggested."""


PRODUCTS = (
    Product(
        "brass-bell",
        "Brass bell",
        1800,
        "One clear note, heard a street away.",
        "Turned from solid brass and tuned by ear. It darkens with the years and keeps its note.",
        ("Solid brass", "Clamp for 22 to 26 mm bars", "Mounts in two minutes"),
        42,
        frozenset({"city", "touring", "small"}),
    ),
    Product(
        "front-light",
        "Daylight front light",
        3900,
        "Charges while you ride past noon.",
        "A small solar cell tops it up by day; a full battery lasts nine hours on the low beam.",
        ("70 lux, two beams", "USB-C and solar", "Rain does it no harm"),
        205,
        frozenset({"city", "commute", "middle"}),
    ),
    Product(
        "city-lock",
        "City lock",
        6400,
        "Heavy where it needs to be, and nowhere else.",
        "A hardened 16 mm shackle in a soft sleeve that leaves your frame's paint alone.",
        ("16 mm hardened steel", "Three keys", "1.1 kg with its holder"),
        175,
        frozenset({"city", "commute", "large"}),
    ),
    Product(
        "waxed-pannier",
        "Waxed pannier",
        8900,
        "Twenty litres that shrug off the weather.",
        "Waxed canvas with a rolled top. Goes on and off the rack with one hand.",
        ("20 litres", "Waxed cotton, leather straps", "Fits racks up to 12 mm"),
        82,
        frozenset({"touring", "commute", "large"}),
    ),
    Product(
        "steel-bottle",
        "Steel bottle",
        2400,
        "Stays cold all day. No aftertaste.",
        "Double-walled steel in the width of a bottle cage, so it comes along everywhere.",
        ("0.6 litres", "Stainless steel", "Dishwasher-safe"),
        18,
        frozenset({"touring", "commute", "small"}),
    ),
    Product(
        "city-helmet",
        "City helmet",
        7900,
        "So light you forget you’re wearing it.",
        "Six quiet vents, a magnetic buckle, and a fit that one finger adjusts.",
        ("290 g", "52 to 61 cm", "Magnetic buckle"),
        330,
        frozenset({"city", "commute", "large"}),
    ),
    Product(
        "leather-saddle",
        "Leather saddle",
        9400,
        "Yours after a hundred kilometres.",
        "Thick leather on springs. It takes your shape, and then it never lets you go.",
        ("Vegetable-tanned leather", "Chromed springs", "Comes with a rain cover"),
        28,
        frozenset({"touring", "city", "large"}),
    ),
    Product(
        "willow-basket",
        "Willow basket",
        4800,
        "For bread, flowers, or a very calm dog.",
        "Woven by hand from peeled willow, with leather straps for the handlebar.",
        ("Hand-woven willow", "Carries 5 kg", "Leather straps"),
        130,
        frozenset({"city", "middle"}),
    ),
)

BY_SLUG = {product.slug: product for product in PRODUCTS}


def euros(cents: int) -> str:
    """A price as the shop writes it: `18 €`, `18.50 €`."""
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02} €" if rest else f"{whole} €"


def suggestions(ride: str, budget: str) -> list[Product]:
    """The gift finder's suggestions, best first: what suits both, then what suits the ride."""
    fitting = [product for product in PRODUCTS if ride in product.good_for]
    return sorted(fitting, key=lambda product: budget not in product.good_for)[:3]

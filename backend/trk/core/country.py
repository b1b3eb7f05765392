"""Countries, by their codes of ISO 3166-1, as CLDR names them in each language."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale

_NO_COUNTRIES = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)
"""What CLDR names beside them: parts of countries, unions, and codes for tests. Kosovo has a code
(XK) that ISO leaves to its users, and everybody uses it."""
_BASE = str.maketrans({"ł": "l~", "ø": "o", "ı": "i"})
"""Letters that Unicode does not take apart."""


@cache
def countries() -> frozenset[str]:
    """The codes of all of them."""
    known = map(str, Locale("en").territories)
    return frozenset(c for c in known if re.fullmatch("[A-Z]{2}", c) and c not in _NO_COUNTRIES)


def names(locale: Locale) -> list[tuple[str, str]]:
    """Code and name of every country, in the order of an alphabet without accents."""
    found = [(code, str(locale.territories[code])) for code in countries()]
    return sorted(found, key=lambda each: (_sorted_as(each[1]), each[0]))


def _sorted_as(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(_BASE)

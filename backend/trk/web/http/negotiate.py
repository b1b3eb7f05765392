"""What a request's headers ask for: an encoding, a language, and whether the client's copy is still
good."""

from __future__ import annotations

from collections.abc import Sequence


def encoding(header: str, ours: Sequence[str]) -> str | None:
    """The encoding of `ours` (best first) that `Accept-Encoding: header` prefers.

    None means no encoding. Between equal weights our order decides (RFC 9110, 12.5.3).
    """
    weights = _weights(header)
    rest = weights.get("*", 0.0)
    best, most = None, 0.0
    for name in ours:
        weight = weights.get(name, rest)
        if weight > most:
            best, most = name, weight
    # No encoding only if the client prefers that: `identity` is acceptable by default, but not
    # preferred.
    return None if weights.get("identity", 0.0) > most else best


def language(header: str, ours: Sequence[str]) -> str | None:
    """The language of `ours` that `Accept-Language: header` prefers; None if it names none.

    `de-AT` asks for `de` as well; between equal weights the header's order decides.
    """
    best, most = None, 0.0
    for name, weight in _weights(header).items():
        tag = name.partition("-")[0]
        if tag in ours and weight > most:
            best, most = tag, weight
    return best


def unchanged(if_none_match: str, etag: str) -> bool:
    """Does `If-None-Match: if_none_match` name `etag`? A weak tag is as good as a strong one."""
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in known or etag.removeprefix("W/") in known


def _weights(header: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        name, _, parameters = item.strip().partition(";")
        if name:
            weights[name.strip()] = _weight(parameters)
    return weights


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0

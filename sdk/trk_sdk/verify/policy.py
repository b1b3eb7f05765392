"""Content-Security-Policy: what a page's policy would have to say so that trk.js may run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trk_sdk.verify.observations import Violation
from trk_sdk.verify.wording import cut, quoted

_LONG = 300
"""Characters from which on a directive is not repeated in advice."""

_INLINE = ("inline", "eval", "trusted-types-sink")


def blocks_scripts(violation: Violation) -> bool:
    """Did the policy block a script by its address, or code in the page?"""
    return violation.directive.startswith(("script-src", "require-trusted-types", "default-src"))


def is_inline(violation: Violation) -> bool:
    """Was code of the page itself blocked, which has no address?"""
    return violation.blocked in _INLINE


def allowing(policy: str, address: str) -> str:
    """What to change in `policy` so that scripts of `address` run and may send there."""
    given = _directives(policy)
    changes = [
        change
        for name in ("script-src", "connect-src")
        if (change := _change(given, name, address)) is not None
    ]
    if not changes:
        changes = [f"allow `{address}` in script-src and connect-src"]
    return "In the page's policy " + ", and ".join(changes) + "."


def tag_instead(policy: str, address: str, key: str) -> str:
    """What to do when the policy does not let the inline loader run."""
    return (
        "Install the script by its tag, which a policy can allow by its address: "
        f'`<script async src="{address}/{key}/trk.js"></script>`. {allowing(policy, address)}'
    )


def described(violation: Violation) -> str:
    """The directive that has blocked it, quoted from the policy."""
    given = _directives(violation.policy)
    for name in _fallbacks(violation.directive):
        if name in given:
            return quoted(" ".join((name, *given[name])), 200)
    return quoted(violation.directive)


def _directives(policy: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        words = directive.split()
        if words:
            # The first of a name counts.
            found.setdefault(words[0].lower(), words[1:])
    return found


def _fallbacks(directive: str) -> Iterable[str]:
    """The directives that decide for this one, the first that is there."""
    plain = directive.removesuffix("-elem").removesuffix("-attr")
    return dict.fromkeys((directive, plain, "default-src"))


def _change(given: Mapping[str, list[str]], name: str, address: str) -> str | None:
    names = (f"{name}-elem", name, "default-src") if name == "script-src" else (name, "default-src")
    decides = next((each for each in names if each in given), None)
    if decides is None:
        return None
    sources = given[decides]
    if name == "script-src" and "'strict-dynamic'" in (each.lower() for each in sources):
        return (
            "addresses of scripts do not count since it says `'strict-dynamic'`: give the tracking "
            "script's tag the same nonce as the page's other scripts"
        )
    if address in sources or "*" in sources:
        return None
    kept = " ".join(each for each in sources if each.lower() != "'none'")
    written = " ".join((name if decides == "default-src" else decides, kept, address)).split()
    if len(" ".join(written)) > _LONG:
        return f"add `{address}` to {decides}"
    how = "add" if decides == "default-src" else "write"
    return f"{how} `{cut(' '.join(written), _LONG)}`"

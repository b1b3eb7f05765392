"""Content-Security-Policy: how a page's policy must change so that trk.js may run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trk_sdk.verify.observations import Violation
from trk_sdk.verify.wording import cut, quoted

_LONG = 300
"""A directive with more characters than this is not repeated in advice."""

_INLINE = ("inline", "eval", "trusted-types-sink")


def blocks_scripts(violation: Violation) -> bool:
    """Did the policy block a script, whether by its address or inline?"""
    return violation.directive.startswith(("script-src", "require-trusted-types", "default-src"))


def is_inline(violation: Violation) -> bool:
    """Was inline code of the page blocked, which has no address?"""
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
    """What to do when the policy blocks the inline loader."""
    return (
        "Install the script with its tag, which a policy can allow by address: "
        f'`<script async src="{address}/{key}/trk.js"></script>`. {allowing(policy, address)}'
    )


def described(violation: Violation) -> str:
    """The directive that caused the violation, quoted from the policy."""
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
            # Browsers ignore all but the first directive of a name.
            found.setdefault(words[0].lower(), words[1:])
    return found


def _fallbacks(directive: str) -> Iterable[str]:
    """This directive and its fallbacks; the first one present in the policy applies."""
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
            "script addresses are ignored because it says `'strict-dynamic'`: give the tracking "
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

"""What a Content-Security-Policy would have to say, and a browser's failures in words."""

from __future__ import annotations

import pytest

from trk_sdk.verify.network import trouble
from trk_sdk.verify.observations import Violation
from trk_sdk.verify.policy import allowing, described

HOST = "https://track.example.org"


@pytest.mark.parametrize(
    ("policy", "advice"),
    [
        (
            "script-src 'self'; connect-src 'self'",
            f"In the page's policy write `script-src 'self' {HOST}`, and write "
            f"`connect-src 'self' {HOST}`.",
        ),
        (
            "default-src 'none'",
            f"In the page's policy add `script-src {HOST}`, and add `connect-src {HOST}`.",
        ),
        ("script-src 'self'", f"In the page's policy write `script-src 'self' {HOST}`."),
        (
            "script-src 'none'; script-src-elem 'self'",
            f"In the page's policy write `script-src-elem 'self' {HOST}`.",
        ),
        (
            f"script-src {HOST}; connect-src 'self'",
            f"In the page's policy write `connect-src 'self' {HOST}`.",
        ),
        (
            "Script-Src 'self'; script-src *",
            f"In the page's policy write `script-src 'self' {HOST}`.",
        ),
        (
            "script-src 'nonce-x' 'strict-dynamic'; connect-src *",
            "In the page's policy script addresses are ignored because it says "
            "`'strict-dynamic'`: give the tracking script's tag the same nonce as the page's other "
            "scripts.",
        ),
        (
            f"script-src {' '.join(f'https://cdn{n}.example' for n in range(30))}",
            f"In the page's policy add `{HOST}` to script-src.",
        ),
        ("", f"In the page's policy allow `{HOST}` in script-src and connect-src."),
    ],
)
def test_advice_is_the_page_s_own_directive_with_the_server_added(policy: str, advice: str) -> None:
    assert allowing(policy, HOST) == advice


@pytest.mark.parametrize(
    ("directive", "policy", "quoted"),
    [
        ("script-src-elem", "default-src 'self'; script-src a", '"script-src a"'),
        ("script-src-elem", "default-src 'self'", "\"default-src 'self'\""),
        ("connect-src", "script-src a", '"connect-src"'),
    ],
)
def test_the_directive_that_decides_is_quoted(directive: str, policy: str, quoted: str) -> None:
    assert described(Violation(directive, "x", policy)) == quoted


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("net::ERR_BLOCKED_BY_CLIENT", "ad blocker"),
        ("net::ERR_CONNECTION_REFUSED", "refused"),
        ("NS_ERROR_CONNECTION_REFUSED", "refused"),
        ("net::ERR_NAME_NOT_RESOLVED", "no server with this name"),
        ("NS_ERROR_UNKNOWN_HOST", "no server with this name"),
        ("net::ERR_CERT_AUTHORITY_INVALID", "certificate"),
        ("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", "certificate"),
        ("net::ERR_TIMED_OUT", "in time"),
        ("net::ERR_CONNECTION_RESET", "broke"),
        ("NS_ERROR_NET_RESET", "broke"),
        ("net::ERR_ABORTED", "aborted"),
        ("net::ERR_TOO_MANY_REDIRECTS", "never end"),
        ("NS_ERROR_REDIRECT_LOOP", "never end"),
        ("mixed-content", "mixed content"),
        ("deniedPortAccess", "port"),
        ("net::ERR_SOMETHING_NEW", "'net::ERR_SOMETHING_NEW'"),
        ("", "does not say why"),
    ],
)
def test_a_browser_s_failure_is_told_in_words_with_advice(failure: str, words: str) -> None:
    why, advice = trouble(failure)
    assert words in why
    assert advice.endswith(".")

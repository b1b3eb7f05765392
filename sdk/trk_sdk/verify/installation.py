"""Findings about the tracking script: is it on the page, is it the right one, does it run?"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from trk_sdk.console import Sentence
from trk_sdk.verify import markup, policy
from trk_sdk.verify.finding import PageFinding, good, note, problem
from trk_sdk.verify.network import trouble
from trk_sdk.verify.observations import (
    CampaignAddress,
    Mention,
    Observations,
    Script,
    Violation,
    script_campaign,
)
from trk_sdk.verify.wording import cut, listed, printable, quoted

_JAVASCRIPT = ("javascript", "ecmascript")
_TOLD = (Sentence.UNKNOWN_CAMPAIGN, Sentence.DRAFT, Sentence.NOT_SHOWN)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def findings(
    observed: Observations, key: str, address: str, global_name: str
) -> Iterator[PageFinding]:
    """The findings about the script of campaign `key` from the server at `address`."""
    campaign = CampaignAddress(address, key)
    own = [script for script in observed.scripts if script.campaign.key == key]
    right = [script for script in own if script.campaign == campaign]
    asked = right or own
    if asked:
        yield _installed(observed, min(asked, key=lambda script: script.framed))
        if not right:
            yield _wrong_host(own, campaign)
        for script in asked:
            yield _loaded(observed, script)
    else:
        why = _absent(observed, campaign)
        # With another campaign's script on the page it is the key that is wrong.
        if why.code != "not_installed" or not observed.scripts:
            yield why
    yield from _others(observed, key, bool(asked))
    if observed.variable.error:
        yield note(
            "global_unreadable",
            f"Reading window.{global_name} fails: {quoted(observed.variable.error, 200)}.",
            f"What is pushed then is lost: let the page's scripts leave {global_name} alone.",
        )
    yield from _said(observed, asked, global_name)


def is_told(line: str, observed: Observations) -> bool:
    """Does `findings` report this console line of the script?"""
    sentence = Sentence.of(line)
    if sentence is Sentence.GLOBAL_TAKEN:
        # trk.js also says so when a library breaks it as it takes the global over.
        return observed.variable.window not in ("ours", "array")
    return sentence in _TOLD


def _installed(observed: Observations, script: Script) -> PageFinding:
    kinds = {mention.kind: mention for mention in observed.mentions if _would_run(mention)}
    if script.framed:
        how = "in a frame of it"
    elif tag := kinds.get("tag"):
        how = "as a script tag" if tag.awaits else "as an async tag"
    elif "inline" in kinds:
        how = "by the inline loader"
    else:
        how = "added by another script (as tag managers do)"
    advice = ""
    if not script.framed and tag and tag.awaits:
        advice = "Add the attribute async to the tag, so that the page never waits for the script."
    return good(
        "installed",
        f"The tracking script of campaign {script.campaign.key} is on the page, {how}.",
        advice,
    )


def _wrong_host(scripts: list[Script], campaign: CampaignAddress) -> PageFinding:
    found = listed([printable(cut(script.campaign.address)) for script in scripts])
    return problem(
        "wrong_host",
        f"The page loads the script from {found}; expected {campaign.address}.",
        f"Correct the address on the page, or pass the other one with --host {found}.",
    )


def _loaded(observed: Observations, script: Script) -> PageFinding:
    url = printable(cut(script.url))
    violation = _violation_of(observed, script.url)
    if violation is not None:
        return _policy_blocks(violation, script.campaign, url)
    if script.status is None and _is_mixed(observed, script.url):
        return _mixed(url)
    if script.status is not None and not 200 <= script.status < 400:
        return problem(
            "script_status",
            f"{url} answered {script.status}; expected 200.",
            "This is not the tracking server, or a proxy in front of it doesn't pass on the path: "
            "the tracking server answers 200 even for unknown keys.",
        )
    # What is broken off, as by a page that is left, may have come without its headers.
    told = script.status is not None and (script.type or script.arrived)
    if told and not any(word in script.type for word in _JAVASCRIPT):
        return problem(
            "script_type",
            f"{url} is {quoted(script.type or 'of no type')}; expected text/javascript.",
            "Whatever answers there is not the tracking server: open the address in a browser.",
        )
    if script.failure:
        why, advice = trouble(script.failure)
        return problem("script_blocked", f"{url} was not loaded: {why}.", advice)
    if not script.arrived:
        return problem(
            "script_slow",
            f"{url} had not arrived after {observed.seconds:.0f} s.",
            "Check that the server is up and its network is fast enough; to wait longer, use "
            "--wait.",
        )
    if observed.variable.window != "ours" and not _has_started(observed, script):
        return problem(
            "script_idle",
            f"{url} was loaded but did not start: it has not taken over the page's global.",
            "Check the page's errors below, and check whether the tag has an integrity attribute: "
            "the script can change.",
        )
    return good("loaded", f"{url} was loaded.")


def _has_started(observed: Observations, script: Script) -> bool:
    """Has it said or sent anything? The page may have been left since, or be in a frame."""
    sent = any(send.campaign.key == script.campaign.key for send in observed.sends)
    return sent or bool(observed.lines or observed.replayed or observed.pushed)


def _absent(observed: Observations, campaign: CampaignAddress) -> PageFinding:
    """Why the browser did not request the script at all."""
    for mention in observed.mentions:
        at = script_campaign(mention.url)
        violation = _violation_of(observed, mention.url)
        if mention.kind == "tag" and violation is not None:
            return _policy_blocks(violation, at or campaign, printable(cut(mention.url)))
    inline = [each for each in observed.violations if policy.is_inline(each)]
    for mention in observed.mentions:
        if mention.kind == "inline" and _would_run(mention) and inline:
            return problem(
                "csp_inline",
                "The inline loader is on the page, but the page's Content-Security-Policy does not "
                f"let it run: {policy.described(inline[0])}.",
                policy.tag_instead(inline[0].policy, campaign.address, campaign.key),
            )
    for violation in observed.violations:
        # A script inserted by another one is not in the HTML; the violation has its address.
        at = script_campaign(violation.blocked)
        if at is not None and at.key == campaign.key and policy.blocks_scripts(violation):
            return _policy_blocks(violation, at, printable(cut(violation.blocked)))
    for mention in observed.mentions:
        if mention.kind == "tag" and _would_run(mention) and _is_mixed(observed, mention.url):
            return _mixed(printable(cut(mention.url)))
    return _not_run(observed.mentions, campaign)


def _not_run(mentions: tuple[Mention, ...], campaign: CampaignAddress) -> PageFinding:
    for mention in mentions:
        if mention.kind == "comment":
            return problem(
                "commented_out",
                f"The script of campaign {campaign.key} is in an HTML comment, so it doesn't run.",
                "Move it out of the comment.",
            )
        if not _would_run(mention):
            return problem(
                "held_back",
                f"The tracking script has the type {quoted(mention.type)}, which browsers don't "
                "run: a consent manager changes it once the visitor agrees.",
                "If that is not intended, remove the type. The script itself can wait for consent: "
                "see ask_consent in the campaign's settings.",
            )
        return problem(
            "loader_idle",
            f"The script of campaign {campaign.key} is on the page, but the browser never "
            "requested it.",
            "Check the page's errors below; if you use the inline loader, compare it with "
            f"`trk snippet {campaign.key}`.",
        )
    return problem(
        "not_installed",
        f"The tracking script of campaign {campaign.key} is not on the page: there is no tag, no "
        "inline loader, and no other script added it.",
        f"Add this to the page's head: `<script async src="
        f'"{campaign.address}/{campaign.key}/trk.js"></script>`. If you use a tag manager, check '
        "that the tag is published and fires on this page.",
    )


def _others(observed: Observations, key: str, installed: bool) -> Iterator[PageFinding]:
    keys = [script.campaign.key for script in observed.scripts if script.campaign.key != key]
    if keys and installed:
        yield note("more_keys", f"The page also has the script of {listed(keys)}.")
    elif keys:
        yield problem(
            "other_key",
            f"The page has the script of {listed(keys)}; expected campaign {key}.",
            f"Correct the key on the page, or check that one with --key {keys[0]}.",
        )


def _said(observed: Observations, scripts: list[Script], global_name: str) -> Iterator[PageFinding]:
    """The script's own complaints, apart from the server's refusals."""
    for line in observed.lines:
        sentence = Sentence.of(line) if is_told(line, observed) else None
        if sentence is Sentence.UNKNOWN_CAMPAIGN:
            servers = listed([printable(cut(script.campaign.address)) for script in scripts])
            yield problem(
                "unknown_key",
                f"The server{' ' if servers else ''}{servers} says: {quoted(line.rstrip('.'))}.",
                "Correct the key on the page; `trk campaign list` on the server shows its keys.",
            )
        elif sentence is Sentence.DRAFT:
            yield problem(
                "draft",
                f"The campaign is not published yet: {quoted(line.rstrip('.'), 200)}.",
                "Publish the campaign on its owner's pages.",
            )
        elif sentence is Sentence.GLOBAL_TAKEN:
            yield problem(
                "global_taken",
                f"The page's window.{global_name} is not an array: {quoted(line.rstrip('.'))}.",
                f"Rename the page's own {global_name}, or run the server with another "
                "--global-name.",
            )
        elif sentence is Sentence.NOT_SHOWN:
            yield problem(
                "not_shown",
                f"The page may not show the campaign: {quoted(line.rstrip('.'), 200)}.",
                "Add the page's origin to the campaign's allowed_origins.",
            )


def _policy_blocks(violation: Violation, campaign: CampaignAddress, url: str) -> PageFinding:
    return problem(
        "csp_script",
        f"The page's Content-Security-Policy blocks {url}: {policy.described(violation)}.",
        policy.allowing(violation.policy, campaign.address),
    )


def _mixed(url: str) -> PageFinding:
    return problem(
        "mixed_content",
        f"{url} was blocked: it is an http address on an https page (mixed content).",
        f"Use {url.replace('http:', 'https:', 1)}; the tracking server needs https for that.",
    )


def _violation_of(observed: Observations, url: str) -> Violation | None:
    for violation in observed.violations:
        # After a redirect, the browser only reports the address that it led to.
        if url and violation.blocked == url and policy.blocks_scripts(violation):
            return violation
    return None


def _is_mixed(observed: Observations, url: str) -> bool:
    try:
        page, script = urlsplit(observed.url), urlsplit(url)
    except ValueError:
        return False
    return page.scheme == "https" and script.scheme == "http" and script.hostname not in _LOOPBACK


def _would_run(mention: Mention) -> bool:
    return mention.kind != "comment" and markup.runs(mention.type)

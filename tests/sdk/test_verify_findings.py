"""From what was seen of a page to findings and an exit status, as tables of cases."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from sdk.verify.findings import Verdict, judge, shown
from sdk.verify.seen import Global, Mention, Place, Script, Seen, Send, Violation
from sdk.verify.sentences import Finding

KEY = "y2sB7"
HOST = "https://track.example.org"
URL = f"{HOST}/{KEY}/trk.js"
BEACON = f"{HOST}/{KEY}/beacon"
TAG = Mention("tag", URL)


def script(url: str = URL, **fields: Any) -> Script:
    """A script that was loaded, unless the fields say otherwise."""
    address, key, _ = url.rsplit("/", 2)
    loaded = {"status": 200, "type": "text/javascript; charset=utf-8", "arrived": True}
    return Script(url, Place(address, key), **{**loaded, **fields})


def send(*pairs: list[str | None], status: int | None = 200, **fields: Any) -> Send:
    """A beacon with these pairs; `answer` and what else a Send has are fields."""
    url = fields.pop("url", BEACON)
    answer = fields.pop("answer", {})
    number = fields.pop("number", 0)
    body = {
        "id": f"0193e5b4-6f3a-7c1e-9d2a-{number:012d}",
        "pairs": pairs,
        **fields.pop("body", {}),
    }
    address, key, _ = url.rsplit("/", 2)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return Send(url, Place(address, key), json.dumps(body), status, text, **fields)


def taken(*words: str, **fields: Any) -> dict[str, Any]:
    return {"unlocked": [], "duplicate": False, "pairs": words, "refused": [], **fields}


def error(code: str, message: str = "No.") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def seen(**fields: Any) -> Seen:
    """A page on which the script is installed and runs, unless the fields say otherwise."""
    fine = {"mentions": (TAG,), "scripts": (script(),), "variable": Global("ours"), "seconds": 10.0}
    return Seen(**{"url": "https://shop.example/thanks", **fine, **fields})


def codes(verdict: Verdict, level: str) -> list[str]:
    return [finding.code for finding in verdict.findings if finding.level == level]


def said(verdict: Verdict) -> str:
    return "\n".join(f"{finding.seen} {finding.advice}" for finding in verdict.findings)


VIP = send(["VIP", "gold"], answer=taken("waiting"))


@dataclass(frozen=True)
class Case:
    """What was seen, and what must be said of it: the problems, and words of the sentences."""

    name: str
    seen: Seen
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)


def blocked(directive: str, url: str, policy: str = "default-src 'self'") -> tuple[Violation, ...]:
    return (Violation(directive, url, policy),)


NOT_RUN = {"scripts": (), "variable": Global()}
SILENT = ("nothing_pushed",)

CASES = [
    Case(
        "installed and pushed",
        seen(sends=(VIP,), pushed=('[["VIP","gold"]]',)),
        says=(
            "on the page, as an async tag.",
            '"VIP" with value "gold" was pushed before the script had loaded, sent and '
            "acknowledged: waiting",
        ),
    ),
    Case(
        "pushed after loading",
        seen(sends=(VIP,), pushed=("[]", '{"0":["VIP","gold"],"1":["callback",null]}')),
        says=("was pushed after the script had loaded",),
    ),
    Case(
        "a tag that the page waits for",
        seen(mentions=(Mention("tag", URL, "", awaits=True),), sends=(VIP,)),
        says=("as a script tag.", "the attribute async"),
    ),
    Case("the loader", seen(mentions=(Mention("inline"),), sends=(VIP,)), says=("inline loader",)),
    Case("a tag manager", seen(mentions=(), sends=(VIP,)), says=("by another script",)),
    Case("nothing pushed", seen(), notes=SILENT, says=("Nothing was pushed within 10 s.",)),
    Case(
        "two campaigns",
        seen(scripts=(script(), script(f"{HOST}/other1/trk.js")), sends=(VIP,)),
        notes=("more_keys",),
        says=("other1",),
    ),
    # ---- The script
    Case(
        "not installed",
        seen(mentions=(), **NOT_RUN),
        ("not_installed",),
        SILENT,
        (f'<script async src="{HOST}/{KEY}/trk.js"></script>',),
    ),
    Case(
        "another campaign's",
        seen(mentions=(), scripts=(script(f"{HOST}/other1/trk.js"),)),
        ("other_key",),
        SILENT,
        ("the script of other1; expected campaign y2sB7", "--key other1"),
    ),
    Case(
        "another campaign's, which takes the pushes",
        seen(
            mentions=(),
            scripts=(script(f"{HOST}/other1/trk.js"),),
            sends=(send(["VIP"], url=f"{HOST}/other1/beacon", answer=taken("waiting")),),
            pushed=('[["VIP"]]',),
        ),
        ("other_key",),
    ),
    Case(
        "another server's",
        seen(scripts=(script(f"https://old.example/{KEY}/trk.js"),), sends=(VIP,)),
        ("wrong_host",),
        says=(f"from https://old.example; expected {HOST}",),
    ),
    Case(
        "the same server written in another way",
        seen(sends=(VIP,)),
        given={"address": "https://TRACK.example.org:443"},
    ),
    Case(
        "an unknown key",
        seen(
            variable=Global(),
            lines=("there is no campaign with the key 'y2sB7'; nothing is tracked.",),
        ),
        ("unknown_key",),
        SILENT,
        ("trk campaign list",),
    ),
    Case(
        "blocked by the policy, with a request",
        seen(
            scripts=(script(status=None, type="", failure="csp", arrived=False),),
            violations=blocked("script-src-elem", URL),
            variable=Global(),
        ),
        ("csp_script",),
        SILENT,
        (
            f"blocks {URL}: \"default-src 'self'\".",
            f"`script-src 'self' {HOST}`",
            f"`connect-src 'self' {HOST}`",
        ),
    ),
    Case(
        "blocked by the policy, without a request",
        seen(violations=blocked("script-src-elem", URL), **NOT_RUN),
        ("csp_script",),
        SILENT,
    ),
    Case(
        "put in by another script and blocked by the policy",
        seen(mentions=(), violations=blocked("script-src-elem", URL), **NOT_RUN),
        ("csp_script",),
        SILENT,
    ),
    Case(
        "the loader blocked by the policy",
        seen(
            mentions=(Mention("inline"),),
            violations=blocked("script-src-elem", "inline", "script-src 'self'"),
            **NOT_RUN,
        ),
        ("csp_inline",),
        SILENT,
        ("does not let it run", f'<script async src="{URL}"></script>'),
    ),
    Case(
        "other inline code blocked by the policy",
        seen(violations=blocked("script-src-elem", "inline"), sends=(VIP,)),
    ),
    Case(
        "mixed content",
        seen(mentions=(Mention("tag", "http://track.example.org/y2sB7/trk.js"),), **NOT_RUN),
        ("mixed_content",),
        SILENT,
        (f"Write {URL}",),
    ),
    Case(
        "mixed content, with a request",
        seen(
            scripts=(
                script(
                    "http://track.example.org/y2sB7/trk.js",
                    status=None,
                    failure="mixed-content",
                    arrived=False,
                ),
            ),
            variable=Global(),
        ),
        ("mixed_content",),
        SILENT,
        given={"address": "http://track.example.org"},
    ),
    Case("404", seen(scripts=(script(status=404),), variable=Global()), ("script_status",), SILENT),
    Case(
        "a page instead of the script",
        seen(scripts=(script(type="text/html"),), variable=Global()),
        ("script_type",),
        SILENT,
        ('is "text/html"; expected text/javascript',),
    ),
    Case(
        "an ad blocker",
        seen(
            scripts=(
                script(status=None, failure="net::ERR_BLOCKED_BY_CLIENT.Inspector", arrived=False),
            ),
            variable=Global(),
        ),
        ("script_blocked",),
        SILENT,
        ("ad blocker", "your own domain"),
    ),
    Case(
        "no server",
        seen(
            scripts=(script(status=None, failure="NS_ERROR_CONNECTION_REFUSED", arrived=False),),
            variable=Global(),
        ),
        ("script_blocked",),
        SILENT,
        ("the connection was refused",),
    ),
    Case(
        "a slow server",
        seen(scripts=(script(status=None, type="", arrived=False),), variable=Global()),
        ("script_slow",),
        SILENT,
        ("had not arrived after 10 s",),
    ),
    Case("loaded in vain", seen(variable=Global("array")), ("script_idle",), SILENT),
    Case(
        "in a comment", seen(mentions=(Mention("comment"),), **NOT_RUN), ("commented_out",), SILENT
    ),
    Case(
        "held back by a consent manager",
        seen(mentions=(Mention("tag", URL, "text/plain"),), **NOT_RUN),
        ("held_back",),
        SILENT,
        ('the type "text/plain"',),
    ),
    Case("never asked for", seen(**NOT_RUN), ("loader_idle",), SILENT),
    Case(
        "another software's global",
        seen(
            variable=Global("other"),
            lines=("window.Gleam is something else, nothing is tracked",),
        ),
        ("global_taken",),
        SILENT,
    ),
    # ---- Pushes
    Case("done already", seen(sends=(send(["VIP"], answer=taken("repeated")),))),
    Case(
        "no such action",
        seen(sends=(send(["vpi"], answer=taken("unmatched")),)),
        notes=("unmatched",),
    ),
    Case(
        "a duplicate",
        seen(sends=(send(["VIP"], answer=taken("waiting", duplicate=True)),)),
        says=("had been stored before (a duplicate)",),
    ),
    Case(
        "a pair refused beside others",
        seen(
            sends=(
                send(
                    ["a"],
                    ["b", "1"],
                    ["c"],
                    answer=taken(
                        "waiting",
                        "refused",
                        "waiting",
                        refused=[{"code": "bad_signature", "message": "The signature is wrong."}],
                    ),
                ),
            ),
            lines=("The signature is wrong.",),
        ),
        ("bad_signature",),
        says=('"b" with value "1" was pushed, sent and refused: The signature is wrong.',),
    ),
    Case(
        "a token refused beside a pair",
        seen(
            sends=(
                send(
                    ["b"],
                    body={"xref": "t"},
                    answer=taken(
                        "refused",
                        refused=[
                            {"code": "xref_used", "message": "The token was used."},
                            {"code": "unsigned", "message": "It is not signed."},
                        ],
                    ),
                ),
            ),
            lines=("The token was used.", "It is not signed."),
        ),
        ("unsigned", "xref_used"),
        says=('"b" was pushed, sent and refused: It is not signed.',),
    ),
    Case(
        "a closed campaign",
        seen(
            sends=(send(["VIP"], status=403, answer=error("campaign_closed", "It is closed.")),),
            lines=("It is closed.",),
        ),
        ("campaign_closed",),
        says=("refused: It is closed.",),
    ),
    Case(
        "sent again with success",
        seen(sends=(send(["VIP"], status=503, answer=error("busy")), VIP)),
    ),
    Case(
        "sent again without success",
        seen(sends=(send(["VIP"], status=0), send(["VIP"], status=503, answer=error("busy")))),
        ("unanswered", "busy"),
        says=("tries again",),
    ),
    Case(
        "a captive portal",
        seen(sends=(send(["VIP"], answer="<h1>Welcome</h1>"),)),
        ("unanswered", "beacon_status"),
        says=('answered 200 with what is not the tracking server\'s: "<h1>Welcome</h1>"',),
    ),
    Case(
        "beacons blocked by the policy",
        seen(sends=(send(["VIP"], status=0),), violations=blocked("connect-src", BEACON)),
        ("unanswered", "csp_beacon"),
        says=(f"`connect-src 'self' {HOST}`",),
    ),
    Case(
        "beacons blocked by an ad blocker",
        seen(sends=(send(["VIP"], status=0),), failures=((BEACON, "net::ERR_BLOCKED_BY_CLIENT"),)),
        ("unanswered", "beacon_blocked"),
        says=("ad blocker",),
    ),
    Case(
        "a server that says nothing",
        seen(sends=(send(["VIP"], status=None),)),
        ("unanswered", "beacon_slow"),
    ),
    Case(
        "sent while the page was left",
        seen(sends=(send(["VIP"], status=None, parting=True),)),
        ("unanswered",),
        ("parting",),
    ),
    Case(
        "a server that knows itself by another name",
        seen(
            sends=(
                send(["VIP"], url=f"http://localhost:8000/{KEY}/beacon", answer=taken("waiting")),
            )
        ),
        ("beacons_elsewhere",),
        says=(f"--public-url {HOST}",),
    ),
    Case(
        "held until consent",
        seen(pushed=('[["VIP","gold"]]', '{"0":"Signup"}')),
        ("unsent", "unsent"),
        says=("['consent', true]", '"Signup" was pushed after the script had loaded, and not sent'),
    ),
    Case(
        "another campaign's beacons",
        seen(sends=(VIP, send(["x"], url=f"{HOST}/other1/beacon", answer=error("bad_beacon")))),
    ),
    Case(
        "a push that trk.js can't read",
        seen(sends=(VIP,), lines=("expected [name, value], not 5",)),
        ("complaint",),
        says=("expected [name, value], not 5",),
    ),
    # ---- Arrays that nobody reads
    Case(
        "waiting for a script that is missing",
        seen(
            mentions=(),
            **{**NOT_RUN, "variable": Global("array", ('["VIP","gold"]', '[["a"],["b","1"]]'))},
        ),
        ("not_installed", "unread", "unread", "unread"),
        says=('"b" with value "1" was pushed and never read.',),
    ),
    Case(
        "an array of the page's own",
        seen(variable=Global("ours", (), ('["VIP"]',))),
        ("unread", "array_apart"),
        says=("`window.Gleam = window.Gleam || [];`",),
    ),
    Case(
        "an array of the page's own, and no script",
        seen(mentions=(), **{**NOT_RUN, "variable": Global("absent", (), ('["VIP"]',))}),
        ("not_installed", "unread"),
        ("array_apart",),
    ),
    Case(
        "an array in a module",
        seen(hidden=("https://shop.example/m.js",)),
        notes=("array_hidden", *SILENT),
        says=("A likely mistake: https://shop.example/m.js",),
    ),
    Case("an array in a module that does no harm", seen(hidden=("x",), sends=(VIP,))),
    # ---- What was expected
    Case("expected", seen(sends=(VIP,)), given={"expected": ("vip", "VIP")}),
    Case(
        "expected and missed",
        seen(sends=(VIP,)),
        ("expected",),
        says=('"Signup" was expected: it was not pushed; what was pushed: "VIP".',),
        given={"expected": ("VIP", "Signup")},
    ),
    Case(
        "expected, and no action has the name",
        seen(sends=(send(["vpi"], answer=taken("unmatched")),)),
        ("expected",),
        ("unmatched",),
        ("Add an action with this tracking name",),
        given={"expected": ("vpi",)},
    ),
    Case(
        "expected, and nothing was pushed",
        seen(),
        ("expected",),
        SILENT,
        given={"expected": ("VIP",)},
    ),
    # ---- The page's errors
    Case(
        "an error of the page",
        seen(sends=(VIP,), errors=("x is not defined",)),
        notes=("page_error",),
    ),
    Case(
        "an error of the trigger",
        seen(errors=("Gleam is not defined",)),
        ("trigger_error",),
        SILENT,
        ("before Gleam.push",),
    ),
    Case(
        "many errors",
        seen(sends=(VIP,), errors=tuple(f"error {n}" for n in range(9))),
        notes=("page_error",) * 6,
        says=("4 more errors",),
    ),
    Case(
        "a policy's message in Firefox",
        seen(sends=(VIP,), errors=("The page’s settings blocked an inline script",)),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_finding_says_what_was_seen_and_problems_decide_the_status(case: Case) -> None:
    verdict = judge(case.seen, KEY, **{"address": HOST, **case.given})
    assert codes(verdict, "problem") == list(case.problems)
    assert codes(verdict, "note") == list(case.notes)
    for words in case.says:
        assert words in said(verdict)
    assert verdict.status == (1 if case.problems else 0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_but_a_consequence_says_what_to_do(case: Case) -> None:
    verdict = judge(case.seen, KEY, **{"address": HOST, **case.given})
    silent = [f.code for f in verdict.findings if f.level == "problem" and not f.advice]
    assert set(silent) <= {"unanswered"}
    assert all(finding.seen.endswith(".") for finding in verdict.findings)


def test_the_global_s_own_name_is_in_the_advice() -> None:
    verdict = judge(seen(errors=("Prize is not defined",)), KEY, HOST, global_name="Prize")
    assert "window.Prize = window.Prize || []" in said(verdict)


def test_nothing_of_a_page_reaches_the_terminal_raw() -> None:
    nasty = "\x1b]0;owned\x07\x9b31m\u202e\u2028\ud800\r\n\t"
    page = seen(
        url=f"https://shop.example/{nasty}",
        mentions=(Mention("tag", f"http://h/{nasty}/trk.js", nasty),),
        sends=(
            send(
                [nasty, nasty], answer=taken("refused", refused=[{"message": nasty, "code": "x"}])
            ),
            send([nasty], status=500, answer=nasty, number=1),
            send([nasty], status=0, number=2, url=f"{HOST}/{KEY}/beacon"),
        ),
        failures=((BEACON, nasty),),
        violations=blocked(nasty, BEACON, f"connect-src {nasty}"),
        lines=(nasty, f"there is no campaign with the key {nasty}", f"{nasty} is something else"),
        errors=(nasty, f"Gleam {nasty}"),
        hidden=(nasty,),
        variable=Global("array", (json.dumps([nasty]),), (json.dumps([nasty]),)),
    )
    verdict = judge(page, KEY, HOST, [nasty])
    assert len(verdict.findings) > 10
    for finding in verdict.findings:
        lines = shown(finding).split("\n")
        assert len(lines) <= 2
        assert all(line.isprintable() for line in lines)


def test_a_finding_is_shown_with_its_level_in_front_and_its_advice_below() -> None:
    assert shown(Finding("problem", "x", "It rains.", "Take an umbrella.")) == (
        "problem  It rains.\n         Take an umbrella."
    )
    assert shown(Finding("good", "x", "Sun.")) == "ok       Sun."

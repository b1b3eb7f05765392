"""Pages that push: what became of it, and of arrays that nobody reads."""

from __future__ import annotations

from tests.sdk.judged.case import (
    BEACON,
    HOST,
    KEY,
    NOT_RUN,
    SILENT,
    VIP,
    Case,
    blocked,
    error,
    observed,
    send,
    taken,
)
from trk_sdk.verify.observations import Global

CASES = [
    # ---- Pushes
    Case("done already", observed(sends=(send(["VIP"], answer=taken("repeated")),))),
    Case(
        "no such action",
        observed(sends=(send(["vpi"], answer=taken("unmatched")),)),
        notes=("unmatched",),
    ),
    Case(
        "a duplicate",
        observed(sends=(send(["VIP"], answer=taken("waiting", duplicate=True)),)),
        says=("had been stored before (a duplicate)",),
    ),
    Case(
        "a pair refused beside others",
        observed(
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
        observed(
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
        observed(
            sends=(send(["VIP"], status=403, answer=error("campaign_closed", "It is closed.")),),
            lines=("It is closed.",),
        ),
        ("campaign_closed",),
        says=("refused: It is closed.",),
    ),
    Case(
        "sent again with success",
        observed(sends=(send(["VIP"], status=503, answer=error("busy")), VIP)),
    ),
    Case(
        "sent again without success",
        observed(sends=(send(["VIP"], status=0), send(["VIP"], status=503, answer=error("busy")))),
        ("unanswered", "busy"),
        says=("tries again",),
    ),
    Case(
        "a captive portal",
        observed(sends=(send(["VIP"], answer="<h1>Welcome</h1>"),)),
        ("unanswered", "beacon_status"),
        says=('answered 200, but not from the tracking server: "<h1>Welcome</h1>"',),
    ),
    Case(
        "beacons blocked by the policy",
        observed(sends=(send(["VIP"], status=0),), violations=blocked("connect-src", BEACON)),
        ("unanswered", "csp_beacon"),
        says=(f"`connect-src 'self' {HOST}`",),
    ),
    Case(
        "beacons blocked by an ad blocker",
        observed(
            sends=(send(["VIP"], status=0),), failures=((BEACON, "net::ERR_BLOCKED_BY_CLIENT"),)
        ),
        ("unanswered", "beacon_blocked"),
        says=("ad blocker",),
    ),
    Case(
        "a server that says nothing",
        observed(sends=(send(["VIP"], status=None),)),
        ("unanswered", "beacon_slow"),
    ),
    Case(
        "sent while the page was left",
        observed(sends=(send(["VIP"], status=None, parting=True),)),
        ("unanswered",),
        ("parting",),
    ),
    Case(
        "a server that knows itself by another name",
        observed(
            sends=(
                send(["VIP"], url=f"http://localhost:8000/{KEY}/beacon", answer=taken("waiting")),
            )
        ),
        ("beacons_elsewhere",),
        says=(f"--public-url {HOST}",),
    ),
    Case(
        "held until consent",
        observed(replayed=('[["VIP","gold"]]',), pushed=('["Signup"]',)),
        ("unsent", "unsent"),
        says=("['consent', true]", '"Signup" was pushed after the script had loaded, and not sent'),
    ),
    Case(
        "refused by the page itself",
        observed(replayed=('[["VIP","gold"]]', '[["consent",false]]')),
        ("unsent",),
        says=("The page called Gleam.push(['consent', false])", "even if consent is given later"),
    ),
    Case(
        "a name and a value, which are no refusal",
        observed(pushed=('["consent",false]', '[["consent",0]]', "5")),
        ("unsent", "unsent"),
        says=("['consent', true]",),
    ),
    Case(
        "refused in a list, and given too late",
        observed(
            pushed=('[[["VIP","gold"],["consent",false]]]', '[["consent",true]]'),
        ),
        ("unsent",),
        says=("even if consent is given later",),
    ),
    Case(
        "stopped by a library of the page",
        observed(
            replayed=('[["VIP","gold"]]',),
            lines=(
                "TypeError: self.apply is not a function\n"
                "    at Function.bind (https://shop.example/mootools.js:12:3)\n"
                f"    at {HOST}/{KEY}/trk.js:1:900",
            ),
        ),
        ("unsent", "script_failed"),
        says=(
            "See the findings about trk.js below first.",
            "trk.js says at https://shop.example/mootools.js:12: "
            '"TypeError: self.apply is not a function".',
            "a library on the page has replaced something",
        ),
    ),
    Case(
        "stopped by a library while it takes the global over",
        observed(replayed=('[["VIP","gold"]]',), lines=("window.Gleam is taken",)),
        ("unsent", "script_failed"),
    ),
    Case(
        "not sent, beside a push that trk.js can't read",
        observed(
            replayed=('[["VIP","gold"]]',),
            pushed=("[5]",),
            lines=("expected [name, value], not 5",),
        ),
        ("unsent", "complaint"),
        says=("See the findings about trk.js below first.",),
    ),
    Case(
        "what the server notes",
        observed(
            sends=(send(["vpi"], answer=taken("unmatched", notes=["No action has vpi."])),),
            lines=("No action has vpi.",),
        ),
        notes=("unmatched",),
    ),
    Case(
        "another campaign's beacons",
        observed(sends=(VIP, send(["x"], url=f"{HOST}/other1/beacon", answer=error("bad_beacon")))),
    ),
    Case(
        "a push that trk.js can't read",
        observed(sends=(VIP,), lines=("expected [name, value], not 5",)),
        ("complaint",),
        says=("expected [name, value], not 5",),
    ),
    # ---- Arrays that nobody reads
    Case(
        "waiting for a script that is missing",
        observed(
            mentions=(),
            **{**NOT_RUN, "variable": Global("array", ('["VIP","gold"]', '[["a"],["b","1"]]'))},
        ),
        ("not_installed", "unread", "unread", "unread"),
        says=('"b" with value "1" was pushed but never read.',),
    ),
    Case(
        "an array of the page's own",
        observed(variable=Global("ours", (), ('["VIP"]',))),
        ("unread", "array_apart"),
        says=("`window.Gleam = window.Gleam || [];`",),
    ),
    Case(
        "sent by a page's own fetch, which sends nothing",
        observed(replayed=('[["VIP"]]',), tried=True),
        ("unsent",),
        says=("its fetch and XMLHttpRequest are not the browser's",),
    ),
    Case(
        "an array in the script's place",
        observed(variable=Global("array", ('["VIP"]',)), replayed=("[]",)),
        ("unread",),
        says=("The page gave window.Gleam a new value after",),
    ),
    Case(
        "an array that was filled in another way",
        observed(variable=Global("ours", ('["VIP"]',)), replayed=("[]",)),
        ("unread",),
        says=("It is in an array of the page's own",),
    ),
    Case(
        "an array of the page's own, and no script",
        observed(mentions=(), **{**NOT_RUN, "variable": Global("absent", (), ('["VIP"]',))}),
        ("not_installed", "unread"),
        ("array_apart",),
    ),
    Case(
        "an array in a module",
        observed(hidden=("https://shop.example/m.js",)),
        notes=("array_hidden", *SILENT),
        says=("Probably a mistake: https://shop.example/m.js",),
    ),
    Case("an array in a module that does no harm", observed(hidden=("x",), sends=(VIP,))),
]

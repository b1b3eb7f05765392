"""Pages that lack an expected name, and pages with errors of their own."""

from __future__ import annotations

from tests.sdk.judged.case import SILENT, URL, VIP, Case, observed, send, taken, uncaught
from trk_sdk.verify.observations import Global

CASES = [
    # ---- What was expected
    Case("expected", observed(sends=(VIP,)), given={"expected": ("vip", "VIP")}),
    Case(
        "expected and missed",
        observed(sends=(VIP,)),
        ("expected",),
        says=('"Signup" was expected: it was not pushed; what was pushed: "VIP".',),
        given={"expected": ("VIP", "Signup")},
    ),
    Case(
        "expected, and no action has the name",
        observed(sends=(send(["vpi"], answer=taken("unmatched")),)),
        ("expected",),
        ("unmatched",),
        ("Add an action with this tracking name",),
        given={"expected": ("vpi",)},
    ),
    Case(
        "expected, and nothing was pushed",
        observed(),
        ("expected",),
        SILENT,
        given={"expected": ("VIP",)},
    ),
    # ---- The page's errors
    Case(
        "an error of the page",
        observed(sends=(VIP,), errors=(uncaught("x is not defined", "https://shop.example/a.js"),)),
        notes=("page_error",),
        says=('The page has an error at https://shop.example/a.js:7: "x is not defined".',),
    ),
    Case(
        "an error of the page, where nothing was pushed",
        observed(errors=(uncaught("SyntaxError: Unexpected end", "https://shop.example/thanks"),)),
        ("page_error",),
        SILENT,
        (
            'The page has an error at https://shop.example/thanks:7: "SyntaxError: Unexpected end"',
            "nothing was pushed",
        ),
    ),
    Case(
        "an error that the browser puts nowhere, where nothing was pushed",
        observed(errors=(uncaught("no"),)),
        ("page_error",),
        SILENT,
    ),
    Case(
        "an error in another site's script, where nothing was pushed",
        observed(errors=(uncaught("no", "https://chat.example/a.js"),)),
        notes=(*SILENT, "page_error"),
    ),
    Case(
        "an error in another site's script that the page has called",
        observed(
            errors=(uncaught("no", "https://chat.example/a.js", "https://shop.example/thanks"),)
        ),
        ("page_error",),
        SILENT,
    ),
    Case(
        "an error in a script of another host that names the global",
        observed(
            errors=(uncaught("no", "https://cdn.example/shop.js"),),
            pushing=("https://cdn.example/shop.js",),
        ),
        ("page_error",),
        SILENT,
    ),
    Case(
        "an error of the page behind many of others",
        observed(
            errors=(
                *(uncaught(f"error {n}", "https://chat.example/a.js") for n in range(9)),
                uncaught("mine", "https://shop.example/a.js"),
            )
        ),
        ("page_error",),
        (*SILENT, *("page_error",) * 5),
        ("mine", "5 more errors"),
    ),
    Case(
        "an error that trk.js tells of itself, though everything arrived",
        observed(sends=(VIP,), lines=(f"TypeError: no\nsay@{URL}:1:99",)),
        (),
        ("script_failed",),
        (f'trk.js says at {URL}:1: "TypeError: no".', "everything pushed arrived"),
    ),
    Case(
        "an error that trk.js tells of itself, and a push that was lost",
        observed(pushed=('["VIP"]',), lines=(f"TypeError: no\nsay@{URL}:1:99",)),
        ("unsent", "script_failed"),
    ),
    Case(
        "an error that trk.js tells of a library, though everything arrived",
        observed(
            sends=(VIP,),
            lines=(f"TypeError: no\nslice@https://shop.example/l.js:1:9\nsay@{URL}:1:99",),
        ),
        ("script_failed",),
        (),
        ("trk.js says at https://shop.example/l.js:1",),
    ),
    Case(
        "more complaints than anybody reads",
        observed(sends=(VIP,), lines=tuple(f"error {n}" for n in range(9))),
        ("script_failed",) * 5,
        ("script_failed",),
        ("trk.js says 4 more things.",),
    ),
    Case(
        "a global that can't be read any more",
        observed(sends=(VIP,), variable=Global("other", error="Error: not now")),
        (),
        ("global_unreadable",),
        ('Reading window.Gleam fails: "Error: not now".',),
    ),
    Case(
        "an error of the tracking script itself",
        observed(errors=(uncaught("no", "https://shop.example/library.js", URL),)),
        ("script_failed",),
        SILENT,
        ('The tracking script has an error at https://shop.example/library.js:7: "no".',),
    ),
    Case(
        "an error of the trigger",
        observed(errors=(uncaught("Gleam is not defined"),)),
        ("trigger_error",),
        SILENT,
        ("before Gleam.push",),
    ),
    Case(
        "many errors",
        observed(sends=(VIP,), errors=tuple(uncaught(f"error {n}") for n in range(9))),
        notes=("page_error",) * 6,
        says=("4 more errors",),
    ),
    Case(
        "a policy's message in Firefox",
        observed(sends=(VIP,), errors=(uncaught("The page’s settings blocked an inline script"),)),
    ),
]

"""Pages that lack an expected name, and pages with errors of their own."""

from __future__ import annotations

from tests.sdk.judged.case import SILENT, VIP, Case, observed, send, taken

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
        observed(sends=(VIP,), errors=("x is not defined",)),
        notes=("page_error",),
    ),
    Case(
        "an error of the trigger",
        observed(errors=("Gleam is not defined",)),
        ("trigger_error",),
        SILENT,
        ("before Gleam.push",),
    ),
    Case(
        "many errors",
        observed(sends=(VIP,), errors=tuple(f"error {n}" for n in range(9))),
        notes=("page_error",) * 6,
        says=("4 more errors",),
    ),
    Case(
        "a policy's message in Firefox",
        observed(sends=(VIP,), errors=("The page’s settings blocked an inline script",)),
    ),
]

"""Pages on which the script is there, or is not: why, and what to do."""

from __future__ import annotations

from tests.sdk.judged.case import (
    HOST,
    KEY,
    NOT_RUN,
    SILENT,
    URL,
    VIP,
    Case,
    blocked,
    observed,
    script,
    send,
    taken,
)
from trk_sdk.verify.observations import Global, Mention

CASES = [
    Case(
        "installed and pushed",
        observed(sends=(VIP,), replayed=('[["VIP","gold"]]',)),
        says=(
            "on the page, as an async tag.",
            '"VIP" with value "gold" was pushed before the script had loaded, sent and '
            "acknowledged: waiting",
        ),
    ),
    Case(
        "pushed after loading",
        observed(sends=(VIP,), replayed=("[]",), pushed=('[["VIP","gold"],["callback",null]]',)),
        says=("was pushed after the script had loaded",),
    ),
    Case(
        "a tag that the page waits for",
        observed(mentions=(Mention("tag", URL, "", awaits=True),), sends=(VIP,)),
        says=("as a script tag.", "the attribute async"),
    ),
    Case(
        "the loader", observed(mentions=(Mention("inline"),), sends=(VIP,)), says=("inline loader",)
    ),
    Case("a tag manager", observed(mentions=(), sends=(VIP,)), says=("by another script",)),
    Case("nothing pushed", observed(), notes=SILENT, says=("Nothing was pushed within 10 s.",)),
    Case(
        "two campaigns",
        observed(scripts=(script(), script(f"{HOST}/other1/trk.js")), sends=(VIP,)),
        notes=("more_keys",),
        says=("other1",),
    ),
    # ---- The script
    Case(
        "not installed",
        observed(mentions=(), **NOT_RUN),
        ("not_installed",),
        SILENT,
        (f'<script async src="{HOST}/{KEY}/trk.js"></script>',),
    ),
    Case(
        "another campaign's",
        observed(mentions=(), scripts=(script(f"{HOST}/other1/trk.js"),)),
        ("other_key",),
        SILENT,
        ("the script of other1; expected campaign y2sB7", "--key other1"),
    ),
    Case(
        "another campaign's, which takes the pushes",
        observed(
            mentions=(),
            scripts=(script(f"{HOST}/other1/trk.js"),),
            sends=(send(["VIP"], url=f"{HOST}/other1/beacon", answer=taken("waiting")),),
            replayed=('[["VIP"]]',),
        ),
        ("other_key",),
    ),
    Case(
        "another server's",
        observed(scripts=(script(f"https://old.example/{KEY}/trk.js"),), sends=(VIP,)),
        ("wrong_host",),
        says=(f"from https://old.example; expected {HOST}",),
    ),
    Case(
        "the same server written in another way",
        observed(sends=(VIP,)),
        given={"address": "https://TRACK.example.org:443"},
    ),
    Case(
        "an unknown key",
        observed(
            variable=Global(),
            lines=("there is no campaign with the key 'y2sB7'; nothing is tracked.",),
        ),
        ("unknown_key",),
        SILENT,
        ("trk campaign list",),
    ),
    Case(
        "blocked by the policy, with a request",
        observed(
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
        observed(violations=blocked("script-src-elem", URL), **NOT_RUN),
        ("csp_script",),
        SILENT,
    ),
    Case(
        "put in by another script and blocked by the policy",
        observed(mentions=(), violations=blocked("script-src-elem", URL), **NOT_RUN),
        ("csp_script",),
        SILENT,
    ),
    Case(
        "the loader blocked by the policy",
        observed(
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
        observed(violations=blocked("script-src-elem", "inline"), sends=(VIP,)),
    ),
    Case(
        "mixed content",
        observed(mentions=(Mention("tag", "http://track.example.org/y2sB7/trk.js"),), **NOT_RUN),
        ("mixed_content",),
        SILENT,
        (f"Use {URL}",),
    ),
    Case(
        "mixed content, with a request",
        observed(
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
    Case(
        "404",
        observed(scripts=(script(status=404),), variable=Global()),
        ("script_status",),
        SILENT,
    ),
    Case(
        "a page instead of the script",
        observed(scripts=(script(type="text/html"),), variable=Global()),
        ("script_type",),
        SILENT,
        ('is "text/html"; expected text/javascript',),
    ),
    Case(
        "an ad blocker",
        observed(
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
        observed(
            scripts=(script(status=None, failure="NS_ERROR_CONNECTION_REFUSED", arrived=False),),
            variable=Global(),
        ),
        ("script_blocked",),
        SILENT,
        ("the connection was refused",),
    ),
    Case(
        "a slow server",
        observed(scripts=(script(status=None, type="", arrived=False),), variable=Global()),
        ("script_slow",),
        SILENT,
        ("had not arrived after 10 s",),
    ),
    Case("loaded in vain", observed(variable=Global("array")), ("script_idle",), SILENT),
    Case(
        "loaded in vain, beside another campaign's that sends",
        observed(
            scripts=(script(), script(f"{HOST}/other1/trk.js")),
            sends=(send(["VIP"], url=f"{HOST}/other1/beacon", answer=taken("waiting")),),
            variable=Global(),
        ),
        ("script_idle",),
        ("more_keys", *SILENT),
    ),
    Case(
        "a page that is loaded again and again",
        observed(scripts=(script(status=None, failure="net::ERR_ABORTED"),) * 3),
        ("script_blocked",),
        SILENT,
        ("was aborted",),
    ),
    Case("a page that was left after it had sent", observed(sends=(VIP,), variable=Global())),
    Case("a page that was left", observed(replayed=("[]",), variable=Global()), notes=SILENT),
    Case(
        "in a frame",
        observed(mentions=(), scripts=(script(framed=True),), sends=(VIP,)),
        says=("on the page, in a frame of it.",),
    ),
    Case(
        "in a comment",
        observed(mentions=(Mention("comment"),), **NOT_RUN),
        ("commented_out",),
        SILENT,
    ),
    Case(
        "held back by a consent manager",
        observed(mentions=(Mention("tag", URL, "text/plain"),), **NOT_RUN),
        ("held_back",),
        SILENT,
        ('the type "text/plain"',),
    ),
    Case("never asked for", observed(**NOT_RUN), ("loader_idle",), SILENT),
    Case(
        "another software's global",
        observed(
            variable=Global("other"),
            lines=("window.Gleam is taken",),
        ),
        ("global_taken",),
        SILENT,
    ),
    Case(
        "a widget on a site that the owner has not allowed",
        observed(
            sends=(VIP,),
            lines=(
                f"campaign {KEY} is not shown here: https://shop.example is not an allowed origin",
            ),
        ),
        ("not_shown",),
        says=("the campaign's allowed_origins",),
    ),
]

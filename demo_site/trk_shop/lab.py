"""The lab: a front-end developer chooses how a push goes wrong, and watches what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trk_shop.pushes import literal, loader
from trk_shop.render import render
from trk_shop.tracker import Tracker, TrackerError
from trk_shop.uses import USES
from trk_shop.wire import FAULTS, Fault, Wire

NAMES = tuple(use.tracking_name for use in USES)
CHOICES: Mapping[str, Mapping[str, str]] = {
    "when": {"before": "Before the script", "after": "After the script", "click": "By a button"},
    "delay": {
        **{str(n): "At once" if n == 0 else f"After {n} s" for n in range(6)},
        "never": "Never (blocked)",
    },
    "values": {"one": "One", "many": "Three in one call"},
    "callback": {"on": "Yes", "off": "No"},
    "down": {"0": "No", "3": "For 3 s", "8": "For 8 s", "20": "For 20 s"},
    "fault": {str(fault): text for fault, text in FAULTS.items()},
    "action": {use.tracking_name: use.tracking_name for use in USES},
}
_DEFAULTS = {"when": "before", "delay": "0", "values": "one", "callback": "on", "down": "0"}
DEFAULTS = {**_DEFAULTS, "fault": "cut", "action": "AddToCart"}
_SETTLED = ("unlocked", "repeated")


class Experiment(NamedTuple):
    """What was chosen; each field holds a key of CHOICES."""

    when: str
    delay: str
    values: str
    callback: str
    down: str
    fault: str
    action: str

    def wire(self) -> Wire:
        """The wire that treats the network as was chosen."""
        delay = None if self.delay == "never" else float(self.delay)
        return Wire(delay, float(self.down), cast("Fault", self.fault))

    def code(self, run: str) -> str:
        """The trigger that the page runs."""
        start = NAMES.index(self.action)
        names = [NAMES[(start + n) % len(NAMES)] for n in range(3 if self.values == "many" else 1)]
        items = [f"[{literal(name)}, {literal(f'lab-{run[:4]}')}]" for name in names]
        if self.callback == "on":
            items += ["['callback', told]", "['error', failed]"]
        joined = f",\n    {' ' * 7}".join(items)
        code = f"  window.Gleam = window.Gleam || [];\n  Gleam.push({joined});"
        # The page's own timer: a script that never comes calls neither function.
        return f"{code}\n  setTimeout(goOn, 3000);" if self.callback == "on" else code


async def lab(request: Request) -> Response:
    """The form with the choices or, once they are made, the run."""
    query = request.query_params
    chosen = {name: query.get(name, default) for name, default in DEFAULTS.items()}
    wrong = [name for name, value in chosen.items() if value not in CHOICES[name]]
    if wrong or "when" not in query:
        mistakes = [
            f"{name} is {chosen[name][:60]!r}; expected one of {', '.join(CHOICES[name])}."
            for name in wrong
        ]
        chosen.update({name: DEFAULTS[name] for name in wrong})
        return render(
            request,
            "lab.html",
            400 if wrong else 200,
            choices=CHOICES,
            chosen=chosen,
            mistakes=mistakes,
            run=None,
        )
    experiment = Experiment(**chosen)
    run = request.app.state.wires.add(experiment.wire())
    tracker = request.app.state.tracker
    port = f":{request.url.port}" if request.url.port else ""
    wired = Tracker(f"{request.url.scheme}://lab-{run}.localhost{port}", tracker.key)
    return render(
        request,
        "lab.html",
        choices=CHOICES,
        chosen=chosen,
        run=run,
        code=experiment.code(run),
        wired=wired,
        loader=Markup(loader(wired)),
    )


async def run(request: Request) -> Response:
    """What went over a run's wire, and what the server has stored for its visitor."""
    wire = request.app.state.wires.get(request.path_params["run"])
    if wire is None:
        return JSONResponse(
            {"error": {"code": "not_found", "message": "This run has expired; start a new one."}},
            404,
        )
    visitor = wire.visitor or request.cookies.get("gleam_id", "")
    stored: list[dict[str, Any]] = []
    problem = ""
    try:
        if visitor:
            stored = await asyncio.to_thread(request.app.state.tracker.trackings, visitor)
    except TrackerError as error:
        problem = str(error)
    actions = [_state(use.tracking_name, use.title, stored) for use in USES]
    events = [event._asdict() for event in wire.events]
    content = {"events": events, "visitor": visitor, "actions": actions, "problem": problem}
    return JSONResponse(content, headers={"cache-control": "no-store"})


def _state(name: str, title: str, stored: list[dict[str, Any]]) -> dict[str, str | None]:
    """One action's state, by the visitor's tracking that unlocked it, or else by the latest."""
    mine = [row for row in stored if row["name"].lower() == name.lower()]
    row = next((row for row in mine if row["outcome"] in _SETTLED), mine[-1] if mine else None)
    if row is None:
        return {"name": name, "title": title, "state": "open", "value": None}
    state = "unlocked" if row["outcome"] in _SETTLED else row["outcome"]
    return {"name": name, "title": title, "state": state, "value": row["value"]}

"""The document's two scripts, word for word: the loader, and the trigger of a page."""

from __future__ import annotations

import json
from typing import NamedTuple

from trk_shop.tracker import Tracker
from trk_shop.uses import Use

LATER = "value"
"""In a trigger, the placeholder for a value that only the page's own script knows."""


class Push(NamedTuple):
    """What one page pushes: the use, its value, and a sentence on when it does."""

    use: Use
    value: str
    when: str
    later: bool = False
    """Does the page's script push it, by calling `report(value)`? If not, opening the page does."""

    @property
    def code(self) -> str:
        """The trigger as it is in the page; its last line asks for a callback."""
        value = LATER if self.later and self.value == LATER else literal(self.value)
        lines = (
            "window.Gleam = window.Gleam || [];",
            f"Gleam.push([{literal(self.use.tracking_name)}, {value}]);",
            "Gleam.push(['callback', noted]);",
        )
        if self.later:
            body = "".join(f"    {line}\n" for line in lines)
            return f"  function report({LATER}) {{\n{body}  }}"
        return "\n".join(f"  {line}" for line in lines)


def loader(tracker: Tracker) -> str:
    """The tracking script for the page's head."""
    return (
        "<script>(function(d, t){\n"
        f"  var key = '{tracker.key}';\n"
        "  var g = d.createElement(t), s = d.getElementsByTagName(t)[0];\n"
        f'    g.src = "{tracker.address}/"+key+"/trk.js"; s.parentNode.insertBefore(g, s);\n'
        '}(document, "script"));\n'
        "</script>"
    )


def literal(text: str) -> str:
    """`text` as a JavaScript string in single quotes, safe inside a page's script."""
    inside = json.dumps(text)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return "'" + inside.replace("<", "\\u003c") + "'"

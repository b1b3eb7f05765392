"""The scripts that a site's owner pastes: the loader, the trigger, both together, an async tag."""

from __future__ import annotations

import json


def loader(key: str, address: str) -> str:
    """The tracking script, for the page's head."""
    return (
        "<script>(function(d, t){\n"
        f"  var key = '{key}';\n"
        "  var g = d.createElement(t), s = d.getElementsByTagName(t)[0];\n"
        f'    g.src = "{address}/"+key+"/trk.js"; s.parentNode.insertBefore(g, s);\n'
        '}(document, "script"));\n'
        "</script>"
    )


def trigger(name: str, value: str = "myValue") -> str:
    """The two lines that unlock the action with this tracking name."""
    return f"window.Gleam = window.Gleam || [];\nGleam.push([{_js(name)}, {_js(value)}]);"


def full(key: str, address: str, name: str, value: str = "myValue") -> str:
    """Loader and trigger in one script."""
    opened = loader(key, address).removesuffix("</script>")
    return (
        opened + "".join(f"  {line}\n" for line in trigger(name, value).splitlines()) + "</script>"
    )


def async_tag(key: str, address: str) -> str:
    """The loader for pages whose policy forbids inline scripts."""
    return f'<script async src="{address}/{key}/trk.js"></script>'


def pinned_tag(url: str, integrity: str) -> str:
    """The tag of a script that never changes: the browser runs exactly these bytes or none."""
    return f'<script async crossorigin integrity="{integrity}" src="{url}"></script>'


def _js(text: str) -> str:
    inside = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return "'" + inside.replace("<", "\\u003c") + "'"

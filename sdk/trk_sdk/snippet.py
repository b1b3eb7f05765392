"""What a site's owner pastes into a page: the loader, the trigger, tags, a policy."""

from __future__ import annotations

import json


def loader(key: str, address: str) -> str:
    """The inline script that loads trk.js, for the page's head."""
    return (
        "<script>(function(d, t){\n"
        f"  var key = '{key}';\n"
        "  var g = d.createElement(t), s = d.getElementsByTagName(t)[0];\n"
        f'    g.src = "{address}/"+key+"/trk.js"; s.parentNode.insertBefore(g, s);\n'
        '}(document, "script"));\n'
        "</script>"
    )


def trigger(name: str, value: str = "myValue", *, queue: str = "Gleam") -> str:
    """The two lines that unlock the action with this tracking name, through the global `queue`."""
    return f"window.{queue} = window.{queue} || [];\n{queue}.push([{js(name)}, {js(value)}]);"


def full(key: str, address: str, name: str, value: str = "myValue", *, queue: str = "Gleam") -> str:
    """Loader and trigger in one script tag."""
    opened = loader(key, address).removesuffix("</script>")
    lines = trigger(name, value, queue=queue).splitlines()
    return opened + "".join(f"  {line}\n" for line in lines) + "</script>"


def async_tag(key: str, address: str) -> str:
    """The tag that loads trk.js on pages whose policy forbids inline scripts."""
    return f'<script async src="{address}/{key}/trk.js"></script>'


def pinned_tag(url: str, integrity: str) -> str:
    """The tag of a pinned script, which never changes: the browser runs exactly these bytes or
    none."""
    return f'<script async crossorigin integrity="{integrity}" src="{url}"></script>'


def overlay(key: str, address: str) -> str:
    """The script tag that opens the campaign over the page, from a tab at the window's edge."""
    return f'<script async src="{address}/{key}/ol.js"></script>'


def embed(key: str, address: str) -> str:
    """The tags that embed the campaign in the page, which keeps its room free until it is there."""
    return (
        f'<div data-gleam-embed="{key}" style="min-height: 100vh"></div>\n'
        f'<script async src="{address}/{key}/embed.js"></script>'
    )


def policy(address: str, *, framed: bool = False) -> str:
    """What a page's Content-Security-Policy needs; `framed` if it uses ol.js or embed.js."""
    needed = f"script-src 'self' {address}; connect-src 'self' {address}"
    return f"{needed}; frame-src {address}" if framed else needed


def js(text: str) -> str:
    """`text` as a JavaScript string that is safe inside a page's script."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return "'" + inside.replace("<", "\\u003c") + "'"

"""Each operation as a call that can be copied and run: in curl, Python and JavaScript."""

from __future__ import annotations

import json
import shlex
from typing import Any, NamedTuple
from urllib.parse import urlencode

_PLAIN = "Content-Type: text/plain"


class Call(NamedTuple):
    """A request: `token` says whether it needs one, `body` is a text or what becomes JSON, if there
    is one."""

    method: str
    url: str
    token: bool
    body: Any = None

    @property
    def media(self) -> str:
        """The type of the body, empty without one."""
        if self.body is None:
            return ""
        return "text/plain" if isinstance(self.body, str) else "application/json"


class Example(NamedTuple):
    """A call in a language: its name, what its files are called, and the code."""

    language: str
    name: str
    code: str


def examples(server: str, method: str, path: str, operation: dict[str, Any]) -> list[Example]:
    """An operation of the OpenAPI document, called in each language."""
    call = _call(server, method, path, operation)
    return [
        Example("curl", "curl", curl(call)),
        Example("python", "Python", python(call)),
        Example("javascript", "JavaScript", javascript(call)),
    ]


def _call(server: str, method: str, path: str, operation: dict[str, Any]) -> Call:
    query = {}
    for each in operation["parameters"]:
        schema = each["schema"]
        [value, *_] = schema.get("examples", [schema.get("example", 1)])
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(value))
        elif each["in"] == "query" and each["required"]:
            query[each["name"]] = value
    url = f"{server}{path}" + (f"?{urlencode(query)}" if query else "")
    body = None
    for content in operation.get("requestBody", {}).get("content", {}).values():
        body = content.get("example")
    return Call(method, url, bool(operation["security"]), body)


def curl(call: Call) -> str:
    """For a shell; the token is in the variable TOKEN."""
    parts = ["curl"] if call.method == "GET" else ["curl", "-X", call.method]
    lines = [" ".join([*parts, shlex.quote(call.url)])]
    if call.token:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if isinstance(call.body, str):
        lines += [f"-H '{_PLAIN}'", f"--data-binary {shlex.quote(call.body.strip())}"]
    elif call.body is not None:
        text = json.dumps(call.body, ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(text)}"]
    return " \\\n  ".join(lines)


def python(call: Call) -> str:
    """With nothing but the standard library; the token is in the environment."""
    lines = ["import json"] if call.media == "application/json" else []
    lines += ["import os"] if call.token else []
    lines += ["from urllib.request import Request, urlopen", "", "call = Request("]
    lines += [f"    {_text(call.url)},", f"    method={_text(call.method)},"]
    headers = (
        ["""        "Authorization": f"Bearer {os.environ['TOKEN']}","""] if call.token else []
    )
    if call.media:
        headers.append(f'        "Content-Type": "{call.media}",')
    if headers:
        lines += ["    headers={", *headers, "    },"]
    if isinstance(call.body, str):
        lines.append(f"    data={_text(call.body.strip())}.encode(),")
    elif call.body is not None:
        words = {True: "True", False: "False", None: "None"}
        lines.append(f"    data=json.dumps({_literal(call.body, words, '    ')}).encode(),")
    lines += [")", "with urlopen(call) as answer:"]
    lines.append("    print(answer.status, answer.read().decode())")
    return "\n".join(lines)


def javascript(call: Call) -> str:
    """For a module on a server; the token is in the environment."""
    headers = ["    Authorization: `Bearer ${process.env.TOKEN}`,"] if call.token else []
    if call.media:
        headers.append(f'    "Content-Type": "{call.media}",')
    options = [] if call.method == "GET" else [f"  method: {_text(call.method)},"]
    if headers:
        options += ["  headers: {", *headers, "  },"]
    if isinstance(call.body, str):
        options.append(f"  body: {_text(call.body.strip())},")
    elif call.body is not None:
        words = {True: "true", False: "false", None: "null"}
        options.append(f"  body: JSON.stringify({_literal(call.body, words, '  ')}),")
    url = _text(call.url)
    begin = [f"const answer = await fetch({url}, {{", *options, "});"]
    if not options:
        begin = [f"const answer = await fetch({url});"]
    return "\n".join([*begin, "console.log(answer.status, await answer.text());"])


def _text(text: str) -> str:
    """A text as both languages write it."""
    return json.dumps(text, ensure_ascii=False)


def _literal(value: Any, words: dict[Any, str], indent: str) -> str:
    """A value as a language writes it that has these words for JSON's; on one line if it fits."""
    if isinstance(value, bool) or value is None:
        return words[value]
    if isinstance(value, dict):
        inside = [
            f"{_text(key)}: {_literal(each, words, indent + '    ')}" for key, each in value.items()
        ]
        begin, end = "{", "}"
    elif isinstance(value, list):
        inside = [_literal(each, words, indent + "    ") for each in value]
        begin, end = "[", "]"
    else:
        return _text(value) if isinstance(value, str) else str(value)
    line = f"{begin}{', '.join(inside)}{end}"
    if len(line) + len(indent) <= 60 and "\n" not in line:
        return line
    each = "".join(f"{indent}    {part},\n" for part in inside)
    return f"{begin}\n{each}{indent}{end}"

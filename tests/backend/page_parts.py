"""What is read from a page: its heading, and where its buttons lead."""

from __future__ import annotations

import re
from html import unescape

import httpx


def ways(answer: httpx.Response) -> list[tuple[str, str]]:
    """The links of a page that look like a button: address and words."""
    found = re.findall(r'<a class="(?:go|button)" href="([^"]*)"[^>]*>(.*?)</a>', answer.text)
    return [(unescape(url), unescape(words)) for url, words in found]


def heading(answer: httpx.Response) -> str:
    """The page's heading, the only one of its level."""
    [found] = re.findall(r"<h1>(.*?)</h1>", answer.text)
    return unescape(found)

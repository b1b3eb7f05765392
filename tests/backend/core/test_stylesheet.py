"""An owner's own style sheet: what may stand in it, and all the ways to reach out that may not."""

from __future__ import annotations

import pytest

from trk.core.stylesheet import MOST, StyleError, check_style, written

FINE = [
    "",
    "h1 { color: teal; font-size: 3rem !important }",
    ":root { --accent: #123456 } @media (width < 600px) { .card { padding: 2px } }",
    "@supports (display: grid) { .card { display: grid } }",
    "@keyframes turn { from { rotate: 0deg } 50% { rotate: 4deg } } .mark { animation: turn 2s }",
    ".card { & > h2 { color: red } .mark & { color: blue } @media print { color: black } }",
    ".card::before { content: '→ \\201C'; position: absolute; inset: 0 }",
    "@layer brand { h1 { background: linear-gradient(45deg, #123, rgb(1 2 3 / 40%)) } }",
    "a:has(img) > [data-state='done'], p:nth-child(2n + 1) { width: calc(100% - 2px) }",
    "@container (min-width: 10em) { h1 { color: color-mix(in srgb, red, blue) } }",
    "/* a comment with url(x) */ h1 { color: red }",
    "h1 { font-family: 'Times', serif; color: var(--text) }",
]


@pytest.mark.parametrize("text", FINE)
def test_what_styles_the_page_is_taken_and_served_as_it_was_understood(text: str) -> None:
    check_style(text)
    served = written(text)
    check_style(served)
    assert written(served) == served
    assert "/*" not in served


REACHING = {
    "import": "@import 'https://evil.example/x.css';",
    "import by url": "@import url(https://evil.example/x.css);",
    "import in capitals": "@IMPORT 'x';",
    "import escaped": "@\\69mport 'x';",
    "import late": "h1 { color: red } @import 'x';",
    "font": "@font-face { font-family: x; src: url(x) }",
    "namespace": "@namespace url(http://www.w3.org/2000/svg);",
    "property": "@property --x { syntax: '<url>'; inherits: false; initial-value: url(x) }",
    "charset": "@charset 'utf-7';",
    "unknown rule": "@document url(x) { h1 { color: red } }",
    "url": "h1 { background: url(https://evil.example/a.png) }",
    "url quoted": "h1 { background: url('//evil.example/a.png') }",
    "url of data": "h1 { background: url(data:image/svg+xml,x) }",
    "url in capitals": "h1 { background: URL( 'x' ) }",
    "url escaped": "h1 { background: u\\72l('x') }",
    "url escaped wide": "h1 { background: \\000075\\00072 l('x') }",
    "url in a variable": ":root { --x: url(x) }",
    "url in a function": "h1 { background: linear-gradient(red, url(x)) }",
    "url in brackets": "h1 { --x: { a: [ ( url(x) ) ] } }",
    "url as a fallback": "h1 { background: var(--a, url(x)) }",
    "url in media": "@media print { h1 { background: url(x) } }",
    "url nested": ".card { .x { & h1 { background: url(x) } } }",
    "url in supports": "@supports (background: url(x)) { h1 { color: red } }",
    "url in keyframes": "@keyframes a { to { background: url(x) } }",
    "url in a selector": "h1:is(url(x)) { color: red }",
    "bad url": "h1 { background: url(x'y) }",
    "cursor": "h1 { cursor: url(x), auto }",
    "list": "li { list-style-image: url(x) }",
    "content": "h1::after { content: url(x) }",
    "src": "h1 { background: src('x') }",
    "image": "h1 { background: image('x') }",
    "image-set": "h1 { background: image-set('a.png' 1x, 'b.png' 2x) }",
    "image-set prefixed": "h1 { background: -webkit-image-set('a.png' 1x) }",
    "cross-fade": "h1 { background: cross-fade('a.png', 50%) }",
    "element": "h1 { background: -moz-element(#x) }",
    "paint": "h1 { background: paint(x) }",
    "attribute": "h1 { background: attr(title type(<url>)) }",
    "expression": "h1 { width: expression(alert(1)) }",
    "behavior": "h1 { behavior: none }",
    "binding": "h1 { -moz-binding: none }",
    "binding escaped": "h1 { -moz-b\\69nding: none }",
    "fixed": "h1 { position: fixed }",
    "fixed in capitals": "h1 { POSITION: FIXED }",
    "fixed escaped": "h1 { po\\73ition: fi\\78 ed }",
    "fixed after a comment": "h1 { position:/**/fixed/**/!important }",
    "fixed nested": ".a { .b { position: fixed } }",
    "fixed in keyframes": "@keyframes a { to { position: fixed } }",
    "sticky": "h1 { position: sticky }",
    "position of a variable": "h1 { --x: fixed; position: var(--x) }",
    "all of a variable": "h1 { position: inherit }",
    "end of the element": "h1::after { content: '</style><script>alert(1)</script>' }",
    "comment of HTML": "<!-- h1 { color: red } -->",
    "NUL": "h1 { color: red }\0",
    "no CSS": "this is no style sheet",
    "half a rule": "h1 color: red }",
    "half a declaration": "h1 { color }",
    "too long": "h1 { color: red }" * (MOST // 17 + 1),
}


@pytest.mark.parametrize("which", REACHING)
def test_what_reaches_beyond_the_page_is_refused_with_where_and_why(which: str) -> None:
    with pytest.raises(StyleError) as refused:
        check_style(REACHING[which])
    assert "expected" in str(refused.value)


def test_the_line_of_the_mistake_is_named() -> None:
    with pytest.raises(StyleError, match=r"^Line 3 has url\(\); expected nothing that is loaded"):
        check_style("h1 { color: red }\n\nh2 { background: url(x) }")


def test_what_nests_deeply_is_refused_and_not_a_fault() -> None:
    for text in ("a{" * 6_000, "(" * 15_000, "h1{a:" + "[" * 15_000, ".a{" * 6_000 + "}" * 6_000):
        try:
            check_style(text)
        except StyleError:
            continue
        pytest.fail("taken")


@pytest.mark.parametrize(
    "text",
    [
        r'p::after { content: "\3c/style>\3cmeta http-equiv=refresh content=0;url=//evil.test>" }',
        r'p::after { content: "<\2fstyle>" }',
        r'p::after { content: "<\/style>" }',
        r'p::after { content: "<\21--" }',
        'p::after { content: "<\\\n/style>" }',
        r".a\3c/style\3e b { color: red }",
        r"@media \3c/style { h1 { color: red } }",
        r"a[href='\3c/style>'] { color: red }",
    ],
)
def test_no_escape_becomes_the_end_of_the_element(text: str) -> None:
    with pytest.raises(StyleError, match="expected nothing but CSS"):
        check_style(text)
    # What was stored before that was refused is served without it.
    assert "</" not in written(text)
    assert "<!" not in written(text)


def test_what_is_less_than_something_stays() -> None:
    for text in ("@media (width<600px) {h1 {color: red}}", '.a::after{content: "a < b"}'):
        check_style(text)
        assert "<" in written(text)

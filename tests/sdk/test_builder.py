"""What the builder makes of the source."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from trk_sdk import builder, snippet
from trk_sdk.__main__ import main
from trk_sdk.minify import MinifyError, minify

ADDRESS = "https://track.example.org"

# Of every shape, and two that hardly compress.
ADDRESSES = (
    ADDRESS,
    "http://127.0.0.1:8123",
    "http://localhost:8000",
    "http://[2001:db8:85a3::8a2e:370:7334]:8000",
    "https://a.co",
    "https://win.shop.de",
    "https://competitions.a-rather-long-brand-name.example.com",
    "https://tracking.kingfisher-outdoor.co.uk:8443",
    "https://xn--gewinne-n2a.example.net",
    "https://MARKETING.Zebra-Quick.example",
    "https://qz7-vjx.k9w3hp-2tmd8.fy4cu6sbo0el5nrga1ix.io",
    "https://ey8xktp62uink5u9npphlamdrgzwdcq20n0eihki7h",
)
KEYS = ("y2sB7", "abc12", "ZZZZZ", "8oOLdK", "fJBd0Kh", "Do6L3JEW", "12345678")


def test_the_script_has_its_key_and_address_filled_in_and_nothing_left_open() -> None:
    text = builder.script("y2sB7", ADDRESS, global_name="Points")
    assert f"'{ADDRESS}/y2sB7'" in text
    assert "return Points" in text
    assert not [word for word in ("ADDRESS", "KEY", "GLOBAL", "ASK", "PRIVACY") if word in text]


def test_the_build_says_what_each_marked_feature_costs() -> None:
    costs = builder.costs()
    assert {"consent", "debug", "xref", "prerender", "declarative attributes"} <= costs.keys()
    assert all(0 < cost < 200 for cost in costs.values())


@pytest.mark.sampled
@pytest.mark.parametrize("asking", [False, True])
@pytest.mark.parametrize("honouring", [False, True])
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_script_is_at_most_3560_bytes_with_brotli_for_every_customer(
    address: str, asking: bool, honouring: bool
) -> None:
    scripts = {
        key: builder.script(key, address, ask_consent=asking, honour_gpc=honouring) for key in KEYS
    }
    sizes = {key: builder.Sizes.of(script).brotli for key, script in scripts.items()}
    assert max(sizes.values()) <= 3560, sizes


def test_a_campaigns_settings_change_the_script() -> None:
    plain = builder.script("y2sB7", ADDRESS)
    asking = builder.script("y2sB7", ADDRESS, ask_consent=True)
    honouring = builder.script("y2sB7", ADDRESS, honour_gpc=True)
    assert len({plain, asking, honouring}) == 3


def test_minifying_shortens_and_is_deterministic() -> None:
    small, source = builder.script("y2sB7", ADDRESS), builder.script("y2sB7", ADDRESS, minify=False)
    assert len(small) < len(source) / 2
    builder.build.cache_clear()
    assert builder.script("y2sB7", ADDRESS) == small


def test_the_server_does_not_carry_the_parser() -> None:
    code = (
        "import sys; from trk_sdk import builder; builder.build();"
        "sys.exit(sum(name.split('.')[0] in ('calmjs', 'ply') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=builder.SOURCES[0].parents[2])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("var a = 1;\nvar b = `x`;", "line 2 has a back-tick"),
        ("let a = 1;", "the source is not ES5"),
        ("var a = () => 1;", "the source is not ES5"),
        ("if (", "the source is not ES5"),
    ],
)
def test_what_is_not_es5_is_refused(source: str, message: str) -> None:
    with pytest.raises(MinifyError, match=message):
        minify(source)


def test_a_source_that_cannot_be_minified_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "trk.js"
    broken.write_text("const a = 1;")
    monkeypatch.setattr(builder, "SOURCES", (broken,))
    with pytest.raises(builder.BuildError, match=r"trk\.js: the source is not ES5"):
        builder.build.__wrapped__()


def test_a_source_that_lost_a_word_to_fill_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = tmp_path / "trk.js"
    without.write_text("f(ADDRESS, GLOBAL, ASK, PRIVACY);")
    monkeypatch.setattr(builder, "SOURCES", (without,))
    with pytest.raises(builder.BuildError, match="does not have the word KEY"):
        builder.build.__wrapped__()


def test_minifying_keeps_what_the_names_are_not() -> None:
    source = "(function (it) { it['catch'](/a\\/[/]b  c/g, { it: 1, 'x  y': '// z' }); }(top));"
    expected = "(function(A){A['catch'](/a\\/[/]b  c/g,{it:1,'x  y':'// z'})}(top))"
    assert minify(source) == expected


@pytest.mark.parametrize(
    ("key", "address", "name"),
    [
        ("y2s", ADDRESS, "Gleam"),
        ('y2sB7"', ADDRESS, "Gleam"),
        ("y2sB7", "javascript:alert(1)", "Gleam"),
        ("y2sB7", ADDRESS + "/path", "Gleam"),
        ("y2sB7", ADDRESS + "'", "Gleam"),
        ("y2sB7", ADDRESS, "a-b"),
        ("y2sB7", ADDRESS, "class"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(key: str, address: str, name: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        builder.script(key, address, global_name=name)


def test_the_command_line_writes_the_script_and_prints_its_sizes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "built.js"
    arguments = ["build", "--key", "abc12", "--host", "http://localhost:8000", "--out", str(out)]
    assert main([*arguments, "--global-name", "Points"]) == 0
    expected = builder.script("abc12", "http://localhost:8000", global_name="Points")
    assert out.read_text() == expected
    sizes = builder.Sizes.of(expected)
    printed = capsys.readouterr().out
    assert [f"{n:,}" in printed for n in (sizes.raw, sizes.gzip, sizes.brotli)] == [True] * 3


def test_the_command_line_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--key", "?"]) == 1
    assert "key is '?'; expected" in capsys.readouterr().err


def test_an_unknown_key_is_quoted_so_that_it_cannot_break_out() -> None:
    text = builder.unknown_campaign('x"</script>\n*/alert(1)')
    assert "</script>" not in text
    assert text.count("\n") == 1


def test_the_loader_is_the_documents_with_our_host() -> None:
    assert snippet.loader("y2sB7", ADDRESS).splitlines() == [
        "<script>(function(d, t){",
        "  var key = 'y2sB7';",
        "  var g = d.createElement(t), s = d.getElementsByTagName(t)[0];",
        f'    g.src = "{ADDRESS}/"+key+"/trk.js"; s.parentNode.insertBefore(g, s);',
        '}(document, "script"));',
        "</script>",
    ]


KINDS: list[builder.Kind] = ["ol", "embed"]
HOSTILE = builder.Widget(
    (
        builder.Words(
            "en", "</script><script>alert(1)</script> KEY 'ADDRESS' \u2028", "\"; alert(2); '"
        ),
    ),
    ("https://shop.example",),
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_owner_calls_a_campaign_stays_text_in_its_widgets(kind: builder.Kind) -> None:
    text = builder.script("y2sB7", ADDRESS, kind=kind, widget=HOSTILE)
    assert "</script>" not in text
    assert '"; alert(2)' not in text.replace('\\"; alert(2)', "")
    assert "KEY 'ADDRESS' \\u2028" in text  # words like ours are left alone
    assert text.count("y2sB7") > 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_that_shows_the_campaign_is_at_most_5000_bytes_and_es5(
    kind: builder.Kind, tmp_path: Path
) -> None:
    text = builder.script("y2sB7", ADDRESS, kind=kind, widget=HOSTILE)
    assert builder.Sizes.of(text).brotli <= 5000
    assert builder.script("y2sB7", ADDRESS).split("\n")[1] in text  # one core with additions
    assert minify(text)


@pytest.mark.parametrize(
    ("field", "widget"),
    [
        ("colour", replace(HOSTILE, colour="red")),
        ("ink", replace(HOSTILE, ink="#12345")),
        ("tab_position", replace(HOSTILE, tab_position="top")),
    ],
)
def test_a_widget_that_can_not_be_drawn_is_refused(field: str, widget: builder.Widget) -> None:
    with pytest.raises(ValueError, match=f"{field} is '{getattr(widget, field)}'; expected"):
        builder.script("y2sB7", ADDRESS, kind="ol", widget=widget)


def test_the_minifier_shortens_what_is_the_scripts_own_and_nothing_else() -> None:
    source = "a.own_ = { own_: true, theirs: (b), 'x_': [(a.own_)] }; new (a().own_)(c(false, (d)))"
    own = "a.a={a:!0,theirs:b,'x_':[a.a]};new(a().a)(c(!1,d))"
    assert minify(source).rstrip(";\n") == own

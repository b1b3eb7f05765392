"""What the builder makes of the source."""

from __future__ import annotations

import pytest

from sdk import builder, snippet

ADDRESS = "https://track.example.org"


def test_the_script_has_its_key_and_address_filled_in_and_nothing_left_open() -> None:
    text = builder.script("y2sB7", ADDRESS)
    assert 'var key="y2sB7";' in text
    assert f'var address="{ADDRESS}";' in text
    assert not {"KEY;", "ADDRESS;", "GLOBAL;"} & set(text.replace("=", " ").split())


def test_minifying_shortens_and_is_deterministic() -> None:
    small, source = builder.script("y2sB7", ADDRESS), builder.script("y2sB7", ADDRESS, minify=False)
    assert len(small) < len(source) * 0.8
    builder.build.cache_clear()
    assert builder.script("y2sB7", ADDRESS) == small


@pytest.mark.parametrize(
    ("key", "address", "name"),
    [
        ("y2s", ADDRESS, "Gleam"),
        ('y2sB7"', ADDRESS, "Gleam"),
        ("y2sB7", "javascript:alert(1)", "Gleam"),
        ("y2sB7", ADDRESS + "/path", "Gleam"),
        ("y2sB7", ADDRESS, "a-b"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(key: str, address: str, name: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        builder.script(key, address, global_name=name)


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

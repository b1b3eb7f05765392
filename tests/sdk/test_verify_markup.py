"""Where a page's HTML speaks of the tracking script, and scripts that keep their array."""

from __future__ import annotations

import pytest

from trk_sdk import snippet
from trk_sdk.verify.markup import inline_scripts, keeps_to_itself, mentions
from trk_sdk.verify.observations import (
    CampaignAddress,
    Mention,
    beacon_campaign,
    normal,
    script_campaign,
)

KEY = "y2sB7"
HOST = "https://track.example.org"
URL = f"{HOST}/{KEY}/trk.js"
PAGE = "https://shop.example/a/b"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (snippet.async_tag(KEY, HOST), [Mention("tag", URL)]),
        (f"<SCRIPT SRC='{URL}'></SCRIPT>", [Mention("tag", URL, awaits=True)]),
        (f"<script type=module src={URL}>", [Mention("tag", URL, "module")]),
        (
            f"<script src='//track.example.org/{KEY}/ol.js' defer>",
            [Mention("tag", URL[:-6] + "ol.js")],
        ),
        (
            f"<script async src='/{KEY}/trk.js'>",
            [Mention("tag", f"https://shop.example/{KEY}/trk.js")],
        ),
        (
            f"<script type='text/plain' async src={URL}></script>",
            [Mention("tag", URL, "text/plain")],
        ),
        (snippet.loader(KEY, HOST), [Mention("inline")]),
        (snippet.full(KEY, HOST, "VIP"), [Mention("inline")]),
        (f"<!-- {snippet.async_tag(KEY, HOST)} -->", [Mention("comment")]),
        (f"<!-- see {URL} -->", []),
        (snippet.async_tag("other1", HOST), []),
        (snippet.async_tag(KEY + "x", HOST), []),
        (f"<script>key = '{KEY}'</script>", []),
        (f"<p>{URL}</p>", []),
        (
            "<script src='https://[/y2sB7/trk.js'>",
            [Mention("tag", "https://[/y2sB7/trk.js", awaits=True)],
        ),
        ("", []),
    ],
)
def test_a_mention_is_a_tag_a_loader_or_either_in_a_comment(
    html: str, found: list[Mention]
) -> None:
    assert list(mentions(html, KEY, PAGE)) == found


def test_only_inline_scripts_that_a_browser_runs_are_read() -> None:
    html = "<script>a</script><script type='text/plain'>b</script><script type=module>c</script>"
    assert list(inline_scripts(html + "<script src=x>d</script>")) == ["a", "c"]


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        ("const Gleam = window.Gleam || []; Gleam.push(['VIP'])", True),
        ("let Gleam=[];", True),
        ("let Gleam = self.Gleam || [ ];", True),
        ("const Gleam = window.Gleam || []; window.Gleam = Gleam;", False),
        ("const Gleam = window.Gleam = window.Gleam || [];", False),
        ("const Gleam = []; if (window.Gleam == null) {}", True),
        ("window.Gleam = window.Gleam || [];", False),
        ("var Gleam = window.Gleam || [];", False),
        ("const Gleaming = [];", False),
        ("const Gleam = ['a'];", False),
    ],
)
def test_an_array_that_is_never_given_to_window_is_a_mistake(source: str, mistake: bool) -> None:
    assert keeps_to_itself(source, "Gleam") is mistake


@pytest.mark.parametrize(
    ("url", "campaign"),
    [
        (URL, CampaignAddress(HOST, KEY)),
        (f"https://TRACK.example.org:443/{KEY}/embed.js?v=1#x", CampaignAddress(HOST, KEY)),
        (f"{HOST}/sub/{KEY}/ol.js", CampaignAddress(f"{HOST}/sub", KEY)),
        (f"{HOST}/{KEY}/trk.js.map", None),
        (f"{HOST}/ab/trk.js", None),
        (f"{HOST}/trk.js", None),
        (f"data:,/{KEY}/trk.js", None),
        (f"https://[/{KEY}/trk.js", None),
        ("inline", None),
    ],
)
def test_a_script_s_address_tells_the_server_and_the_key(
    url: str, campaign: CampaignAddress | None
) -> None:
    assert script_campaign(url) == campaign


def test_a_beacon_s_address_tells_the_server_and_the_key() -> None:
    assert beacon_campaign(f"{HOST}/{KEY}/beacon") == CampaignAddress(HOST, KEY)
    assert beacon_campaign(f"{HOST}/{KEY}/beacons") is None


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("HTTP://Track.Example.org:80", "http://track.example.org"),
        ("https://track.example.org:443", HOST),
        ("https://track.example.org:80", "https://track.example.org:80"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://track.example.org/Sub", "https://track.example.org/Sub"),
    ],
)
def test_addresses_are_compared_as_browsers_do(written: str, compared: str) -> None:
    assert normal(written) == compared

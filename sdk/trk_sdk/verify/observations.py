"""What was seen of a page: the pieces that `watch` collects and `findings` judges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

_SCRIPT = re.compile(r"(.*)/([A-Za-z0-9]{5,40})/(trk|ol|embed)\.js")
_BEACON = re.compile(r"(.*)/([A-Za-z0-9]{5,40})/beacon")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class CampaignAddress:
    """Where a script or beacon belongs: the server's address (without a last `/`) and the key."""

    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A tracking script that the page's HTML speaks of, run or not.

    `kind`: a `tag` with `src`, the `inline` loader, or either of them in a `comment`; `type` is the
    script's `type` attribute; `url` is the tag's whole `src`, or empty.
    """

    kind: Literal["tag", "inline", "comment"]
    url: str = ""
    type: str = ""
    awaits: bool = False
    """Is it a tag for whose script the page waits: neither async nor defer?"""


@dataclass(frozen=True, slots=True)
class Script:
    """One request for a tracking script; `status` and `type` are of the answer, if there was one.

    `failure` is the browser's own word for what went wrong, or empty.
    """

    url: str
    campaign: CampaignAddress
    status: int | None = None
    type: str = ""
    failure: str = ""
    arrived: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """One try of trk.js to send a beacon.

    `status` is None while there is no answer, and 0 if the browser gave none.
    """

    url: str
    campaign: CampaignAddress
    body: str
    status: int | None = None
    answer: str = ""
    parting: bool = False
    """Was it left to the browser while the page was going away, so that no answer can be seen?"""


@dataclass(frozen=True, slots=True)
class Violation:
    """What the page's Content-Security-Policy has blocked: an address or a word like `inline`."""

    directive: str
    blocked: str
    policy: str


@dataclass(frozen=True, slots=True)
class Global:
    """The page's global in the end.

    `window` is what `window.Gleam` is: `ours` (trk.js has taken it over), an `array`, `absent` or
    `other`; `queued` the items in that array as JSON texts. `apart` are the items of an array that
    the page declares under this name beside `window`, None if it does not.
    """

    window: Literal["ours", "array", "absent", "other"] = "absent"
    queued: tuple[str, ...] = ()
    apart: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Observations:
    """All that was seen of a page within `seconds`."""

    url: str
    mentions: tuple[Mention, ...] = ()
    scripts: tuple[Script, ...] = ()
    sends: tuple[Send, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    """Addresses of beacons that the browser could not send, and its word for why."""
    violations: tuple[Violation, ...] = ()
    pushed: tuple[str, ...] = ()
    """The calls of push that trk.js took: each as the JSON of its arguments, or of the queue."""
    lines: tuple[str, ...] = ()
    """What trk.js said to the console, without its name in front."""
    errors: tuple[str, ...] = ()
    """The page's uncaught errors."""
    hidden: tuple[str, ...] = ()
    """Scripts of the page, by their address, that keep the global's array to themselves."""
    variable: Global = Global()
    seconds: float = 0.0


def script_campaign(url: str) -> CampaignAddress | None:
    """Where a tracking script at `url` belongs; None if its address is no tracking script's."""
    return _campaign(_SCRIPT, url)


def beacon_campaign(url: str) -> CampaignAddress | None:
    """Where a beacon to `url` belongs; None if its address is no beacon's."""
    return _campaign(_BEACON, url)


def normal(address: str) -> str:
    """A server's address as browsers compare it: lower case, without the usual port."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    usual = _DEFAULT_PORTS.get(scheme.lower(), "")
    host = host.lower()
    return f"{scheme.lower()}://{host.removesuffix(usual) if usual else host}{slash}{path}"


def _campaign(shape: re.Pattern[str], url: str) -> CampaignAddress | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    found = shape.fullmatch(parts.path)
    return found and CampaignAddress(normal(f"{parts.scheme}://{parts.netloc}{found[1]}"), found[2])
